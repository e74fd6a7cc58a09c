"""Where DaemonSets land in the end, and the reasons that are given of the types on which they do not."""

import pytest
from tests.pure.provisioning.manifests import (
    GPU_TAINT,
    TOLERATE,
    daemon_set,
    families,
    fit,
    names,
    nfd_worker,
    pool,
    reasons,
    required,
    requirement,
    workload,
)

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.reasons import LabelNotDefined, LabelNotSet

SMALL = requirement(vocabulary.INSTANCE_TYPE, "In", "g4dn.xlarge", "g4dn.2xlarge")
PCI = "feature.node.kubernetes.io/pci-10de.present"


def agent(requests=None, **spec):
    """Return a DaemonSet that drives no device."""
    return workload("DaemonSet", requests, name="agent", **spec)


def why(*manifests):
    """Return the reasons of the types on which the last DaemonSet does not land, each text once."""
    return set(reasons(fit(*manifests)).values())


@pytest.mark.parametrize(
    ("taints", "selects"),
    [([GPU_TAINT], {}), ([], {"nobody/sets": "this"}), ([], {"nvidia.com/gpu.product": "H100"})],
)
def test_a_daemon_set_that_lands_nowhere(taints, selects):
    """By a taint, or a label that nothing sets, it is kept off each type that there is."""
    assert names(fit(pool(taints=taints), agent(nodeSelector=selects)).types) == []


def test_types_that_a_daemon_set_does_not_select():
    """Only the types that its labels leave out have that as their reason."""
    found = fit(pool(SMALL), agent(nodeSelector={vocabulary.INSTANCE_TYPE: "g4dn.xlarge"}))
    assert names(found.types) == ["g4dn.xlarge"]
    assert set(reasons(found)) == {"g4dn.2xlarge"}


def test_types_that_have_no_room_for_a_daemon_set():
    """Only the types that lack something have that as their reason, whichever DaemonSets are on them."""
    beside = workload("DaemonSet", {"cpu": 2}, nodeSelector={vocabulary.INSTANCE_TYPE: "g4dn.xlarge"})
    found = fit(pool(SMALL), beside, agent({"cpu": 3}))
    assert names(found.types) == ["g4dn.2xlarge"]
    assert set(reasons(found)) == {"g4dn.xlarge"}
    assert "cpu" in reasons(found)["g4dn.xlarge"]


def test_types_that_are_left_out_lack_nothing():
    """What a type lacks is only a reason where the DaemonSet selects it."""
    found = fit(pool(SMALL), agent({"cpu": 50}, nodeSelector={vocabulary.INSTANCE_TYPE: "g4dn.xlarge"}))
    assert "insufficient cpu" in reasons(found)["g4dn.xlarge"]
    assert "insufficient cpu" not in reasons(found)["g4dn.2xlarge"]


@pytest.mark.parametrize(
    ("of_pool", "asked", "lands"),
    [
        (requirement("team", "DoesNotExist"), requirement("team", "NotIn", "a"), True),
        (requirement("team", "DoesNotExist"), requirement("team", "In", "a"), False),
        (requirement("team", "In", "a"), requirement("team", "NotIn", "a"), False),
        (requirement("team", "In", "a"), requirement("team", "DoesNotExist"), False),
        (requirement("team", "In", "a"), requirement("team", "In", "a"), True),
    ],
)
def test_labels_of_the_pool(of_pool, asked, lands):
    """What pool and DaemonSet say of a label has to agree; two that merely refuse it do."""
    found = fit(pool(of_pool), agent(affinity=required([asked])))
    assert bool(found.types) == lands


def test_only_what_keeps_a_daemon_set_off_is_a_reason():
    """Labels that the pool has, and that all of its types have, are no reasons."""
    selects = {"team": "a", vocabulary.ARCH: "amd64", "nobody/sets": "this"}
    (reason,) = why(pool(families("p5"), labels={"team": "a"}), agent(nodeSelector=selects))
    assert "nobody/sets" in reason
    assert "team" not in reason
    assert vocabulary.ARCH not in reason


def test_a_label_of_the_pool_that_does_not_agree_is_a_reason():
    """Its value in the pool is told, and nothing else."""
    (reason,) = why(pool(families("p5"), labels={"team": "a"}), agent(nodeSelector={"team": "b"}))
    assert "team In [a]" in reason


def test_a_label_that_the_worker_has_set_is_no_reason():
    """Where the NFD worker has landed its label is there: what keeps the plugin off is the other one."""
    worker = nfd_worker(tolerations=[TOLERATE])
    plugin = daemon_set(
        "plugin",
        "nvcr.io/nvidia/k8s-device-plugin:v0.18.0",
        "nvidia-device-plugin",
        nodeSelector={PCI: "true", vocabulary.ARCH: "arm64"},
    )
    (reason,) = why(pool(families("p5")), worker, plugin)
    assert PCI not in reason
    assert "arm64" in reason
    (reason,) = why(pool(families("p5")), plugin)
    assert PCI in reason


def test_labels_that_are_awaited():
    """A DaemonSet waits for labels of running nodes where it lands; a term that selects no type adds none."""
    plugin = [requirement(PCI, "Exists")], [requirement("nvidia.com/gpu.product", "Exists")]
    found = fit(pool(families("p5")), nfd_worker(), agent(affinity=required(*plugin)))
    assert {each.family for each in found.types} == {"p5"}
    assert found.awaited_labels == (PCI,)


@pytest.mark.parametrize(
    ("label", "reason"), [("nvidia.com/gpu.product", LabelNotSet), ("nobody/sets", LabelNotDefined)]
)
def test_labels_that_nothing_sets(label, reason):
    """A label of feature discovery is one that nothing sets here; of any other nobody knows who would."""
    found = fit(pool(families("p5")), agent(nodeSelector={label: "x"}))
    assert {type(each) for causes in found.rejected.values() for each in causes} == {reason}
