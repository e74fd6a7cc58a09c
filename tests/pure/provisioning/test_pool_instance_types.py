"""Which types a pool launches, what leaves out the others, and for which reasons they host no pod."""

from decimal import Decimal

import pytest
from tests.pure.provisioning.manifests import cluster, families, fit, node_class, pod, pool, required, requirement

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.provisioning.reasons import (
    InsufficientResource,
    LabelNotDefined,
    LimitExceeded,
    NoOffering,
    RequirementNotMet,
)
from cdk8s_eks_gpu.requirements import Requirement

FAMILY, SIZE = vocabulary.INSTANCE_FAMILY, vocabulary.INSTANCE_SIZE


def where(holds):
    """Return the set of types of which something holds."""
    return sum(1 << place for place, each in enumerate(catalogue().values()) if holds(each))


def of_families(*names):
    """Return the set of the types of families."""
    return where(lambda each: each.family in names)


def launches(*manifests):
    """Return what the only pool launches."""
    (only,) = cluster(*manifests).pools
    return only.instance_types


@pytest.mark.parametrize(
    ("limits", "replicas", "is_on"),
    [({}, None, True), ({"nodes": 0}, None, False), ({"nodes": 1}, None, True), ({}, 0, False), ({}, 1, True)],
)
def test_a_pool_is_switched_off_by_its_limit_of_nodes_or_its_replicas(limits, replicas, is_on):
    """Where either is 0, Karpenter makes no node."""
    manifest = pool(families("p5"), limits=limits)
    manifest["spec"]["replicas"] = replicas
    assert launches(manifest).launchable == (of_families("p5") if is_on else 0)


def test_what_leaves_types_out():
    """Each constraint comes with how many of all types it leaves out alone, the strictest first, else by its name."""
    p5 = Requirement.of(FAMILY, "In", "p5")
    sizes = Requirement.of(vocabulary.INSTANCE_TYPE, "In", "p5.48xlarge", "p5.4xlarge")
    named = requirement(vocabulary.INSTANCE_TYPE, "In", *sizes.values)
    others = len(catalogue()) - 2
    assert launches(pool(named, families("p5"))).left_out == (
        (RequirementNotMet(p5), others),
        (RequirementNotMet(sizes), others),
    )
    large = where(lambda each: int(each.labels[vocabulary.INSTANCE_CPU]) > 100).bit_count()
    assert launches(pool(limits={"nodes": 0, "cpu": 100})).left_out == (
        (LimitExceeded("nodes", Decimal(0)), len(catalogue())),
        (LimitExceeded("cpu", Decimal(100)), large),
    )
    assert launches(pool(limits={"nodes": 1})).left_out == ()


def test_each_type_has_the_reasons_of_its_own():
    """Types are parted by all of the requirements that they do not satisfy."""
    asked = pod(nodeSelector={FAMILY: "p5", SIZE: "48xlarge"})
    not_p5, not_large = (
        RequirementNotMet(Requirement.of(key, "In", value)) for key, value in ((FAMILY, "p5"), (SIZE, "48xlarge"))
    )
    found = fit(pool(families("p5", "p4de", "g6")), asked)
    large = where(lambda each: each.labels[SIZE] == "48xlarge")
    assert dict(found.rejections) == {
        of_families("p4de", "g6") & ~large: (not_p5, not_large),
        of_families("g6") & large: (not_p5,),
        of_families("p5") & ~large: (not_large,),
    }
    assert found.type_set == of_families("p5") & large


def test_a_type_without_an_offering_lacks_nothing_else():
    """That it also has too few GPUs is not said of it, and of the others just that."""
    spot = Requirement.of(vocabulary.CAPACITY_TYPE, "In", "spot")
    asked = pod({vocabulary.GPU: 8}, nodeSelector={vocabulary.CAPACITY_TYPE: "spot"})
    found = fit(pool(families("hpc7g", "p5")), node_class(), asked)
    few = where(lambda each: each.name == "p5.4xlarge")
    assert found.rejections == (
        (of_families("hpc7g"), (NoOffering((spot,)),)),
        (few, (InsufficientResource(vocabulary.GPU, Decimal(8), Decimal(0), Decimal(1)),)),
    )
    assert found.type_set == of_families("p5") & ~few


@pytest.mark.parametrize(
    ("key", "is_defined"),
    [(vocabulary.ZONE, True), (vocabulary.HOSTNAME, True), ("team", True), ("rack", False)],
)
def test_pods_are_spread_over_labels_that_nodes_have(key, is_defined):
    """A pod that must be spread over the values of a label gets no node that has none."""
    spread = {"topologyKey": key, "whenUnsatisfiable": "DoNotSchedule"}
    found = fit(pool(families("p5"), labels={"team": "a"}), pod(topologySpreadConstraints=[spread]))
    p5 = of_families("p5")
    assert found.type_set == (p5 if is_defined else 0)
    assert found.rejections == (() if is_defined else ((p5, (LabelNotDefined("rack"),)),))


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("tier", LabelNotDefined("tier")),
        ("topology.kubernetes.io/zones", LabelNotDefined("topology.kubernetes.io/zones", vocabulary.ZONE)),
        ("nvidia.com/gpu.product", LabelNotDefined("nvidia.com/gpu.product", at_run_time=True)),
    ],
)
def test_a_label_that_nothing_defines(key, reason):
    """It comes with the label that was probably meant, unless it appears on running nodes."""
    found = fit(pool(families("p5")), pod(nodeSelector={key: "a"}))
    assert (found.rejections, found.attempt) == (((of_families("p5"), (reason,)),), 0)


def test_reasons_are_those_of_the_first_attempt():
    """Where none finds a node, that is the one whose number the answer has."""
    terms = required([requirement(SIZE, "In", "4xlarge")], [requirement(SIZE, "In", "48xlarge")])
    found = fit(pool(families("p5")), node_class(), pod({vocabulary.GPU: 100}, affinity=terms))
    not_small = RequirementNotMet(Requirement.of(SIZE, "In", "4xlarge"))
    assert (found.type_set, found.attempt) == (0, 0)
    assert (where(lambda each: each.name == "p5.48xlarge"), (not_small,)) in found.rejections
