"""Which nodes an upgrade replaces: those that are not what their pool and class now ask for, which drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.releases import minor_of
from cdk8s_eks_gpu.releases.changes import readings_between
from cdk8s_eks_gpu.upgrade.notes import Note, note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings import CheckedFor
    from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject
    from cdk8s_eks_gpu.provisioning.cluster import Cluster

_DRIFT = "https://karpenter.sh/docs/concepts/disruption/#drift"
_AMIS = "https://karpenter.sh/docs/tasks/managing-amis/"
_SKEW = "https://kubernetes.io/releases/version-skew-policy/#kubelet"
_TERMS = ("spec", "amiSelectorTerms")
# What is not in the hash of a node class: fields that Karpenter compares with what is there (`hash:"ignore"` in
# pkg/apis/v1/ec2nodeclass.go of v1.15.1); the kubelet's has a place of its own in the hash.
_NOT_HASHED = frozenset(
    {"amiFamily", "amiSelectorTerms", "capacityReservationSelectorTerms", "ipPrefixCount"}
    | {"securityGroupSelectorTerms", "subnetSelectorTerms"}
)


def replacements(before: Cluster, after: Cluster, today: CheckedFor, afterwards: CheckedFor) -> Iterator[Note]:
    """Yield the pools and node classes whose nodes are replaced, and why.

    Of node classes whose AMI is named by its id it says that their nodes stay as they are.
    """
    moves_kubernetes = minor_of(today.kubernetes) != minor_of(afterwards.kubernetes)
    for node_class in after.node_classes:
        for reading in readings_between(before.karpenter.minor, after.karpenter.minor):
            if reading.replaces_nodes and reading.kind == node_class.kind:
                text = f"{_nodes(after, node_class)} are replaced. Karpenter {reading.since}: {reading.text}"
                yield note(node_class, (), text, reading.source)
        if moves_kubernetes:
            yield from _amis(after, node_class, afterwards.kubernetes)
    yield from _changed_objects(before, after)


def _amis(cluster: Cluster, node_class: KubernetesObject, kubernetes: str) -> Iterator[Note]:
    """Yield what a new version of Kubernetes means for the AMIs of a node class."""
    nodes = _nodes(cluster, node_class)
    terms = list(node_class.cursor.at(*_TERMS).objects())
    for term in terms:
        if alias := term["alias"].text():
            text = f"{nodes} are replaced: {alias} is another AMI for Kubernetes {kubernetes}"
            if not alias.endswith("@latest"):
                text += f". If that release has none for {kubernetes}, the class gets no AMI: name a newer one"
            yield note(node_class, term["alias"].path, text, _AMIS)
    others = [term for term in terms if not term["alias"]]
    fixed = [term for term in others if term["id"]]
    if fixed and len(fixed) == len(terms):
        text = f"{nodes} stay, with the kubelet of their AMI, until another AMI than {fixed[0]['id'].text()} is named"
        yield note(node_class, fixed[0]["id"].path, text, _SKEW)
    elif others:
        text = f"{nodes} are replaced once the terms select another AMI, such as one for Kubernetes {kubernetes}"
        yield note(node_class, others[0].path, text, _AMIS)


def _nodes(cluster: Cluster, node_class: KubernetesObject) -> str:
    pools = sorted(pool.name for pool in cluster.pools if pool.node_class_manifest is node_class)
    return f"all nodes of {', '.join(pools)}" if pools else "all nodes of the class"


def _changed_objects(before: Cluster, after: Cluster) -> Iterator[Note]:
    """Yield the pools and classes whose manifests themselves change in what Karpenter hashes."""
    old = {(each.kind, each.name): each for each in before.objects}
    for manifest in after.objects:
        earlier = old.get((manifest.kind, manifest.name))
        if earlier is not None and manifest.kind in _HASHED and _hashed(earlier) != _hashed(manifest):
            yield note(manifest, ("spec",), "the nodes are replaced: the manifest itself changes", _DRIFT)


def _pool_template(spec: Cursor) -> Any:  # noqa: ANN401 -- any value of a manifest
    template = spec["template"]
    fields = {key: value.value for key, value in template["spec"].entries() if key != "requirements"}
    return template["metadata"].value, fields


def _class_spec(spec: Cursor) -> Any:  # noqa: ANN401
    return {key: value.value for key, value in spec.entries() if key not in _NOT_HASHED}


_HASHED = {"NodePool": _pool_template, "EC2NodeClass": _class_spec}


def _hashed(manifest: KubernetesObject) -> Any:  # noqa: ANN401
    return _HASHED[manifest.kind](manifest.cursor["spec"])
