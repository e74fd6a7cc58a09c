"""Selectors and affinities of manifests: what they mean, and what is refused."""

import pytest

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests.field import Field
from cdk8s_eks_gpu.requirements import Requirement, Requirements, Taint, Toleration
from cdk8s_eks_gpu.requirements.node_selector import (
    read_node_affinity,
    read_pool_requirement,
    read_requirement,
    read_taints,
    read_tolerations,
)


def read(reader, data):
    """Return what the reader makes of the data, and the problems as `path: message`."""
    problems = []
    made = reader(Field(data, "", problems))
    return made, [f"{problem.path}: {problem.message}" for problem in problems]


def affinity(*terms, selector=None):
    """Return a pod's spec with the terms as its required node affinity."""
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return {"nodeSelector": selector, "affinity": {"nodeAffinity": required}}


def term(key, operator, *values):
    """Return a term of one expression."""
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def test_node_selector_and_terms():
    """Terms are alternatives, and the nodeSelector holds with each of them."""
    alternatives, problems = read(
        read_node_affinity,
        affinity(term("a", "In", "1"), term("b", "Gt", "4"), selector={"beta.kubernetes.io/arch": "arm64"}),
    )
    arch = Requirement.of(vocabulary.ARCH, "In", "arm64")
    assert alternatives == (
        Requirements([arch, Requirement.of("a", "In", "1")]),
        Requirements([arch, Requirement.of("b", "Gt", "4")]),
    )
    assert problems == []


def test_several_expressions_of_one_key_are_intersected():
    """All expressions of a term must hold."""
    both = {
        "matchExpressions": [
            *term("a", "In", "1", "2")["matchExpressions"],
            *term("a", "NotIn", "2")["matchExpressions"],
        ]
    }
    assert read(read_node_affinity, affinity(both))[0] == (Requirements([Requirement.of("a", "In", "1")]),)


def test_preferences_are_left_out():
    """A preferred affinity keeps no type out, since Karpenter gives it up."""
    preferred = [{"weight": 1, "preference": term("a", "In", "1")}]
    spec = {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}}
    assert read(read_node_affinity, spec) == ((Requirements(),), [])


@pytest.mark.parametrize("spec", [{}, {"nodeSelector": None, "affinity": None}, {"affinity": {"nodeAffinity": {}}}])
def test_no_selector(spec):
    """A pod without selectors has one alternative that asks for nothing."""
    assert read(read_node_affinity, spec) == ((Requirements(),), [])


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"nodeSelector": ["a"]}, "nodeSelector: ['a'] is not a mapping"),
        ({"nodeSelector": {"example.com/a": True}}, 'nodeSelector["example.com/a"]: True is not a string'),
        (affinity(), "nodeSelectorTerms: a required node affinity needs at least one term"),
        (affinity({}), "nodeSelectorTerms[0]: an empty term matches no node"),
        (affinity(term("a", "Matches", "1")), "operator 'Matches' is none of In, NotIn"),
        (affinity(term("a", "notin", "1")), "did you mean 'NotIn'?"),
        (affinity(term("a", "Gte", "1")), "Gte is Karpenter's; a pod has only Gt and Lt"),
        (affinity(term("a", "In")), "operator In needs at least one value"),
        (affinity(term("a", "Exists", "1")), "operator Exists takes no values"),
        (affinity(term("a", "Gt", "many")), "operator Gt takes one integer, not ['many']"),
        (affinity(term("", "Exists")), "a requirement needs a label key"),
    ],
)
def test_malformed_selectors(spec, problem):
    """What Kubernetes would refuse is noted with its path, and not taken for a selector that nothing matches."""
    (found,) = read(read_node_affinity, spec)[1]
    assert problem in found


def test_all_problems_are_collected():
    """Reading goes on after a problem."""
    spec = affinity(term("a", "Matches"), term("b", "In"), {})
    assert len(read(read_node_affinity, spec)[1]) == 3


def test_requirement_with_min_values():
    """A NodePool's requirement has minValues."""
    data = {"key": "a", "operator": "In", "values": ["1", "2"], "minValues": 2}
    assert read(read_requirement, data) == (Requirement.of("a", "In", "1", "2", min_values=2), [])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (
            {"key": "karpenter.k8s.aws/instance-famly", "operator": "In", "values": ["p5"]},
            "did you mean 'karpenter.k8s.aws/instance-family'?",
        ),
        ({"key": "karpenter.sh/custom", "operator": "Exists"}, "no label that Karpenter knows"),
        ({"key": "kubernetes.io/hostname", "operator": "Exists"}, "no label that Karpenter knows"),
        (
            {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on_demand"]},
            "did you mean 'on-demand'?",
        ),
        ({"key": "a", "operator": "In", "values": ["1"], "minValues": 2}, "asks for 2 values, but only 1 are given"),
        ({"key": "a", "operator": "Gt", "values": ["-1"]}, "'-1' is below 0"),
        ({"key": "a", "operator": "Gt", "values": [1]}, "values[0]: 1 is not a string"),
    ],
)
def test_requirements_that_karpenter_refuses(data, problem):
    """A NodePool's requirement that Karpenter's validation refuses is refused here, with a hint."""
    found = read(read_pool_requirement, data)[1]
    assert any(problem in line for line in found)


@pytest.mark.parametrize("key", ["team", "example.com/team", "kubernetes.io/arch", "node.kubernetes.io/windows-build"])
def test_labels_that_a_pool_may_require(key):
    """Labels of one's own and well-known labels are fine."""
    assert read(read_pool_requirement, {"key": key, "operator": "Exists"})[1] == []


def test_taints_and_tolerations():
    """Taints and tolerations are read with Kubernetes' defaults."""
    taints, problems = read(read_taints, [{"key": "a", "effect": "NoSchedule"}])
    assert (taints, problems) == ((Taint("a", "NoSchedule"),), [])
    tolerations, problems = read(read_tolerations, [{"key": "a", "value": "b"}, {"operator": "Exists"}])
    assert (tolerations, problems) == ((Toleration("a", "Equal", "b"), Toleration("", "Exists")), [])


@pytest.mark.parametrize(
    ("reader", "data", "problem"),
    [
        (read_taints, [{"key": "a", "effect": "NoSchedul"}], "did you mean 'NoSchedule'?"),
        (read_taints, [{"effect": "NoSchedule"}], "a taint needs a key"),
        (read_taints, {"key": "a"}, "is not a list"),
        (read_tolerations, [{"key": "a", "operator": "Exist"}], "did you mean 'Exists'?"),
        (read_tolerations, [{"key": "a", "effect": "NoRun"}], "is none of NoSchedule"),
        (read_tolerations, [{"value": "a"}], "a toleration without a key needs the operator Exists"),
    ],
)
def test_malformed_taints_and_tolerations(reader, data, problem):
    """Unknown effects and operators are noted with a hint."""
    (found,) = read(reader, data)[1]
    assert problem in found
