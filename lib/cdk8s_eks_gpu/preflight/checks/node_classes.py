"""Is the node class of each pool there, and does each node class have a pool?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import describe_slip
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity
from cdk8s_eks_gpu.hints import closest
from cdk8s_eks_gpu.manifests.templates import is_placeholder
from cdk8s_eks_gpu.provisioning.slips import no_node_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.preflight.context import Context

_NODE_CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/"

NODE_CLASS_MISSING = Rule(
    "apply/node-class-missing",
    Severity.ERROR,
    "A pool refers to a node class that is neither beside it nor elsewhere in the manifests.",
    "Karpenter sets the pool not ready and launches no nodes from it.",
    _NODE_CLASSES,
    "Correct `nodeClassRef`, or add the EC2NodeClass.",
)
NODE_CLASS_ELSEWHERE = Rule(
    "apply/node-class-elsewhere",
    Severity.WARNING,
    "A pool refers to a node class that is not among the manifests.",
    "It may be in the cluster already; if not, the pool never gets ready. What depends on it could not be checked.",
    _NODE_CLASSES,
    "Check the EC2NodeClass together with the pool.",
)
NODE_CLASS_UNUSED = Rule(
    "apply/node-class-unused",
    Severity.WARNING,
    "No pool of the manifests beside it uses the node class.",
    "What it says of AMI, volumes and network has no effect; mostly a pool names another class by mistake.",
    _NODE_CLASSES,
    "Name it in the `nodeClassRef` of the pool that it is meant for, or remove it.",
)

RULES = (NODE_CLASS_MISSING, NODE_CLASS_ELSEWHERE, NODE_CLASS_UNUSED)

_REFERENCE = ("spec", "template", "spec", "nodeClassRef")
_NAME = (*_REFERENCE, "name")


def check(context: Context) -> Iterator[Finding]:
    """Yield the pools whose node class is not there, and the node classes that no pool uses."""
    pools = context.cluster.pools
    node_classes = context.cluster.node_classes
    names = {manifest.name for manifest in node_classes}
    for pool in pools:
        missing = no_node_class(pool, node_classes)
        if missing is not None:
            place = _NAME if missing.kind == vocabulary.NODE_CLASS_KIND else (*_REFERENCE, "kind")
            value = missing.name if place == _NAME else missing.kind
            yield finding_at(NODE_CLASS_MISSING, pool.manifest, place, describe_slip(missing), value=value)
        elif not pool.not_evaluated and pool.node_class.name and pool.node_class_manifest is None:
            message = f"The EC2NodeClass {pool.node_class.name!r} is not among the manifests."
            yield finding_at(NODE_CLASS_ELSEWHERE, pool.manifest, _NAME, message, value=pool.node_class.name)
    used = {pool.node_class.name for pool in pools}
    # A name that is yet to be filled in, or that no class has, may be meant for any of them.
    if any(is_placeholder(name) or closest(name, names - {name}) for name in used - names):
        return
    folders = {pool.manifest.applied_with for pool in pools}
    for manifest in node_classes:
        is_used = not manifest.name or manifest.name in used or is_placeholder(manifest.name)
        if manifest.applied_with in folders and not is_used:
            message = f"No pool uses EC2NodeClass {manifest.name}."
            yield finding_at(NODE_CLASS_UNUSED, manifest, ("metadata", "name"), message, value=manifest.name)
