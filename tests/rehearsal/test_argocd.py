"""What Argo CD's own code made of dist/, recorded: the files it reads, the waves it applies, the drift it sees."""

from pathlib import Path

import pytest
from rehearsal import argocd, drift, recording
from rehearsal.applying import DELIVERIES
from tests.pure.objects.everything import smoke_test_objects, stack_objects

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.objects.argocd import SYNC_WAVE

CLUSTER = (Path(__file__).parents[2] / "cluster.yaml").read_text(encoding="utf-8")
RECORDED = [*recording.read(argocd.RECORDED)]
SYNCS = {line["tests"]: line for line in RECORDED if "tests" in line}
CONFIG = parse_cluster(f"{CLUSTER}\n{DELIVERIES['postSync']}\n", "cluster.yaml")
STACK = [each for objects in stack_objects(CONFIG).values() for each in objects]
PODS = [each for objects in smoke_test_objects(CONFIG).values() for each in objects]


@pytest.mark.parametrize(
    ("source", "more"),
    [
        ("as the examples say", []),
        ("nothing said", []),
        ("recurse", PODS),
        ("recurse, smoke tests excluded", []),
        ("a kustomization.yaml", []),
    ],
)
def test_a_directory_source_is_read_as_documented(source, more):
    """The folder alone, unless `recurse` says more: then the Pods of the smoke tests too, unless they are excluded."""
    [line] = [line for line in RECORDED if line.get("source") == source]
    assert line["objects"] == sorted(drift.name(manifest) for manifest in [*STACK, *more])


def test_a_kustomization_in_the_folder_would_be_applied():
    """With `directory:`, a kustomization.yaml that names its kind is one more object, which no API server knows."""
    [line] = [line for line in RECORDED if line.get("source") == "a kustomization.yaml that says its kind"]
    assert set(line["objects"]) - {drift.name(manifest) for manifest in STACK} == {"Kustomization/x"}


def test_a_sync_goes_through_the_waves_in_order():
    """The waves of the annotations, one after the other, each when the one before was healthy; then the hooks."""
    in_sync = {
        int(each["metadata"]["annotations"][SYNC_WAVE])
        for each in STACK
        if "argocd.argoproj.io/hook" not in each["metadata"]["annotations"]
    }
    expected = [*(["Sync", wave] for wave in sorted(in_sync)), ["PostSync", 1]]
    assert SYNCS["Succeeded"]["waves"] == expected


def test_a_sync_ends_as_its_tests_do():
    """It succeeds when both Jobs have, and fails when they fail; their logs stay either way."""
    jobs = sorted(each["metadata"]["name"] for each in STACK if each["kind"] == "Job")
    for outcome in ("Succeeded", "Failed"):
        sync = SYNCS[outcome]
        assert sync["operation"] == outcome
        assert sync["hooks"] == {f"Job/{name}": outcome for name in jobs}
        assert sync["jobs"] == jobs


def test_a_sync_whose_time_is_up_takes_its_tests_along():
    """That is why the managed Argo CD, whose sync ends after 120 s, gets no hooks."""
    assert SYNCS["Running"]["operation"] == "Failed"
    assert SYNCS["Running"]["jobs"] == []


@pytest.mark.parametrize("strategy", ["legacy", "structured-merge", "server-side"])
def test_what_the_cluster_adds_is_no_drift(strategy):
    """Beside Karpenter, with its hashes and all defaults, nothing is out of sync; a changed pool is."""
    lines = [line for line in RECORDED if line.get("strategy") == strategy]
    assert [line["modified"] for line in lines if not line["changed"]] == [[]]
    assert [line["modified"] for line in lines if line["changed"]] == [["NodePool/gpu"]]
