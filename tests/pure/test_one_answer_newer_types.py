"""`check` and `explain` give one answer about instance types that are newer than the facts."""

import pytest
from tests.pure.answers import NOT_LAUNCHED, TYPE, explained, found, messages
from tests.pure.provisioning.manifests import (
    GPU_TAINT,
    TOLERATE,
    ask,
    families,
    node_class,
    pod,
    pool,
    requirement,
)

from cdk8s_eks_gpu import vocabulary


def test_a_type_newer_than_the_facts():
    """Both name the type; neither says that the pool launches nothing, or that a pod has no host."""
    stack = (pool(requirement(vocabulary.INSTANCE_TYPE, "In", "p9.96xlarge")), node_class(), pod({vocabulary.GPU: 16}))
    rules = {rule for rule, _ in found(*stack)}
    assert "instances/unknown-value" in rules
    assert rules.isdisjoint({"scheduling/no-host", *NOT_LAUNCHED})
    assert explained(*stack)["pools"]["gpu"]["unknownInstanceTypes"] == ["p9.96xlarge"]
    assert [found.name for found in ask(*stack).workloads[0].unknown_pools] == ["gpu"]


ANY = {"operator": "Exists"}
TEAM = {"key": "team", "value": "a", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("pod_spec", "reason"),
    [
        ({}, "did not tolerate taint team=a:NoSchedule"),
        (
            {"tolerations": [ANY], "nodeSelector": {vocabulary.INSTANCE_TYPE: "p5.48xlarge"}},
            f"incompatible requirements: {TYPE} In [p5.48xlarge] not in {TYPE} In [p9.96xlarge]",
        ),
        (
            {"tolerations": [ANY], "nodeSelector": {vocabulary.INSTANCE_FAMILY: "p5"}},
            "requirement karpenter.k8s.aws/instance-family In [p5] not met",
        ),
        (
            {"tolerations": [ANY], "nodeSelector": {"team": "a"}},
            "label team does not have known values",
        ),
        (
            {"tolerations": [ANY], "nodeSelector": {vocabulary.CAPACITY_TYPE: "reserved"}},
            "no offering for karpenter.sh/capacity-type In [reserved]: the node class selects no capacity reservation",
        ),
        (
            {"tolerations": [ANY], "nodeSelector": {"karpenter.sh/a": "a"}},
            "label karpenter.sh/a is restricted: Karpenter ignores a pod that selects it",
        ),
    ],
)
def test_what_keeps_a_pod_off_a_type_newer_than_the_facts(pod_spec, reason):
    """Taints and labels tell it all the same: no host in either, for the same reason."""
    newer = pool(requirement(vocabulary.INSTANCE_TYPE, "In", "p9.96xlarge"), taints=[TEAM])
    stack = (newer, node_class(), pod({vocabulary.GPU: 8}, **pod_spec))
    fit = explained(*stack)["workloads"]["Pod/pod"]["pools"]["gpu"]
    assert fit["unknownInstanceTypes"] == []
    assert fit["rejected"] == {"p9.96xlarge": reason}
    assert [reason in message for message in messages("scheduling/no-host", *stack)] == [True]


def test_a_pod_that_may_run_on_a_type_newer_than_the_facts():
    """Neither says that it has no host, and `explain` names the type."""
    families_too = pool(families("p9"), taints=[GPU_TAINT])
    of_family = {"tolerations": [TOLERATE], "nodeSelector": {vocabulary.INSTANCE_TYPE: "p9.96xlarge"}}
    stack = (families_too, node_class(), pod({vocabulary.GPU: 8}, **of_family))
    assert explained(*stack)["workloads"]["Pod/pod"]["pools"]["gpu"]["unknownInstanceTypes"] == ["p9"]
    assert messages("scheduling/no-host", *stack) == []


def test_names_that_rule_each_other_out():
    """A type of another family than the pool admits is no type that is not known: nothing is launched, in both."""
    stack = (pool(families("p5"), requirement(vocabulary.INSTANCE_TYPE, "In", "p9.96xlarge")), node_class())
    assert ("instances/none-admitted", "NodePool/gpu") in found(*stack)
    answer = explained(*stack)["pools"]["gpu"]
    assert (answer["instanceTypes"], answer["unknownInstanceTypes"]) == ([], [])


@pytest.mark.parametrize(
    ("newer", "expected"), [("p9.96xlarge", ["p5.48xlarge"]), ("${TYPE}", ["p5.48xlarge"]), ("p4d.24xlarge", [])]
)
def test_min_values_with_a_type_that_is_not_known(newer, expected):
    """It may have the value that is lacking: neither says that minValues are unmet."""
    asked = requirement(vocabulary.INSTANCE_TYPE, "In", "p5.48xlarge", newer, minValues=2)
    left = families("p5", "p9") if newer == "p4d.24xlarge" else requirement(vocabulary.INSTANCE_TYPE, "Exists")
    stack = (pool(asked, left), node_class())
    answer = explained(*stack)["pools"]["gpu"]
    assert answer["instanceTypes"] == expected
    assert bool(answer["unmetMinValues"]) == bool(messages("instances/min-values-unmet", *stack)) == (not expected)


def test_a_type_newer_than_the_facts_in_the_labels_of_a_template():
    """Labels of the template are requirements too: both name the type."""
    stack = (pool(labels={vocabulary.INSTANCE_TYPE: "p9.96xlarge"}), node_class())
    said = [f"{vocabulary.INSTANCE_TYPE}: no known instance type has 'p9.96xlarge'."]
    assert messages("instances/unknown-value", *stack) == said
    answer = explained(*stack)["pools"]["gpu"]
    assert (answer["unknownInstanceTypes"], answer["warnings"]) == (["p9.96xlarge"], said)


def _of_category(category, *more):
    return pool(requirement(vocabulary.INSTANCE_CATEGORY, "In", category), *more), node_class()


@pytest.mark.parametrize(
    ("key", "name"), [(vocabulary.INSTANCE_TYPE, "p9.96xlarge"), (vocabulary.INSTANCE_FAMILY, "p9")]
)
def test_a_pod_that_selects_a_type_newer_than_the_facts(key, name):
    """A pool that does not rule it out by its name may launch it: both warn, and neither says that there is no host."""
    newer = pod({vocabulary.GPU: 8}, nodeSelector={key: name})
    said = f"{key}: no known instance type has {name!r}."
    assert messages("instances/unknown-value", *_of_category("p"), newer) == [said]
    assert messages("scheduling/no-host", *_of_category("p"), newer) == []
    answer = explained(*_of_category("p"), newer)["workloads"]["Pod/pod"]
    assert (answer["pools"]["gpu"]["unknownInstanceTypes"], answer["remarks"]) == ([name], [said])
    others = _of_category("g"), _of_category("p", requirement(vocabulary.INSTANCE_GENERATION, "Lt", "9"))
    for other in others:
        assert ("scheduling/no-host", "Pod/pod") in found(*other, newer)
        assert explained(*other, newer)["workloads"]["Pod/pod"]["pools"]["gpu"]["unknownInstanceTypes"] == []


def test_a_pod_that_selects_a_type_by_a_slip():
    """A name that is almost that of a known type is no newer one: no host, and the same hint, in both."""
    slip = pod({vocabulary.GPU: 8}, nodeSelector={vocabulary.INSTANCE_TYPE: "p5.48xlrage"})
    (said,) = messages("scheduling/no-host", *_of_category("p"), slip)
    assert "did you mean 'p5.48xlarge'?" in said
    hosting = explained(*_of_category("p"), slip)["workloads"]["Pod/pod"]["pools"]["gpu"]
    assert hosting["unknownInstanceTypes"] == []
    assert hosting["rejected"]["p5.48xlarge"] in said
