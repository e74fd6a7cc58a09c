"""Manifests of a user's own beside ours."""

import json

import pytest

from cdk8s_eks_gpu import ExtraManifestsError, load_cluster
from cdk8s_eks_gpu.objects.extra_manifests import read_extra_manifests
from cdk8s_eks_gpu.objects.stack import all_objects

CLUSTER = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu: {nodeClass: gpu}
extraManifests: [EXTRA]
"""
JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: %s}\n"


@pytest.fixture
def folder(tmp_path):
    """Return a folder with manifests in it."""
    (tmp_path / "jobs" / "more").mkdir(parents=True)
    (tmp_path / "jobs" / "a.yaml").write_text(JOB % "a1" + "---\n" + JOB % "a2")
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b"}}
    listed = {"apiVersion": "v1", "kind": "List", "items": [service]}
    (tmp_path / "jobs" / "more" / "b.json").write_text(json.dumps(listed))
    (tmp_path / "jobs" / "notes.txt").write_text("no manifest")
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["jobs"], ["a1", "a2", "b"]),
        (["jobs/more/b.json", "jobs/a.yaml"], ["b", "a1", "a2"]),
        (["jobs/*.yaml"], ["a1", "a2"]),
        (["jobs/**/*.json"], ["b"]),
        (["jobs", "jobs/a.yaml"], ["a1", "a2", "b"]),
    ],
)
def test_files_folders_and_patterns_are_read(folder, monkeypatch, paths, names):
    """Each file is read once, in the order of the paths; the items of a List come one by one."""
    monkeypatch.chdir(folder)
    assert [each.manifest["metadata"]["name"] for each in read_extra_manifests(paths)] == names


def test_the_place_is_file_and_line(folder, monkeypatch):
    """A finding leads to where the user wrote the object."""
    monkeypatch.chdir(folder)
    assert [each.place for each in read_extra_manifests(["jobs/a.yaml"])] == ["jobs/a.yaml:1", "jobs/a.yaml:5"]


@pytest.mark.parametrize("entry", ["jobs/a.yaml", "jobs/*.yaml"])
def test_paths_are_from_the_folder_of_the_configuration(folder, entry):
    """Wherever the command runs, the same files are read; they come last of what is applied, labelled as the rest."""
    (folder / "cluster.yaml").write_text(CLUSTER.replace("EXTRA", entry))
    found = all_objects(load_cluster(folder / "cluster.yaml"))
    assert [each.place for each in found.extra] == [f"{folder}/jobs/a.yaml:{line}" for line in (1, 5)]
    charts = found.charts
    assert list(charts) == ["0002-node-pools", "0004-extra-manifests"]
    metadata = [each["metadata"] for each in charts["0004-extra-manifests"]]
    labels = {"app.kubernetes.io/managed-by": "cdk8s-eks-gpu", "eks-gpu.io/cluster": "training"}
    assert metadata == [{"name": "a1", "labels": labels}, {"name": "a2", "labels": labels}]


BAD = {
    "jobs/a.yml": "extra manifests: jobs/a.yml: no such file or folder; did you mean 'a.yaml'?",
    "jobs/*.yml": "extra manifests: jobs/*.yml: no file matches",
    "a: b\n": "x.yaml:1: is no Kubernetes object: it needs apiVersion, kind and metadata.name",
    "kind: Job\nmetadata: {}\n": "x.yaml:1: lacks apiVersion and metadata.name (a generated name cannot be applied)",
    "a: [\n": "x.yaml:",
    "a: {{ .Values.x }}\n": ": render the template first",
    JOB % "a" + "---\n" + JOB % "a": "x.yaml:5: Job/a is at x.yaml:1 already",
    JOB % "a, labels: {x: 1}": "x.yaml:3: metadata.labels.x must be a string: put it in quotes",
    JOB % "a, annotations: []": "x.yaml:3: metadata.annotations must be a mapping (key: value)",
}


@pytest.mark.parametrize(("given", "message"), BAD.items())
def test_what_cannot_be_used_is_reported_with_file_and_line(folder, monkeypatch, given, message):
    """A path that leads nowhere, and what is no object, are errors before anything is written."""
    monkeypatch.chdir(folder)
    path = given
    if "\n" in given:
        path = "x.yaml"
        (folder / path).write_text(given)
    with pytest.raises(ExtraManifestsError) as caught:
        read_extra_manifests([path])
    assert message in str(caught.value)


def test_all_problems_are_reported_at_once(folder, monkeypatch):
    """The user mends them in one go."""
    monkeypatch.chdir(folder)
    (folder / "x.yaml").write_text("a: b\n")
    with pytest.raises(ExtraManifestsError) as caught:
        read_extra_manifests(["nowhere", "x.yaml", "jobs/*.yml"])
    assert len(str(caught.value).splitlines()) == 3
