"""What Karpenter does to jobs: consolidation, drift, and pools that keep a fixed number of nodes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pure.preflight.stacks import checked, found, job, node_class, pod, pool

from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.provisioning.disruption import read_disruption

TYPE = "node.kubernetes.io/instance-type"
CAPACITY = "karpenter.sh/capacity-type"
G5 = {TYPE: ["g5.48xlarge"]}
RESERVED = node_class(capacityReservationSelectorTerms=[{"id": "cr-1"}])
GPUS = pod("train", limits={"nvidia.com/gpu": 8})
MOVES = {"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "30m"}


def rules_of(*manifests, group="disruption", **versions):
    """Return the rules that the manifests break, without their group."""
    return [each.rpartition("/")[0].partition(" ")[0] for each in found(checked(*manifests, only=[group], **versions))]


def deployment(template):
    """Return a Deployment of the pod."""
    labels = {"app": "serve"}
    body = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": template["spec"]},
        "replicas": 2,
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "serve"}, "spec": body}


def protected(workload, value="true"):
    """Return the object with the annotation that keeps Karpenter off its pods."""
    workload["spec"]["template"].setdefault("metadata", {})["annotations"] = {"karpenter.sh/do-not-disrupt": value}
    return workload


@pytest.mark.parametrize(
    ("spec", "workloads", "expected"),
    [
        ({"disruption": MOVES}, [job("train", GPUS)], ["disruption/consolidates-training"]),
        ({"disruption": {**MOVES, "consolidationPolicy": "Balanced"}}, [], ["disruption/consolidates-training"]),
        ({"disruption": MOVES}, [protected(job("train", GPUS))], []),
        ({"disruption": MOVES}, [protected(job("a", GPUS)), job("b", GPUS)], ["disruption/consolidates-training"]),
        ({"disruption": MOVES}, [deployment(GPUS)], []),
        ({"disruption": MOVES, "requirements": G5}, [], []),
        # Categories g and p are for GPU pods of any kind, all types for anything.
        (
            {"disruption": MOVES, "requirements": {"karpenter.k8s.aws/instance-category": ["g", "p"]}},
            [],
            ["disruption/consolidates-training"],
        ),
        ({"disruption": MOVES, "requirements": {}}, [], []),
        ({"disruption": MOVES, "requirements": G5}, [job("train", GPUS)], ["disruption/consolidates-training"]),
        ({"disruption": {**MOVES, "consolidateAfter": "Never"}}, [job("train", GPUS)], []),
        (
            {"disruption": {**MOVES, "budgets": [{"nodes": "0", "reasons": ["Underutilized"]}, {"nodes": "1"}]}},
            [job("train", GPUS)],
            [],
        ),
        ({"disruption": {**MOVES, "consolidationPolicy": "WhenEmpty"}}, [job("train", GPUS)], []),
        # Without a word, Karpenter consolidates at once whatever it can.
        (
            {"disruption": {"consolidateAfter": "0s"}},
            [],
            ["disruption/consolidate-after-short", "disruption/consolidates-training"],
        ),
    ],
)
def test_running_jobs_are_moved_unless_something_keeps_them(spec, workloads, expected):
    """The policy, the annotation, a budget of none; services may be moved, and pools of other types may be theirs."""
    assert rules_of(pool(**spec), node_class(), *workloads) == expected


@pytest.mark.parametrize(
    ("karpenter", "value", "is_protected"),
    [
        ("1.12", "4h", True),
        ("1.11", "4h", False),
        ("1.15", "0s", False),
        ("1.15", "True", False),
        ("1.15", "yes", False),
        ("1.11", "true", True),
    ],
)
def test_what_karpenter_reads_in_the_annotation(karpenter, value, is_protected):
    """Nothing but true, and since 1.12 how long a pod is left alone; any other value is as none."""
    manifests = pool(disruption=MOVES), node_class(), protected(job("train", GPUS), value)
    found_ = checked(*manifests, karpenter=karpenter, only=["disruption"]).findings
    said = 'Job train runs there without karpenter.sh/do-not-disrupt: "true".'
    assert [each.message.endswith(said) for each in found_] == ([] if is_protected else [True])


@pytest.mark.parametrize(
    ("after", "is_short"),
    [("0s", True), ("5m", True), ("333s", True), ("5m34s", False), ("10m", False), ("1h", False), ("Never", False)],
)
def test_empty_nodes_stay_as_long_as_a_large_image_takes(after, is_short):
    """334 seconds, as AWS measured."""
    patience = {"consolidationPolicy": "WhenEmpty", "consolidateAfter": after}
    expected = ["disruption/consolidate-after-short"] if is_short else []
    assert rules_of(pool(disruption=patience), node_class()) == expected


@pytest.mark.parametrize(
    ("budgets", "spec", "all_at_once"),
    [
        (None, {}, False),
        ([], {}, True),
        ([{"nodes": "100%"}], {}, True),
        ([{"nodes": "100%"}, {"nodes": "50%"}], {}, False),
        ([{"nodes": "100%"}, {"nodes": "0", "reasons": ["Drifted"]}], {}, False),
        ([{"nodes": "1", "reasons": ["Empty", "Underutilized"]}], {}, True),
        ([{"nodes": "0", "schedule": "0 9 * * 1-5", "duration": "8h"}], {}, True),
        ([{"nodes": "0", "schedule": "0 9 * * 1-5", "duration": "8h"}, {"nodes": "10%"}], {}, False),
        ([{"nodes": "4"}], {"limits": {"nodes": 4}}, True),
        ([{"nodes": "4"}], {"limits": {"nodes": 5}}, False),
        ([{"nodes": "4"}], {}, False),
        ([{"nodes": "100%"}], {"limits": {"nodes": 1}}, False),
        ([{"nodes": "4"}], {"replicas": 4, "limits": {"nodes": 8}}, True),
    ],
)
def test_budgets_that_let_every_node_drift(budgets, spec, all_at_once):
    """Karpenter takes the smallest budget that is for the reason; where none is, all nodes go."""
    patience = {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "30m"}
    if budgets is not None:
        patience["budgets"] = budgets
    expected = ["disruption/all-drift-at-once"] if all_at_once else []
    assert rules_of(pool(disruption=patience, **spec), RESERVED) == expected


@given(st.lists(st.integers(0, 100), min_size=1, max_size=4))
def test_the_smallest_budget_counts(shares):
    """In whatever order they stand."""
    budgets = [{"nodes": f"{share}%"} for share in shares]
    disruption = read_disruption(Cursor({"spec": {"disruption": {"budgets": budgets}}}))
    assert disruption.at_once("Drifted") == min(shares) / 100


@settings(deadline=None, max_examples=20)
@pytest.mark.parametrize("karpenter", ["1.8", "1.14", "1.15"])
@given(replicas=st.integers(1, 20), nodes=st.integers(1, 20))
def test_a_static_pool_needs_room_to_drift_before_1_15(karpenter, replicas, nodes):
    """Since 1.15 Karpenter ends the drifted node first where there is no room for another."""
    static = pool(
        replicas=replicas, limits={"nodes": nodes}, requirements={TYPE: ["p5.48xlarge"], CAPACITY: ["reserved"]}
    )
    rules = [each for each in rules_of(static, RESERVED, group="capacity", karpenter=karpenter) if "replicas" in each]
    if nodes < replicas:
        assert rules == ["capacity/replicas-beyond-limit"]
    else:
        assert rules == ["capacity/replicas-at-limit"] * (nodes == replicas and karpenter != "1.15")


@pytest.mark.parametrize(
    ("types", "terms", "expected"),
    [
        (["on-demand"], None, ["capacity/static-without-reservation"]),
        (["reserved"], None, ["capacity/reserved-without-reservation"]),
        (["reserved", "on-demand"], [{"id": "cr-1"}], []),
    ],
)
def test_a_static_pool_has_a_reservation(types, terms, expected):
    """Nothing else keeps machines for it, and one that takes reserved nodes only cannot do without."""
    static = pool(replicas=4, limits={"nodes": 5}, requirements={TYPE: ["p5.48xlarge"], CAPACITY: types})
    spec = {"capacityReservationSelectorTerms": terms} if terms else {}
    assert rules_of(static, node_class(**spec), group="capacity") == expected


def test_a_static_pool_of_ordinary_instances_needs_no_reservation():
    """They can be had whenever one ends."""
    static = pool(replicas=4, limits={"nodes": 5}, requirements={TYPE: ["m5.large"]}, taints=[])
    assert rules_of(static, node_class(), group="capacity") == []
