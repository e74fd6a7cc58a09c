"""Types and families that a pool names and the facts do not have."""

from decimal import Decimal

import pytest
from tests.pure.provisioning.manifests import (
    GPU_TAINT,
    cluster,
    families,
    node_class,
    pod,
    pool,
    preferred,
    required,
    requirement,
    workload,
)

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests import Cursor
from cdk8s_eks_gpu.provisioning.reasons import (
    IncompatibleRequirement,
    LabelNotDefined,
    LimitExceeded,
    NoOffering,
    RequirementNotMet,
    ResourceClaims,
    RestrictedLabel,
    TaintNotTolerated,
)
from cdk8s_eks_gpu.provisioning.unknown_types import unknown_types
from cdk8s_eks_gpu.requirements import Requirement, Taint
from cdk8s_eks_gpu.requirements.node_selector import read_requirements

P9 = pool(families("p9"))
FAMILY, CATEGORY, GENERATION = (
    vocabulary.INSTANCE_FAMILY,
    vocabulary.INSTANCE_CATEGORY,
    vocabulary.INSTANCE_GENERATION,
)


def types(*names, operator="In"):
    """Return a requirement on the instance type."""
    return requirement(vocabulary.INSTANCE_TYPE, operator, *names)


def size(name):
    """Return the requirement that a type is the one of that name."""
    return Requirement.of(vocabulary.INSTANCE_TYPE, "In", name)


def kept_off(*manifests):
    """Return what keeps the last workload off each unknown type of the only pool."""
    found = cluster(*manifests)
    (only,) = found.pools
    return found.kept_off_unknown(only, found.workloads[-1])


def of(name, value, operator="In"):
    """Return what keeps off each type of a pool of p9: a requirement on that label by which a pod selects nodes."""
    return kept_off(P9, pod(affinity=required([requirement(name, operator, value)])))


@pytest.mark.parametrize(
    ("asked", "unknown"),
    [
        ([types("p5.48xlarge", "p7.48xlarge")], ("p7.48xlarge",)),
        ([types("p7.b", "p7.a")], ("p7.a", "p7.b")),
        ([types("p7.a", operator="NotIn")], ()),
        ([families("p7")], ("p7",)),
        ([families("p5")], ()),
        ([requirement(FAMILY, "NotIn", "p7")], ()),
        ([families("p7"), types("p5.48xlarge")], ()),
        ([families("p7"), types("p77.a")], ()),
        ([families("p5"), types("p7.a")], ()),
        ([families("p7"), types("p7.a")], ("p7.a", "p7")),
        ([families("p7"), types("p7.a", operator="NotIn")], ("p7",)),
        ([families("p7"), requirement(CATEGORY, "In", "p")], ("p7",)),
        ([families("p7"), requirement(CATEGORY, "In", "g")], ()),
        ([families("p7", "p17"), requirement(GENERATION, "Gt", "7")], ("p17",)),
        ([families("u-9tb7"), requirement(CATEGORY, "In", "u"), requirement(GENERATION, "In", "7")], ("u-9tb7",)),
        ([families("u-9tb7"), requirement(GENERATION, "In", "9")], ()),
        ([families("zzz"), requirement(CATEGORY, "In", "g")], ("zzz",)),
        ([types("p7.a"), requirement(CATEGORY, "In", "g")], ()),
        ([types("p7.a", "p7.b"), requirement(vocabulary.INSTANCE_SIZE, "In", "b")], ("p7.b",)),
        ([families("p7"), requirement(vocabulary.INSTANCE_SIZE, "In", "b")], ("p7",)),
        ([families("{{ .Values.family }}"), requirement(CATEGORY, "In", "g")], ("{{ .Values.family }}",)),
        ([requirement(vocabulary.GPU_NAME, "In", "h900")], ()),
        ([requirement(vocabulary.ARCH, "In", "riscv64")], ()),
        ([requirement(vocabulary.ZONE, "In", "us-west-2a")], ()),
        ([requirement("team", "In", "vision")], ()),
    ],
)
def test_values_that_no_known_type_has(asked, unknown):
    """A type or a family may be newer than the facts, unless its name says that it is not what else is asked for."""
    assert unknown_types(read_requirements(Cursor(asked)), catalogue()) == unknown


def test_what_nothing_keeps_off():
    """A type of which nothing is known may have what a pod asks of it."""
    asked = pod({vocabulary.GPU: 100}, nodeSelector={vocabulary.GPU_NAME: "b900", vocabulary.NODE_POOL: "gpu"})
    assert kept_off(P9, asked) == {"p9": ()}
    assert kept_off(pool(families("p5")), asked) == {}


def test_a_taint():
    """A pod that does not tolerate a taint is kept off; one that is a mere preference keeps nobody off in the end."""
    tainted = pool(families("p9"), taints=[GPU_TAINT, {"key": "a", "effect": "PreferNoSchedule"}])
    assert kept_off(tainted, pod()) == {"p9": (TaintNotTolerated(Taint(vocabulary.GPU, "NoSchedule", "present")),)}
    avoided = pool(types("p9.a", "p9.b"), taints=[{"key": "a", "effect": "PreferNoSchedule"}])
    assert kept_off(avoided, pod(affinity=preferred([types("p9.a")]))) == {"p9.a": (), "p9.b": ()}


def test_a_restricted_label():
    """Karpenter ignores a pod that selects one, whatever else it asks for; a DaemonSet's pods are none of its."""
    selector = {"karpenter.sh/nodepol": "gpu", "karpenter.sh/zzz": "", vocabulary.NODE_POOL: "cpu"}
    nodepol, zzz = RestrictedLabel("karpenter.sh/nodepol", vocabulary.NODE_POOL), RestrictedLabel("karpenter.sh/zzz")
    assert kept_off(P9, pod(nodeSelector=selector)) == {"p9": (nodepol, zzz)}
    del selector[vocabulary.NODE_POOL]
    assert kept_off(P9, workload("DaemonSet", nodeSelector=selector)) == {"p9": ()}


def test_a_label_of_the_pool():
    """What the pool says of a label excludes what it does not say, for DaemonSets too."""
    existing = Requirement.of(vocabulary.NODE_POOL, "In", "gpu")
    reasons = {"p9": (IncompatibleRequirement(Requirement.of(vocabulary.NODE_POOL, "In", "cpu"), existing),)}
    assert of(vocabulary.NODE_POOL, "cpu") == reasons
    assert kept_off(P9, workload("DaemonSet", nodeSelector={vocabulary.NODE_POOL: "cpu"})) == reasons


def test_a_label_that_nothing_defines():
    """A pod gets no node for it, and a DaemonSet may wait for it."""
    assert of("tier", "a") == {"p9": (LabelNotDefined("tier"),)}
    assert of("nvidia.com/gpu.product", "a") == {"p9": (LabelNotDefined("nvidia.com/gpu.product", at_run_time=True),)}
    assert kept_off(P9, workload("DaemonSet", nodeSelector={"tier": "a"})) == {"p9": ()}


def test_an_offering():
    """Reserved capacity is there where the node class selects some, as for known types."""
    reserved = Requirement.of(vocabulary.CAPACITY_TYPE, "In", "reserved")
    selector = {vocabulary.CAPACITY_TYPE: "reserved"}
    assert kept_off(P9, node_class(), pod(nodeSelector=selector)) == {"p9": (NoOffering((reserved,)),)}
    selects = node_class(capacityReservationSelectorTerms=[{"id": "cr-1"}])
    assert kept_off(P9, selects, pod(nodeSelector=selector)) == {"p9": ()}
    other = Requirement.of(vocabulary.CAPACITY_RESERVATION_ID, "In", "cr-2")
    asked = pod(nodeSelector={vocabulary.CAPACITY_RESERVATION_ID: "cr-2"})
    assert kept_off(P9, selects, asked) == {"p9": (NoOffering((other,), selects_reservations=True),)}


def test_the_names():
    """A pod that names types or families rules out the others, and a family none of whose types is left."""
    several = pool(types("p9.a", "p9.b"))
    not_b = pod(affinity=required([types("p9.b", operator="NotIn")]))
    assert kept_off(several, not_b) == {"p9.a": (), "p9.b": (RequirementNotMet(size("p9.a")),)}
    other_family = pod(nodeSelector={FAMILY: "p5"})
    assert kept_off(pool(types("p9.a")), other_family) == {
        "p9.a": (RequirementNotMet(Requirement.of(FAMILY, "In", "p5")),)
    }
    assert of(vocabulary.INSTANCE_TYPE, "p9.a") == {"p9": ()}
    assert of(vocabulary.INSTANCE_TYPE, "p9.a", "NotIn") == {"p9": ()}
    assert of(vocabulary.INSTANCE_TYPE, "p99.a") == {"p9": (RequirementNotMet(size("p99.a")),)}
    without = pod(affinity=required([requirement(FAMILY, "NotIn", "p9")]))
    left = Requirement.of(FAMILY, "In", "p5")
    assert kept_off(pool(families("p5", "p9")), without) == {"p9": (RequirementNotMet(left),)}


def test_preferences_and_terms():
    """It is said of the first attempt that finds a type, or else of what the first term requires."""
    several = pool(types("p9.a", "p9.b"))
    prefers_b = kept_off(several, pod(affinity=preferred([types("p9.b")])))
    assert prefers_b == {"p9.a": (RequirementNotMet(size("p9.b")),), "p9.b": ()}
    in_vain = pod(affinity=preferred([requirement("tier", "In", "a")]))
    assert kept_off(several, in_vain) == {"p9.a": (), "p9.b": ()}
    terms = required([requirement("tier", "In", "a")], [requirement("team", "In", "b")])
    assert kept_off(P9, pod(affinity=terms)) == {"p9": (LabelNotDefined("tier"),)}


def test_a_daemon_set():
    """Its pod runs wherever one of its required terms holds; a preference keeps it off nowhere."""
    several = pool(types("p9.a", "p9.b", "p9.c"), taints=[{"key": "a", "effect": "PreferNoSchedule"}])
    prefers = workload("DaemonSet", affinity=preferred([types("p9.b")]))
    assert kept_off(several, prefers) == {"p9.a": (), "p9.b": (), "p9.c": ()}
    terms = workload("DaemonSet", affinity=required([types("p9.b")], [types("p9.c")]))
    assert kept_off(several, terms) == {"p9.a": (RequirementNotMet(size("p9.b")),), "p9.b": (), "p9.c": ()}


def test_a_pod_that_karpenter_ignores():
    """Claims are no more served on unknown types than on known ones, wherever the pod names a label."""
    claims = pod(resourceClaims=[{"name": "gpu"}])
    (gates,) = {type(reason) for reasons in kept_off(P9, claims).values() for reason in reasons}
    assert gates is ResourceClaims
    in_vain = pod(affinity=preferred([requirement("karpenter.sh/zzz", "In", "a")]))
    assert kept_off(P9, in_vain) == {"p9": (RestrictedLabel("karpenter.sh/zzz"),)}


@pytest.mark.parametrize(("limits", "replicas", "by"), [({"cpu": 0}, None, "cpu"), ({}, 0, "replicas")])
def test_a_pool_that_is_switched_off(limits, replicas, by):
    """It launches no type, known or not."""
    manifest = pool(families("p9"), limits=limits)
    manifest["spec"]["replicas"] = replicas
    assert kept_off(manifest, pod()) == {"p9": (LimitExceeded(by, Decimal(0)),)}


CATEGORY_P = pool(requirement(CATEGORY, "In", "p"))


@pytest.mark.parametrize(
    ("asked", "newer"),
    [
        (pod(nodeSelector={vocabulary.INSTANCE_TYPE: "p9.a"}), {"p9.a": ()}),
        (pod(nodeSelector={FAMILY: "p9"}), {"p9": ()}),
        (pod(affinity=required([types("p9.a", "p10.b")])), {"p9.a": (), "p10.b": ()}),
        (pod(affinity=preferred([types("p9.a")])), {"p9.a": ()}),
        (pod(affinity=required([types("p9.a", "g9.a")])), {"p9.a": ()}),
        (pod(nodeSelector={vocabulary.INSTANCE_TYPE: "p5.48xlrage"}), {}),
        (pod(nodeSelector={FAMILY: "p5x"}), {}),
        (pod(nodeSelector={FAMILY: "{{ .Values.family }}"}), {}),
        (pod(nodeSelector={FAMILY: "p5"}), {}),
        (pod(), {}),
        (workload("DaemonSet", nodeSelector={FAMILY: "p9"}), {}),
    ],
)
def test_what_only_a_pod_names(asked, newer):
    """A pool that names no types may launch one that is newer than the facts, if its name is no slip."""
    assert kept_off(CATEGORY_P, asked) == newer
    found = cluster(CATEGORY_P, asked)
    assert found.may_host(found.pools[0], found.workloads[0]) == bool(newer)


def test_what_the_pool_names_too():
    """A type of a family that the pool names, or that it names itself, comes once."""
    assert kept_off(P9, pod(nodeSelector={vocabulary.INSTANCE_TYPE: "p9.a"})) == {"p9": ()}
    asked = pod(nodeSelector={vocabulary.INSTANCE_TYPE: "p9.a"})
    assert kept_off(pool(types("p9.a")), asked) == {"p9.a": ()}
    other = pod(affinity=required([types("p9.b", "p10.a")]))
    both = pool(families("p9", "p10"), types("p10.a", "p9.a", "p9.b"))
    assert kept_off(both, other).keys() == {"p9.a", "p9.b", "p10.a", "p9", "p10"}


def newer_types(*manifests):
    """Return the values that the last workload names and no known type has, where only such a type may host it."""
    found = cluster(*manifests)
    return [each.value for each in found.newer_types(found.workloads[-1])]


def test_pods_that_only_newer_types_may_host():
    """What they name is told once, and not where a known type hosts them or a pool keeps the newer ones off too."""
    asked = pod(affinity=required([types("p9.a")], [types("p9.a"), requirement(FAMILY, "In", "p9")]))
    assert newer_types(CATEGORY_P, asked) == ["p9.a", "p9"]
    assert newer_types(CATEGORY_P, pod(affinity=required([types("p9.a")], [types("p9.a")]))) == ["p9.a"]
    assert newer_types(CATEGORY_P, pod(affinity=required([types("p9.a", "p5.48xlarge")]))) == []
    assert newer_types(pool(families("p5")), pod(nodeSelector={FAMILY: "p9"})) == []
    assert newer_types(CATEGORY_P, pod()) == []
