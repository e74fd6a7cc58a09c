"""The examples do what they say."""

import pytest
import yaml
from tools.examples import EXAMPLES, outputs, write

from cdk8s_eks_gpu.preflight import Severity, check_paths

PAIRS = sorted(outputs(EXAMPLES))


def contents(folder):
    """Return the text of each file below the folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


@pytest.mark.parametrize(
    ("source", "output"), [pytest.param(*pair, id=str(pair[1].relative_to(EXAMPLES))) for pair in PAIRS]
)
def test_what_an_example_writes_is_committed(source, output, tmp_path):
    """The dist/ that lies in each folder is what its configuration or app makes today: `make examples` writes it."""
    write(source, tmp_path / "dist")
    assert contents(output) == contents(tmp_path / "dist")


@pytest.mark.parametrize("output", [pytest.param(output, id=str(output.relative_to(EXAMPLES))) for _, output in PAIRS])
def test_an_example_is_one_to_copy(output):
    """The preflight finds neither errors nor warnings in what the examples write."""
    report = check_paths([str(output)])
    assert [
        each.message for each in report.findings if each.ignored is None and each.severity is not Severity.NOTE
    ] == []


@pytest.mark.parametrize("folder", sorted({path.relative_to(EXAMPLES).parts[0] for _, path in PAIRS}))
def test_an_example_says_what_it_shows(folder):
    """Each has a README, and the READMEs' index names it."""
    assert (EXAMPLES / folder / "README.md").read_text(encoding="utf-8").startswith("# ")
    assert f"]({folder}/)" in (EXAMPLES / "README.md").read_text(encoding="utf-8")


def test_the_plugin_keeps_off_the_nodes_of_auto_mode():
    """Auto Mode's GPU nodes have a device plugin: ours selects a label that only our own pool gives its nodes."""
    folder = EXAMPLES / "auto-mode"
    ours, theirs = [
        each
        for file in (*folder.glob("dist/*.yaml"), folder / "auto-mode.yaml")
        for each in yaml.safe_load_all(file.read_text(encoding="utf-8"))
        if each["kind"] == "NodePool"
    ]
    label = {"example.com/nodes": "karpenter"}
    assert label.items() <= ours["spec"]["template"]["metadata"]["labels"].items()
    assert theirs["spec"]["template"]["spec"]["nodeClassRef"]["group"] == "eks.amazonaws.com"
    assert "metadata" not in theirs["spec"]["template"]
    for file in folder.glob("dist/*.yaml"):
        for each in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if each["kind"] == "DaemonSet" and "device-plugin" in each["metadata"]["name"]:
                assert label.items() <= each["spec"]["template"]["spec"]["nodeSelector"].items()
    report = check_paths([str(folder / "dist"), str(folder / "auto-mode.yaml")])
    assert {each.rule.id for each in report.findings} == {"instances/not-evaluated"}
