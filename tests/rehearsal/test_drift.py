"""What a cluster adds is no difference to those who deliver dist/: recorded from a real API server and Karpenter."""

from pathlib import Path

import pytest
from rehearsal import drift, recording
from rehearsal.applying import DELIVERIES
from tests.pure.objects.everything import all_objects

from cdk8s_eks_gpu.config.load import parse_cluster

CLUSTER = (Path(__file__).parents[2] / "cluster.yaml").read_text(encoding="utf-8")
RECORDED = [*recording.read(drift.RECORDED)]


def manifests(delivery):
    """Return the manifests of cluster.yaml in one of the deliveries."""
    return all_objects(parse_cluster(f"{CLUSTER}\n{DELIVERIES[delivery]}\n", "cluster.yaml"))


def recorded(delivery):
    """Return what is recorded of the delivery's objects, by their names."""
    return {line["object"]: line for line in RECORDED if delivery in line["deliveries"]}


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_every_object_was_applied(delivery):
    """What is delivered today is what the real API server was asked about."""
    assert {drift.name(manifest) for manifest in manifests(delivery)} == set(recorded(delivery))


def test_nobody_sees_a_difference():
    """`kubectl diff`, Argo CD's server-side diff and Flux's are empty, although much was added."""
    assert [line for line in RECORDED if "differences" in line] == []
    assert sum(len(line.get("added", [])) for line in RECORDED) > 100


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_karpenter_had_written_its_hashes(delivery):
    """The record was made when Karpenter had seen the pools and classes."""
    for name, line in recorded(delivery).items():
        kind = name.partition("/")[0]
        if kind in drift.HASHES:
            assert f'metadata.annotations["{drift.HASHES[kind]}"]' in line["added"]


@pytest.mark.parametrize("delivery", DELIVERIES)
def test_no_manifest_says_what_the_cluster_writes(delivery):
    """No label or annotation of ours is one that the API server or a controller writes too: they would take turns."""
    found = recorded(delivery)
    for manifest in manifests(delivery):
        written = {path for path in found[drift.name(manifest)].get("added", []) if path.startswith("metadata.")}
        assert written & drift.stated(manifest) == set()
