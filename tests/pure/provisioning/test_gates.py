"""What in an object needs a feature gate of Karpenter that is off by default."""

import pytest
from tests.pure.provisioning.manifests import families, node_class, node_overlay, pool

from cdk8s_eks_gpu.manifests import Document
from cdk8s_eks_gpu.manifests.kubernetes_object import objects_of
from cdk8s_eks_gpu.provisioning.gates import needed_gates
from cdk8s_eks_gpu.releases import karpenter_release

NVIDIA_DRA = "karpenter.k8s.aws/nvidia-consumable-capacity"


def needed(manifest, karpenter="1.15"):
    """Return the names of the gates that a manifest needs, with what each is about."""
    (found,) = objects_of("test.yaml", Document(manifest, 1, 1, ""))
    gates = list(needed_gates(found, karpenter_release(karpenter)))
    assert all(each.gate.name == each.use.gate and each.karpenter == karpenter for each in gates)
    return [(each.gate.name, each.kind, each.name) for each in gates]


def static_pool(group="karpenter.k8s.aws", replicas=2):
    """Return a pool that keeps nodes, with a node class of an API group."""
    manifest = pool(families("p5"))
    manifest["spec"]["template"]["spec"]["nodeClassRef"]["group"] = group
    manifest["spec"]["replicas"] = replicas
    return manifest


def annotated(value):
    """Return a node class with an annotation about devices that are shared."""
    manifest = node_class()
    manifest["metadata"]["annotations"] = {NVIDIA_DRA: value}
    return manifest


@pytest.mark.parametrize(
    ("manifest", "gates"),
    [
        (node_overlay(families("p5")), [("NodeOverlay", "NodeOverlay", "overlay")]),
        (static_pool(), [("StaticCapacity", "NodePool", "gpu")]),
        (static_pool(group=""), [("StaticCapacity", "NodePool", "gpu")]),
        (static_pool(group="eks.amazonaws.com"), []),
        (static_pool(replicas=None), []),
        (static_pool() | {"apiVersion": "example.com/v1"}, []),
        (static_pool() | {"kind": "NodeClaim"}, []),
        (annotated("enabled"), [("DRANVIDIAGPU", "EC2NodeClass", "default")]),
        (annotated("disabled"), []),
        (pool(families("p5")), []),
        (node_class(), []),
    ],
)
def test_what_needs_a_gate(manifest, gates):
    """A field that says something, in an object of just that kind; pools of EKS Auto Mode need no gate of one's own."""
    assert needed(manifest) == gates


@pytest.mark.parametrize(("karpenter", "gates"), [("1.5", ["ReservedCapacity"]), ("1.6", []), ("1.2", [])])
def test_what_a_release_has_on_or_does_not_have(karpenter, gates):
    """A gate that is on by default is not needed, nor one that the release does not know."""
    selects = node_class(capacityReservationSelectorTerms=[{"id": "cr-1"}])
    assert [name for name, *_ in needed(selects, karpenter)] == gates
