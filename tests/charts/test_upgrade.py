"""A plugin's chart at another version, with a chart of ours under the plugin's name."""

import shutil

import pytest
import yaml

from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.render import Renderer
from cdk8s_eks_gpu.charts.sources import Sources
from cdk8s_eks_gpu.charts.upgrade import upgrade
from cdk8s_eks_gpu.errors import ChartError

CONFIG = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu: {nodeClass: gpu}
plugins:
  efa:
    version: 1.0.0 # the one that we tested
"""
CHART = "aws-efa-k8s-device-plugin"


@pytest.fixture
def into(here, tmp_path_factory):
    """Return a renderer that takes two versions of the plugin's chart from a folder."""
    folder = tmp_path_factory.mktemp("archives")
    for version in ("1.0.0", "2.0.0"):
        chart = {"apiVersion": "v2", "name": CHART, "version": version}
        source = folder / version / CHART
        (source / "templates").mkdir(parents=True)
        (source / "Chart.yaml").write_text(yaml.safe_dump(chart), encoding="utf-8")
        object_ = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"of-{version[0]}"}}
        (source / "templates/object.yaml").write_text(yaml.safe_dump(object_), encoding="utf-8")
        archive = shutil.make_archive(str(folder / f"{CHART}-{version}"), "gztar", folder / version, CHART)
        shutil.move(archive, folder / f"{CHART}-{version}.tgz")
    return Renderer(Helm(), here / "imports/cdk8s_eks_gpu_charts", Sources(folder), lambda _: None)


def state(folder):
    """Return the bytes of all files below the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_up_and_down_again_leaves_the_same_bytes(here, into, end):
    """Only the version's own characters change in the file, and the old rendering goes with its pin."""
    config = here / "cluster.yaml"
    config.write_bytes(CONFIG.replace("\n", end).encode())
    upgrade(config, CHART, "1.0.0", into)
    before = state(here)
    upgrade(config, CHART, "2.0.0", into)
    assert config.read_bytes() == CONFIG.replace("version: 1.0.0 #", "version: 2.0.0 #").replace("\n", end).encode()
    assert not [name for name in state(here) if "1.0.0" in name]
    upgrade(config, CHART, "1.0.0", into)
    assert state(here) == before


def test_a_version_that_is_not_there_changes_nothing(here, into):
    """The file names the new version only when its chart was rendered."""
    config = here / "cluster.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    upgrade(config, CHART, "1.0.0", into)
    before = state(here)
    with pytest.raises(ChartError, match=r"aws-efa-k8s-device-plugin-3\.0\.0\.tgz is not there"):
        upgrade(config, CHART, "3.0.0", into)
    assert state(here) == before


@pytest.mark.parametrize(
    ("text", "chart", "words"),
    [
        (CONFIG, "nvidia-device-plugin", "does not install 'nvidia-device-plugin'"),
        (CONFIG.partition("plugins:")[0] + "plugins: {efa: {}}\n", CHART, r"write `version: v0\.5\.30` there first"),
    ],
)
def test_what_cannot_be_upgraded_is_told(here, into, text, chart, words):
    """A chart that is not installed, and a version that is nowhere written, are told with the cure."""
    config = here / "cluster.yaml"
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ChartError, match=words):
        upgrade(config, chart, "2.0.0", into)
