"""`eks-gpu check --fix` as a user runs it."""

import pytest
import yaml
from click.testing import CliRunner
from tests.pure.preflight.stacks import daemon_set, node_class, pod, pool

from cdk8s_eks_gpu.cli import main

DCGM = "nvcr.io/nvidia/k8s/dcgm-exporter:4.4.0"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, text=None: CliRunner().invoke(main, ["check", "--fix", *arguments], input=text)


def stack():
    """Return manifests with three findings that have one right answer."""
    mixed = pool(requirements={"karpenter.k8s.aws/instance-category": ["g"], "kubernetes.io/arch": ["amd64"]})
    own = node_class(amiSelectorTerms=[{"alias": "al2023@latest"}])
    return [mixed, own, daemon_set("dcgm", DCGM, "run"), pod(), pod("plain", limits={"cpu": 1})]


def test_the_diff_comes_first_and_the_user_decides(run, tmp_path):
    """What is declined is not written; what is agreed to mends the findings and keeps the comments."""
    file = tmp_path / "stack.yaml"
    text = f"# ours\n{yaml.safe_dump_all(stack())}"
    file.write_text(text)
    declined = run("stack.yaml", text="n\n")
    assert [line for line in declined.stderr.splitlines() if line[:1] == "+" and "alias" in line] == [
        "+  - alias: al2023@v20260917"
    ]
    assert file.read_text() == text
    run("stack.yaml", "--yes")
    assert file.read_text().startswith("# ours\n")
    again = CliRunner().invoke(main, ["check", "stack.yaml"]).output
    fixed = ("ami/latest", "instances/amd-gpu", "scheduling/monitoring-kept-off")
    assert not [rule for rule in fixed if rule in again]


def test_what_synthesis_wrote_is_left_alone(run, tmp_path):
    """A folder with our marker is mended in its cluster.yaml, not by hand."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/stack.yaml").write_text(yaml.safe_dump_all(stack()))
    marker = '{"schema": 1, "cluster": "a", "karpenter": "1.15", "kubernetes": "1.34", "files": ["stack.yaml"]}'
    (tmp_path / "dist/.eks-gpu").write_text(marker)
    assert "There is nothing to fix by itself." in run("dist", "--yes").stderr
