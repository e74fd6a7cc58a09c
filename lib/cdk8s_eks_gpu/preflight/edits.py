"""Edits of manifests for findings that have one right answer."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.instances import traps
from cdk8s_eks_gpu.manifests import Document, KubernetesObject, read_documents
from cdk8s_eks_gpu.manifests import Path as ObjectPath
from cdk8s_eks_gpu.marker import NAME
from cdk8s_eks_gpu.preflight.text_edits import Edit, edited, put_items, read, set_scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.findings import Finding


NOT_AMD = "{key: karpenter.k8s.aws/instance-gpu-manufacturer, operator: NotIn, values: [amd]}"
"""The requirement that leaves AMD's GPUs out, as a YAML mapping on one line."""

_WRITE = re.compile(r"Write (?:`apiVersion: )?([\w./-]+)`?\.")


def edits(findings: Sequence[Finding], objects: Iterable[KubernetesObject]) -> dict[str, list[Edit]]:
    """Return the edits by file. Files that synthesis wrote, and what a kustomization makes, are left alone."""
    by_place = {
        (each.file, each.document.index, each.kind, each.name): each
        for each in objects
        if not each.kustomization and Path(each.file).is_file() and not _is_synthesised(each.file)
    }
    found: dict[str, list[Edit]] = {}
    for finding in findings:
        manifest = by_place.get((finding.file, finding.document, finding.kind, finding.name))
        make = _EDITS.get(finding.rule.id)
        if manifest is None or make is None or finding.ignored is not None:
            continue
        edits = found.setdefault(finding.file, [])
        edits += [edit for edit in make(finding, manifest, read(finding.file)) if edit not in edits]
    for (place, path), tolerations in _missing_tolerations(findings).items():
        manifest = by_place.get(place)
        if manifest is not None:
            edits = found.setdefault(manifest.file, [])
            edits += put_items(manifest.document, read(manifest.file), (*manifest.prefix, *path), tolerations)
    return readable(found)


def readable(found: Mapping[str, list[Edit]]) -> dict[str, list[Edit]]:
    """Return the edits of those files that can still be read with them."""
    return {
        file: edits
        for file, edits in found.items()
        if edits and all(isinstance(each, Document) for each in read_documents(edited(read(file), edits)))
    }


def difference(file: str, edits: Iterable[Edit]) -> str:
    """Return what the edits change of a file, as a unified diff."""
    old = read(file)
    before, after = (text.splitlines(keepends=True) for text in (old, edited(old, edits)))
    return "".join(difflib.unified_diff(before, after, fromfile=file, tofile=file))


def pinned(alias: object) -> str | None:
    """Return the alias of an AMI with the newest release of its family that is known, in place of its own."""
    family = str(alias).partition("@")[0]
    release = next((trap.ends_with.get(family) for trap in traps() if trap.ends_with.get(family)), None)
    return f"{family}@{release}" if release else None


def _missing_tolerations(
    findings: Iterable[Finding],
) -> dict[tuple[tuple[str, int, str, str], ObjectPath], list[str]]:
    """Return the tolerations that objects lack, by object and path, each once."""
    missing: dict[tuple[tuple[str, int, str, str], ObjectPath], list[str]] = {}
    for finding in findings:
        for each in finding.missing_tolerations if finding.ignored is None else ():
            listed = missing.setdefault(((each.file, each.document, each.kind, each.name), each.path), [])
            if each.toleration not in listed:
                listed.append(each.toleration)
    return missing


def _is_synthesised(file: str) -> bool:
    return any((folder / NAME).is_file() for folder in Path(file).resolve().parents)


def _alias(finding: Finding, manifest: KubernetesObject, _: str) -> Iterator[Edit]:
    alias = pinned(finding.value)
    if alias:
        yield from set_scalar(manifest.document, (*manifest.prefix, *finding.steps), alias)


def _written(finding: Finding, manifest: KubernetesObject, _: str) -> Iterator[Edit]:
    """Write the value that the finding's fix names: the label, or the apiVersion."""
    match = _WRITE.fullmatch(finding.fix)
    if match and finding.steps[-1] in {"apiVersion", "key"}:
        yield from set_scalar(manifest.document, (*manifest.prefix, *finding.steps), match[1])


def _group(finding: Finding, manifest: KubernetesObject, _: str) -> Iterator[Edit]:
    if finding.steps[-2:] == ("nodeClassRef", "group") and "/" in str(finding.value):
        group = str(finding.value).partition("/")[0]
        yield from set_scalar(manifest.document, (*manifest.prefix, *finding.steps), group)


def _not_in_amd(_: Finding, manifest: KubernetesObject, text: str) -> Iterator[Edit]:
    path = (*manifest.prefix, "spec", "template", "spec", "requirements")
    yield from put_items(manifest.document, text, path, [NOT_AMD])


_EDITS: dict[str, Callable[[Finding, KubernetesObject, str], Iterator[Edit]]] = {
    "ami/latest": _alias,
    "instances/amd-gpu": _not_in_amd,
    "instances/label-of-others": _written,
    "schema/pattern": _group,
    "schema/removed-field": _written,
    "schema/unknown-kind": _written,
}
