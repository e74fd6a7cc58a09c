"""Several requirements: the cases of Karpenter's requirements_test.go (core at v1.14.1), as tables."""

import pytest

from cdk8s_eks_gpu import requirements, vocabulary
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, Operator, Requirement, Requirements, Selector

from .operands import OPERANDS, matrix, operand

WELL_KNOWN_UNDEFINED = """
        any    *      {}     {A}    {B}    {A,B}  !{A}   {1}    {9}    {1,9}  !{1,2} >=2    >=10   <=0    <=8
any     +      +      +      +      +      +      +      +      +      +      +      +      +      +      +
*       +      +      -      +      +      +      +      +      +      +      +      +      +      +      +
{}      +      -      +      -      -      -      +      -      -      -      +      -      -      -      -
{A}     +      +      -      +      -      +      -      -      -      -      +      -      -      -      -
{B}     +      +      -      -      +      +      +      -      -      -      +      -      -      -      -
{A,B}   +      +      -      +      +      +      +      -      -      -      +      -      -      -      -
!{A}    +      +      +      -      +      +      +      +      +      +      +      +      +      +      +
{1}     +      +      -      -      -      -      +      +      -      +      -      -      -      -      +
{9}     +      +      -      -      -      -      +      -      +      +      +      +      -      -      -
{1,9}   +      +      -      -      -      -      +      +      +      +      +      +      -      -      +
!{1,2}  +      +      +      +      +      +      +      -      +      +      +      +      +      +      +
>=2     +      +      -      -      -      -      +      -      +      +      +      +      +      -      +
>=10    +      +      -      -      -      -      +      -      -      -      +      +      +      -      -
<=0     +      +      -      -      -      -      +      -      -      -      +      -      -      +      +
<=8     +      +      -      -      -      -      +      +      -      +      +      +      -      +      +
"""

STRICT = """
        any    *      {}     {A}    {B}    {A,B}  !{A}   {1}    {9}    {1,9}  !{1,2} >=2    >=10   <=0    <=8
any     +      -      +      -      -      -      +      -      -      -      +      -      -      -      -
*       +      +      -      +      +      +      +      +      +      +      +      +      +      +      +
{}      +      -      +      -      -      -      +      -      -      -      +      -      -      -      -
{A}     +      +      -      +      -      +      -      -      -      -      +      -      -      -      -
{B}     +      +      -      -      +      +      +      -      -      -      +      -      -      -      -
{A,B}   +      +      -      +      +      +      +      -      -      -      +      -      -      -      -
!{A}    +      +      +      -      +      +      +      +      +      +      +      +      +      +      +
{1}     +      +      -      -      -      -      +      +      -      +      -      -      -      -      +
{9}     +      +      -      -      -      -      +      -      +      +      +      +      -      -      -
{1,9}   +      +      -      -      -      -      +      +      +      +      +      +      -      -      +
!{1,2}  +      +      +      +      +      +      +      -      +      +      +      +      +      +      +
>=2     +      +      -      -      -      -      +      -      +      +      +      +      +      -      +
>=10    +      +      -      -      -      -      +      -      -      -      +      +      +      -      -
<=0     +      +      -      -      -      -      +      -      -      -      +      -      -      +      +
<=8     +      +      -      -      -      -      +      +      -      +      +      +      -      +      +
"""


def on_zone(notation):
    """Return requirements on a well-known label; `any` stands for none at all."""
    return Requirements([operand(notation, vocabulary.ZONE)] if notation != "any" else [])


@pytest.mark.parametrize(("node", "pod", "expected"), matrix(WELL_KNOWN_UNDEFINED))
def test_compatible_with_well_known_labels_undefined(node, pod, expected):
    """A pod fits a node to come whenever Karpenter says so; well-known labels need not be defined."""
    conflicts = on_zone(node).compatible(on_zone(pod), allow_undefined=WELL_KNOWN_LABELS)
    assert (conflicts == ()) == (expected == "+")


@pytest.mark.parametrize(("node", "pod", "expected"), matrix(STRICT))
def test_strictly_compatible(node, pod, expected):
    """A label that the node does not define is denied unless the pod refuses it."""
    assert (on_zone(node).compatible(on_zone(pod)) == ()) == (expected == "+")


def test_beta_labels_are_normalized():
    """The beta names of labels count as today's names."""
    requirements = Requirements([Requirement.of("failure-domain.beta.kubernetes.io/zone", "In", "test")])
    assert list(requirements) == [vocabulary.ZONE]
    assert "test" in requirements[vocabulary.ZONE]


def test_all_beta_labels():
    """Each label that Kubernetes renamed is known under its new name."""
    old = (
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/instance-type",
    )
    new = (vocabulary.ZONE, vocabulary.REGION, vocabulary.ARCH, vocabulary.OS, vocabulary.INSTANCE_TYPE)
    assert tuple(Requirements.of_labels(dict.fromkeys(old, "test"))) == new


@pytest.mark.parametrize(
    ("unknown", "meant"),
    [
        ("zone", "topology.kubernetes.io/zone"),
        ("region", "topology.kubernetes.io/region"),
        ("nodepool", "karpenter.sh/nodepool"),
        ("instance-type", "node.kubernetes.io/instance-type"),
        ("arch", "kubernetes.io/arch"),
        ("capacity-type", "karpenter.sh/capacity-type"),
        ("topology.kubernetesio/zone", "topology.kubernetes.io/zone"),
        ("node.io/zone", "topology.kubernetes.io/zone"),
        ("topology.kubernetes.io/regio", "topology.kubernetes.io/region"),
        ("node.kubernetes.io/region", "topology.kubernetes.io/region"),
        ("karpenter/nodepool", "karpenter.sh/nodepool"),
        ("karpenter.k8s.aws/instance-familly", "karpenter.k8s.aws/instance-family"),
    ],
)
def test_unknown_labels_have_a_hint(unknown, meant):
    """A label that is nearly a well-known one is told apart from one that nothing has."""
    asked = Requirements([Requirement.of(unknown, "Exists")])
    (conflict,) = Requirements().compatible(asked, allow_undefined=WELL_KNOWN_LABELS)
    assert conflict.hint == meant
    assert str(conflict) == f"label {unknown!r} is not defined; did you mean {meant!r}?"


def test_unknown_label_without_a_hint():
    """A label that resembles nothing is just not defined."""
    (conflict,) = Requirements().compatible(Requirements([Requirement.of("deployment", "Exists")]))
    assert str(conflict) == "label 'deployment' is not defined"


def test_custom_label_that_the_pool_defines():
    """A custom label of the pool satisfies a pod that selects it, and only with its value."""
    pool = Requirements.of_labels({"team": "vision"})
    assert pool.compatible(Requirements.of_labels({"team": "vision"})) == ()
    (conflict,) = pool.compatible(Requirements.of_labels({"team": "speech"}))
    assert str(conflict) == "team In [speech] is not met by team In [vision]"


def test_pod_that_mentions_no_key():
    """A pod that does not mention a label takes whatever value the node has, or none."""
    pool = Requirements([Requirement.of("team", "NotIn", "vision"), Requirement.of("tier", "DoesNotExist")])
    assert pool.compatible(Requirements()) == ()


def test_a_refused_custom_label_may_be_undefined():
    """NotIn and DoesNotExist hold on a node without the label."""
    asked = Requirements([Requirement.of("team", "NotIn", "vision"), Requirement.of("tier", "DoesNotExist")])
    assert Requirements().compatible(asked) == ()


def test_intersects_reports_every_conflict():
    """All keys that cannot be met are named, not only the first."""
    single = Requirements.of_labels({"a": "1", "b": "1", "c": "1"})
    other = Requirements.of_labels({"a": "2", "b": "2", "d": "2"})
    assert [conflict.incoming.key for conflict in single.intersects(other)] == ["a", "b"]


def test_conflicts_come_in_the_order_of_the_node():
    """Of two sides with as many keys the order of the node's is the order of the conflicts, at every run."""
    single, other = Requirements.of_labels({"a": "1", "b": "1"}), Requirements.of_labels({"b": "2", "a": "2"})
    assert [conflict.incoming.key for conflict in single.intersects(other)] == ["a", "b"]


def test_only_requirements_are_equal_to_requirements():
    """Requirements differ from what is none, instead of failing."""
    assert Requirements() == Requirements([])
    assert Requirements() != {}


def test_what_a_label_may_be():
    """A label that nothing is said of may have any value, or none; of another only what is said is allowed."""
    requirements = Requirements.of_labels({"team": "vision"})
    assert requirements.allowed("team") == Requirement.of("team", "In", "vision")
    assert requirements.allowed("tier") == Requirement.of("tier", "Exists")


def test_representation():
    """A debugger shows requirements as Karpenter prints them."""
    assert repr(Requirements.of_labels({"team": "vision"})) == "Requirements(team In [vision])"


def test_selectors_of_all_operators():
    """Requirements on many keys go back to the form of a manifest, with their minValues."""
    requirements = Requirements(operand(notation, notation, flexible=True) for notation in OPERANDS)
    bounds = {"Gt": ("Gte", 1), "Lt": ("Lte", -1)}
    expected = []
    for key, (operator, values, min_values) in OPERANDS.items():
        if operator in bounds:
            inclusive, step = bounds[operator]
            expected.append(Selector(key, Operator(inclusive), (str(int(values[0]) + step),), min_values))
        else:
            expected.append(Selector(key, Operator(operator), values, min_values))
    assert requirements.selectors() == expected


def test_text_is_sorted():
    """Requirements print in one order, whatever order they came in."""
    names = ["exists", "doesNotExist", "inA", "inB", "inAB", "notInA", "in1", "in9", "in19", "notIn12"]
    names += ["greaterThan1", "greaterThan9", "lessThan1", "lessThan9"]
    requirements = [operand(notation, name) for name, notation in zip(names, OPERANDS, strict=True)]
    assert str(Requirements(reversed(requirements))) == (
        "doesNotExist DoesNotExist, exists Exists, greaterThan1 Exists >=2, greaterThan9 Exists >=10, in1 In [1], "
        "in19 In [1 9], in9 In [9], inA In [A], inAB In [A B], inB In [B], lessThan1 Exists <=0, lessThan9 Exists <=8, "
        "notIn12 NotIn [1 2], notInA NotIn [A]"
    )


def test_public_names():
    """What the package lists as its own is there."""
    assert [name for name in requirements.__all__ if not hasattr(requirements, name)] == []
