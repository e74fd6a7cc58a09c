"""Which DaemonSets Karpenter expects on which types of a pool."""

import pytest
from tests.pure.provisioning.manifests import (
    GPU_TAINT,
    TOLERATE,
    cluster,
    fit,
    names,
    node_class,
    pod,
    pool,
    requirement,
    workload,
)

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.daemon_overhead import ports_conflict

ANY = "0.0.0.0"  # noqa: S104 -- compared, not bound
SMALL = requirement(vocabulary.INSTANCE_TYPE, "In", "g4dn.xlarge", "g4dn.2xlarge")


def groups(*manifests):
    """Return, for each group of the only pool, how many types it has and the CPUs that its DaemonSets ask for."""
    (found,) = cluster(*manifests).pools
    return [(each.type_set.bit_count(), each.requests.get("cpu", 0)) for each in found.instance_types.groups]


def test_types_are_grouped_by_what_lands_on_them():
    """A DaemonSet that selects one type splits the pool's types; each is in one group, and none is added."""
    selects = {vocabulary.INSTANCE_TYPE: "g4dn.xlarge"}
    single, all_types = workload("DaemonSet", {"cpu": 1}, nodeSelector=selects), workload("DaemonSet", {"cpu": 2})
    elsewhere = workload("DaemonSet", {"cpu": 4}, nodeSelector={vocabulary.INSTANCE_TYPE: "p5.48xlarge"})
    assert groups(pool(SMALL), node_class(), single, all_types, elsewhere) == [(1, 3), (1, 2)]


@pytest.mark.parametrize(("tolerations", "expected"), [([], 0), ([TOLERATE], 1)])
def test_a_daemon_set_that_does_not_tolerate_the_pool(tolerations, expected):
    """What the pool's taints keep off is expected on none of its types, not even on the first of the catalogue."""
    tainted = pool(taints=[GPU_TAINT])
    agent = workload("DaemonSet", {"cpu": 1}, tolerations=tolerations)
    assert {cpu for _, cpu in groups(tainted, node_class(), agent)} == {expected}


def test_a_daemon_set_that_selects_one_type_of_all():
    """Of all types that there are, it is expected on that one."""
    agent = workload("DaemonSet", {"cpu": 1}, nodeSelector={vocabulary.INSTANCE_TYPE: "p5.48xlarge"})
    (landing, rest) = groups(pool(), node_class(), agent)
    assert (landing, rest[1]) == ((1, 1), 0)


def test_a_daemon_set_that_selects_a_label_that_no_node_has():
    """A label that the pool does not define is foreseen on none of its types."""
    agent = workload("DaemonSet", {"cpu": 1}, nodeSelector={"team": "a"})
    assert {cpu for _, cpu in groups(pool(), node_class(), agent)} == {0}


@pytest.mark.parametrize("selects", [{}, {vocabulary.NODE_POOL: "gpu"}])
def test_a_daemon_set_is_no_overhead_of_its_own_pod(selects):
    """A DaemonSet's pod has to find room beside the other DaemonSets, not beside itself."""
    agent = workload("DaemonSet", {"cpu": 3}, name="agent", nodeSelector=selects)
    assert names(fit(pool(SMALL), agent).types) == ["g4dn.2xlarge", "g4dn.xlarge"]


def test_daemon_sets_that_tolerate_the_same_are_still_others():
    """Of two DaemonSets that select different nodes each counts against the other's pod."""
    other = workload("DaemonSet", {"cpu": 2}, name="other")
    agent = workload("DaemonSet", {"cpu": 3}, name="agent", nodeSelector={vocabulary.ARCH: "amd64"})
    assert names(fit(pool(SMALL), other, agent).types) == ["g4dn.2xlarge"]


def test_daemon_sets_that_select_the_same_are_still_others():
    """Of two DaemonSets that tolerate different taints each counts against the other's pod."""
    other = workload("DaemonSet", {"cpu": 2}, name="other", tolerations=[TOLERATE])
    agent = workload("DaemonSet", {"cpu": 3}, name="agent")
    assert names(fit(pool(SMALL), other, agent).types) == ["g4dn.2xlarge"]


def test_ports_of_all_daemon_sets_count():
    """A pod that takes the port of any DaemonSet finds no node, whichever of them was read first."""

    def listening(port):
        return {"name": "c", "image": "i", "ports": [{"containerPort": port, "hostPort": port}]}

    agents = [workload("DaemonSet", name=f"agent-{port}", containers=[listening(port)]) for port in (9100, 9400)]
    for port, hosted in ((9100, False), (9400, False), (9500, True)):
        asked = pod(containers=[listening(port)])
        assert bool(fit(pool(SMALL), *agents, asked).types) == hosted


@pytest.mark.parametrize(
    ("left", "right", "conflict"),
    [
        ((ANY, "TCP", 80), (ANY, "TCP", 80), True),
        ((ANY, "TCP", 80), ("10.0.0.1", "TCP", 80), True),
        (("10.0.0.1", "TCP", 80), ("::", "TCP", 80), True),
        (("10.0.0.1", "TCP", 80), ("10.0.0.1", "TCP", 80), True),
        (("10.0.0.1", "TCP", 80), ("10.0.0.2", "TCP", 80), False),
        ((ANY, "TCP", 80), (ANY, "UDP", 80), False),
        ((ANY, "TCP", 80), (ANY, "TCP", 81), False),
    ],
)
def test_ports_that_conflict(left, right, conflict):
    """Two pods cannot have one port of one protocol on a node, unless at two addresses."""
    assert ports_conflict(frozenset({left}), frozenset({right})) == conflict
