"""Which configuration files a project has, and where the manifests of each go."""

from pathlib import Path

import pytest

from cdk8s_eks_gpu.config.load import load_clusters
from cdk8s_eks_gpu.config.project import outputs, project_files
from cdk8s_eks_gpu.errors import ConfigError

WHOLE = """\
cluster: {name: NAME, kubernetesVersion: "1.34", karpenterVersion: "1.14"}
nodeClasses: {gpu: {role: nodes, ami: al2023@v20250920, discovery: x}}
nodePools: {gpu: {nodeClass: gpu}}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return the function that writes files, by name and text, into the working directory."""
    monkeypatch.chdir(tmp_path)

    def write(files):
        for name, text in files.items():
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")

    return write


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ["cluster.yaml"]),
        ({"cluster.yaml": WHOLE}, ["cluster.yaml"]),
        ({"clusters/b.yml": WHOLE, "clusters/a.yaml": WHOLE}, ["clusters/a.yaml", "clusters/b.yml"]),
        ({"cluster.yaml": WHOLE, "clusters/a.yaml": WHOLE}, ["cluster.yaml", "clusters/a.yaml"]),
        ({"clusters/.a.yaml": WHOLE, "clusters/notes.md": "", "clusters/x/a.yaml": WHOLE}, ["cluster.yaml"]),
        (
            {"clusters/base.yaml": "nodePools: {}", "clusters/a.yaml": "extends: base.yaml", "clusters/b.yaml": "a: ["},
            ["clusters/a.yaml", "clusters/b.yaml"],
        ),
        (
            {"cluster.yaml": "cluster: {region: us-west-2}", "clusters/a.yaml": "extends: ../cluster.yaml"},
            ["clusters/a.yaml"],
        ),
        ({"clusters/a.yaml": WHOLE, "clusters/b.yaml": "extends: ./a.yaml"}, ["clusters/a.yaml", "clusters/b.yaml"]),
    ],
)
def test_bases_are_no_clusters(write, files, expected):
    """Whatever lies in clusters/ is a cluster, but for a file that another extends and that names none."""
    write(files)
    assert project_files() == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["cluster.yaml"], ["dist"]),
        (["other.yaml"], ["dist"]),
        (["clusters/a.yaml"], ["dist/a"]),
        (["cluster.yaml", "clusters/a.yaml"], ["dist", "dist/a"]),
        (["a.yaml", "b.yaml"], ["dist/a", "dist/b"]),
    ],
)
def test_where_the_manifests_of_a_file_go(write, files, expected):
    """One file alone goes to dist/ itself, as cluster.yaml always does; the others to the folder of their cluster."""
    write({name: WHOLE.replace("NAME", Path(name).stem) for name in files})
    assert list(outputs(load_clusters(files), Path("dist")).values()) == [Path(each) for each in expected]


@pytest.mark.parametrize("names", [("a", "a"), ("a", "A"), ("b", "smoke-tests")])
def test_no_two_clusters_share_a_folder(write, names):
    """Names that differ in case only do on some systems; smoke-tests/ is taken."""
    files = {f"clusters/{index}.yaml": WHOLE.replace("NAME", name) for index, name in enumerate(names)}
    write(files)
    with pytest.raises(ConfigError, match=r"clusters/1.yaml: cluster.name: the manifests of '.*' would go to dist/"):
        outputs(load_clusters(files), Path("dist"))
