"""What of the manifests the new versions read otherwise than the old ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.admission.schema.releases import release as schemas_of
from cdk8s_eks_gpu.releases.changes import Reading, readings_between
from cdk8s_eks_gpu.upgrade.notes import Note, note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.schema.node import SchemaNode
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.releases import KarpenterRelease


_LABELS = "https://karpenter.sh/docs/concepts/scheduling/#well-known-labels"
_CRDS = "https://github.com/aws/karpenter-provider-aws/tree/v1.15.1/pkg/apis/crds"
_GUIDE = "https://karpenter.sh/docs/upgrading/upgrade-guide/#upgrading-to-110"
_ACCELERATOR = f"{vocabulary.NODE_CLASS_GROUP}/instance-accelerator-name"


def readings(cluster: Cluster, old: KarpenterRelease, new: KarpenterRelease) -> Iterator[Note]:
    """Yield what the new release makes of the objects that the old one made something else of."""
    for reading in readings_between(old.minor, new.minor):
        if not reading.replaces_nodes:  # what replaces nodes is said there
            yield from _reading(cluster, reading)
    for manifest in cluster.objects:
        yield from _defaults(manifest, old, new)
    for pool in cluster.of_kind(vocabulary.KARPENTER_GROUP, "NodePool"):
        yield from _labels(pool, old, new)


def _reading(cluster: Cluster, reading: Reading) -> Iterator[Note]:
    text = f"Karpenter {reading.since}: {reading.text}"
    if not reading.kind:
        for workload in cluster.workloads:
            if workload.spec.at(*reading.path) and not workload.is_daemon:
                yield note(workload.object, (*workload.path, *reading.path), text, reading.source)
        return
    for manifest in cluster.objects:
        if manifest.kind != reading.kind:
            continue
        value = manifest.cursor.at(*reading.path)
        is_there = bool(value) and (reading.value is None or value.value == reading.value)
        if is_there is not reading.absent:
            yield note(manifest, () if reading.absent else reading.path, text, reading.source)


def _defaults(manifest: KubernetesObject, old: KarpenterRelease, new: KarpenterRelease) -> Iterator[Note]:
    """Yield the fields that the object leaves out and that have another default now."""
    identity = (manifest.api_version, manifest.kind)
    before, after = (schemas_of(each.minor).schema(identity) for each in (old, new))
    if before is None or after is None:
        return
    spec = manifest.data.get("spec")
    for path, was, now in _changed(before.properties.get("spec"), after.properties.get("spec"), spec):
        default = f"{path[-1]} is left out: its default is {now!r} from Karpenter {new.minor} on, where it was {was!r}"
        yield note(manifest, ("spec", *path), default.replace("None", "none"), _CRDS)


def _changed(old: SchemaNode | None, new: SchemaNode | None, value: Any) -> Iterator[tuple[Path, Any, Any]]:  # noqa: ANN401 -- any value of a manifest
    """Yield the fields below a value that it leaves out and whose defaults differ, with the two defaults."""
    if old is None or new is None:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from (((index, *path), was, now) for path, was, now in _changed(old.items, new.items, item))
    if not isinstance(value, dict):
        return
    for name, node in new.properties.items():
        before = old.properties.get(name)
        if value.get(name) is not None:
            yield from (((name, *path), was, now) for path, was, now in _changed(before, node, value[name]))
        elif node.default != (before.default if before else None):
            yield (name,), before.default if before else None, node.default


def _labels(pool: KubernetesObject, old: KarpenterRelease, new: KarpenterRelease) -> Iterator[Note]:
    """Yield the labels of a pool that Karpenter sets itself from now on, or whose values it names otherwise."""
    template = pool.cursor["spec"]["template"]
    named = [(entry.path, key) for key, entry in template["metadata"]["labels"].entries()]
    named += [(each["key"].path, each["key"].text()) for each in template["spec"]["requirements"].objects()]
    for path, key in named:
        if key in new.well_known_labels - old.well_known_labels:
            yield note(pool, path, f"Karpenter {new.minor} sets {key} itself: it is a well-known label", _LABELS)
        elif key in old.well_known_labels - new.well_known_labels:
            yield note(pool, path, f"Karpenter {new.minor} does not know the label {key}", _LABELS)
        elif key == _ACCELERATOR and old.minor == "1.0" != new.minor:
            text = "its values are trainium, inferentia and inferentia2, where all of them were inferentia"
            yield note(pool, path, f"Karpenter 1.1: {text}", _GUIDE)
