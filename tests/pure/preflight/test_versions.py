"""Which versions manifests are checked for, and what the report says of it."""

import json

import pytest
import yaml
from tests.pure.preflight.stacks import node_class, pool

from cdk8s_eks_gpu.errors import ConfigError, MarkerError
from cdk8s_eks_gpu.marker import NAME, Marker
from cdk8s_eks_gpu.preflight import check, check_paths
from cdk8s_eks_gpu.preflight.formats.by_name import FORMATS
from cdk8s_eks_gpu.provisioning import rehearsed_against

NEWER = node_class(networkInterfaces=[{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}])
"""Its field came with Karpenter 1.11."""


def write(path, *manifests):
    """Write manifests into a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump_all(manifests))


def mark(folder, karpenter, kubernetes="1.34", cluster="demo"):
    """Write a marker into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text(Marker(cluster, karpenter, kubernetes, ("pools.yaml",)).text)


def schema_errors(report):
    """Return the files that have a field which is too new."""
    return [finding.file for finding in report.findings if finding.rule.id == "schema/newer-field"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("target", ["dist", "dist/", ".", "dist/pools.yaml", "dist/deeper", "dist/deeper/more.yaml"])
def test_the_marker_names_the_versions(tmp_path, target):
    """Whatever of a marked folder is named, it is checked for the versions that the folder was written for."""
    write(tmp_path / "dist/pools.yaml", pool(), NEWER)
    write(tmp_path / "dist/deeper/more.yaml", NEWER)
    mark(tmp_path / "dist", "1.10")
    report = check_paths([target])
    assert schema_errors(report)
    (versions,) = report.versions
    assert (versions.karpenter, versions.kubernetes, versions.cluster) == ("1.10", "1.34", "demo")
    assert versions.karpenter_from == versions.kubernetes_from == f"dist/{NAME}"


def test_the_marker_counts_for_more_than_the_configuration_beside_it(tmp_path):
    """The folder was written for what its marker says, whatever cluster.yaml says since then."""
    write(tmp_path / "dist/pools.yaml", NEWER)
    mark(tmp_path / "dist", "1.10")
    (tmp_path / "cluster.yaml").write_text("cluster: {karpenterVersion: '1.15', kubernetesVersion: '1.37'}")
    assert check_paths(["dist"]).versions[0].karpenter == "1.10"


@pytest.mark.parametrize("place", ["cluster.yaml", "dist/cluster.yaml"])
@pytest.mark.parametrize("target", ["dist", "dist/pools.yaml"])
def test_a_configuration_beside_or_inside_names_the_versions(tmp_path, place, target):
    """Without a marker, the cluster.yaml of the folder, or beside it, is asked."""
    write(tmp_path / "dist/pools.yaml", NEWER)
    (tmp_path / place).write_text("cluster: {name: demo, karpenterVersion: '1.10', kubernetesVersion: '1.33'}")
    report = check_paths([target])
    assert schema_errors(report) == ["dist/pools.yaml"]
    assert (report.versions[0].kubernetes, report.versions[0].kubernetes_from) == ("1.33", place)


@pytest.mark.parametrize(
    "text", ["kind: Cluster\napiVersion: cluster.x-k8s.io/v1\n", "[]", "cluster: 3", "cluster: {}"]
)
def test_a_foreign_cluster_yaml_names_nothing(tmp_path, text):
    """Other programs have a cluster.yaml too; the versions are then assumed, and the report says so."""
    write(tmp_path / "dist/pools.yaml", NEWER)
    (tmp_path / "cluster.yaml").write_text(text)
    report = check_paths(["dist"])
    assert report.versions[0].karpenter_from == "assumed"
    assert "(assumed); name yours with --karpenter and --kubernetes" in FORMATS["text"](report)


def test_what_the_user_names_counts_for_more(tmp_path):
    """A version that is named takes the place of the marker's, the other one stays."""
    write(tmp_path / "dist/pools.yaml", NEWER)
    mark(tmp_path / "dist", "1.10")
    report = check_paths(["dist"], karpenter="1.11")
    assert schema_errors(report) == []
    assert "Karpenter 1.11 (karpenter) and Kubernetes 1.34 (dist/.eks-gpu)" in FORMATS["text"](report)


def test_each_cluster_is_checked_apart(tmp_path):
    """Two marked folders are two clusters: each has its versions, and what they share is no duplicate."""
    for name, version in (("a", "1.10"), ("b", "1.15")):
        write(tmp_path / "dist" / name / "pools.yaml", pool(), NEWER)
        mark(tmp_path / "dist" / name, version, cluster=name)
    report = check_paths(["dist"])
    assert schema_errors(report) == ["dist/a/pools.yaml"]
    assert not [finding for finding in report.findings if finding.rule.group == "apply"]
    assert [versions.cluster for versions in report.versions] == ["a", "b"]
    assert report.files == 2
    assert report.objects == 4


def test_a_job_beside_one_cluster_counts_to_it(tmp_path):
    """Files without a cluster of their own are checked with the only one that there is."""
    write(tmp_path / "dist/pools.yaml", NEWER)
    mark(tmp_path / "dist", "1.10")
    write(tmp_path / "elsewhere/class.yaml", NEWER)
    report = check_paths(["elsewhere", "dist"])
    assert len(report.versions) == 1
    assert schema_errors(report) == ["elsewhere/class.yaml", "dist/pools.yaml"]


@pytest.mark.parametrize(("key", "version"), [("karpenter", "9.9"), ("kubernetes", "0.1")])
def test_a_marker_with_an_unknown_version_is_an_error_with_a_path(tmp_path, key, version):
    """The file and the key are named; naming the version by hand goes around it."""
    write(tmp_path / "dist/pools.yaml", pool())
    mark(tmp_path / "dist", **{"karpenter": "1.15", key: version})
    with pytest.raises(MarkerError, match=rf"dist/\.eks-gpu: {key}: unknown .* version '{version}'"):
        check_paths(["dist"])
    assert check_paths(["dist"], **{key: "1.15" if key == "karpenter" else "1.34"}).versions


def test_a_damaged_marker_is_an_error_with_a_path(tmp_path):
    """What cannot be read is not passed over."""
    write(tmp_path / "dist/pools.yaml", pool())
    (tmp_path / "dist" / NAME).write_text("{")
    with pytest.raises(MarkerError, match=r"dist/\.eks-gpu:1: is no JSON"):
        check_paths(["dist"])


def test_a_configuration_with_an_unknown_version_is_an_error_with_a_line(tmp_path):
    """The cluster.yaml beside the folder is named with the line."""
    write(tmp_path / "dist/pools.yaml", pool())
    (tmp_path / "cluster.yaml").write_text("cluster:\n  karpenterVersion: '0.9'\n")
    with pytest.raises(
        ConfigError, match=r"cluster\.yaml:2: cluster\.karpenterVersion: unknown Karpenter version '0\.9'"
    ):
        check_paths(["dist"])


def test_json_names_the_versions_and_what_they_were_rehearsed_against():
    """Programs read what was checked for, where that is from, and the release that the answers were held against."""
    report = json.loads(FORMATS["json"](check({"pools.yaml": yaml.safe_dump(pool())}, karpenter="1.14")))
    assert report["versions"] == [
        {
            "cluster": "",
            "karpenter": "1.14",
            "karpenterFrom": "karpenter",
            "kubernetes": "1.36",
            "kubernetesFrom": "assumed",
            "rehearsedAgainst": "1.14.1",
        }
    ]
    assert report["rehearsedAgainst"] == {"karpenter": "1.14.1", "kubernetes": "1.34.4"}
    assert "rehearsed against Karpenter 1.14.1" in FORMATS["text"](check({}, karpenter="1.14"))


@pytest.mark.parametrize(("version", "release"), [("1.0", "1.14.1"), ("1.14.3", "1.14.1"), ("1.15", "1.15.0")])
def test_the_nearest_rehearsed_release_is_named(version, release):
    """It is the newest that is no newer than the version that is asked about."""
    assert rehearsed_against(version) == release


def test_a_configuration_beside_may_extend_another(tmp_path):
    """The versions may stand in the file that the cluster.yaml extends."""
    write(tmp_path / "dist/pools.yaml", NEWER)
    (tmp_path / "cluster.yaml").write_text("extends: bases/base.yaml\ncluster: {karpenterVersion: '1.10'}")
    (tmp_path / "bases").mkdir()
    (tmp_path / "bases/base.yaml").write_text("cluster: {karpenterVersion: '1.15', kubernetesVersion: '1.33'}")
    (versions,) = check_paths(["dist"]).versions
    assert (versions.karpenter, versions.karpenter_from) == ("1.10", "cluster.yaml")
    assert (versions.kubernetes, versions.kubernetes_from) == ("1.33", "bases/base.yaml")


def test_a_configuration_that_extends_itself_names_what_it_says(tmp_path):
    """A circle ends, and a file that is not there as well."""
    write(tmp_path / "dist/pools.yaml", pool())
    for base in ("cluster.yaml", "nowhere.yaml"):
        (tmp_path / "cluster.yaml").write_text(f"extends: {base}\ncluster: {{karpenterVersion: '1.10'}}")
        assert check_paths(["dist"]).versions[0].karpenter == "1.10"
