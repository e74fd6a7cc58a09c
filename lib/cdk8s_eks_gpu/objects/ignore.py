"""What a team ignores of the preflight -> annotations of the objects, by which every later check ignores it too."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.errors import ConfigWarning, UnknownNameError
from cdk8s_eks_gpu.findings.rule import ignore_annotation
from cdk8s_eks_gpu.hints import few

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cdk8s_eks_gpu.config.metadata import Ignore


def is_meant(pattern: str, kind: str, namespace: str | None, name: str) -> bool:
    """Return whether a pattern, `NodePool/gpu` or `DaemonSet/kube-system/*`, means the object."""
    if pattern == "*":
        return True
    parts = [kind, *([namespace or ""] if pattern.count("/") > 1 else []), name]
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(expression, "/".join(parts)) is not None


def identity_of(manifest: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """Return kind, namespace and name of an object."""
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace"), metadata["name"]


def annotate(ignored: Sequence[Ignore], charts: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Return the charts, with an annotation on each object for each rule that is ignored there."""
    if not ignored:
        return charts
    return {chart: [_annotated(ignored, manifest) for manifest in manifests] for chart, manifests in charts.items()}


def _annotated(ignored: Iterable[Ignore], manifest: dict[str, Any]) -> dict[str, Any]:
    metadata, identity = manifest["metadata"], identity_of(manifest)
    reasons = {ignore_annotation(each.rule): each.reason for each in ignored if is_meant(each.object, *identity)}
    if not reasons:
        return manifest
    return {**manifest, "metadata": {**metadata, "annotations": {**(metadata.get("annotations") or {}), **reasons}}}


def warn_of_unknown(ignored: Iterable[Ignore], objects: Collection[tuple[str, str | None, str]]) -> None:
    """Warn of what is ignored for objects that are not there: an entry may be left behind when a plugin is removed.

    Args:
        ignored: What is ignored.
        objects: Kind, namespace and name of each object of the cluster.

    Warns:
        ConfigWarning: It names an object that is not there; the message says which one is like it.
    """
    for place, each in enumerate(ignored):
        if not any(is_meant(each.object, *identity) for identity in objects):
            error = unknown_object(each.object, objects, f"in ignore[{place}].object")
            warnings.warn(ConfigWarning(str(error)), stacklevel=3)


def unknown_object(pattern: str, objects: Iterable[tuple[str, str | None, str]], where: str) -> UnknownNameError:
    """Return the error that no object is meant, with those that there are."""
    known = sorted({f"{kind}/{name}" for kind, _, name in objects})
    return UnknownNameError(f"object {where}:", pattern, known, f"There are {few(known, 8) or 'none'}.")
