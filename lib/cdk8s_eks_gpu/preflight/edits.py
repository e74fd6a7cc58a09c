"""Edits of manifests for findings that have one right answer, as text: comments and the order of keys stay."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.instances import traps
from cdk8s_eks_gpu.marker import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cdk8s_eks_gpu.findings import Finding
    from cdk8s_eks_gpu.manifests import Document, KubernetesObject
    from cdk8s_eks_gpu.manifests import Path as ObjectPath

Edit = tuple[int, int, str]
"""Where in a file a text begins and ends, in characters, and what stands there afterwards."""

_WRITE = re.compile(r"Write (?:`apiVersion: )?([\w./-]+)`?\.")
_TOLERATION = re.compile(r"tolerations: \[(.*)\]\)?[.,]")
_INDEX = re.compile(r"\[(\d+)\]")


def edits(findings: Iterable[Finding], objects: Iterable[KubernetesObject]) -> dict[str, list[Edit]]:
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
        text = Path(finding.file).read_text(encoding="utf-8-sig")
        made = found.setdefault(finding.file, [])
        made += [edit for edit in make(finding, manifest, text) if edit not in made]
    return {file: made for file, made in found.items() if made}


def edited(text: str, made: Iterable[Edit]) -> str:
    """Return the text with the edits, the last first, so that places stay what they are."""
    for start, end, new in sorted(made, reverse=True):
        text = f"{text[:start]}{new}{text[end:]}"
    return text


def difference(file: str, made: Iterable[Edit]) -> str:
    """Return what the edits change of a file, as a unified diff."""
    old = Path(file).read_text(encoding="utf-8-sig")
    before, after = (text.splitlines(keepends=True) for text in (old, edited(old, made)))
    return "".join(difflib.unified_diff(before, after, fromfile=file, tofile=file))


def write(file: str, made: Iterable[Edit]) -> None:
    """Write the edits into the file: whole, or not at all."""
    path = Path(file)
    new = path.with_name(f".{path.name}.new")
    new.write_text(edited(path.read_text(encoding="utf-8-sig"), made), encoding="utf-8")
    new.chmod(path.stat().st_mode)
    os.replace(new, path)  # noqa: PTH105 -- atomic, on every platform


def _is_synthesised(file: str) -> bool:
    return any((folder / NAME).is_file() for folder in Path(file).resolve().parents)


def _set(document: Document, path: ObjectPath, value: str) -> Iterator[Edit]:
    span = document.span(path)
    if span is not None:
        yield (*span, value)


def _alias(finding: Finding, manifest: KubernetesObject, _: str) -> Iterator[Edit]:
    family = str(finding.value).partition("@")[0]
    release = next((trap.ends_with.get(family) for trap in traps() if trap.ends_with.get(family)), None)
    if release:
        yield from _set(manifest.document, (*manifest.prefix, *_path(finding)), f"{family}@{release}")


def _written(finding: Finding, manifest: KubernetesObject, _: str) -> Iterator[Edit]:
    """Write the value that the finding's fix names: the label, or the apiVersion."""
    match = _WRITE.fullmatch(finding.fix)
    if match and _path(finding)[-1] in {"apiVersion", "key"}:
        yield from _set(manifest.document, (*manifest.prefix, *_path(finding)), match[1])


def _group(finding: Finding, manifest: KubernetesObject, _: str) -> Iterator[Edit]:
    if finding.path.endswith("nodeClassRef.group") and "/" in str(finding.value):
        group = str(finding.value).partition("/")[0]
        yield from _set(manifest.document, (*manifest.prefix, *_path(finding)), group)


def _not_in_amd(_: Finding, manifest: KubernetesObject, text: str) -> Iterator[Edit]:
    item = "{key: karpenter.k8s.aws/instance-gpu-manufacturer, operator: NotIn, values: [amd]}"
    yield from _first_item(manifest, text, ("spec", "template", "spec", "requirements"), item)


def _toleration(finding: Finding, manifest: KubernetesObject, text: str) -> Iterator[Edit]:
    match = _TOLERATION.search(finding.fix)
    if not match:
        return
    path = _path(finding)
    if manifest.get(*path):
        yield from _first_item(manifest, text, path, match[1])
        return
    line = manifest.line((*path[:-1], "containers"))
    start, written = _line(text, line)
    indent = written[: len(written) - len(written.lstrip())]
    if written.lstrip().startswith("containers:"):
        yield start, start, f"{indent}tolerations:\n{indent}  - {match[1]}\n"


def _first_item(manifest: KubernetesObject, text: str, path: ObjectPath, item: str) -> Iterator[Edit]:
    """Put an item in front of a list that is written with dashes; another list is left to the user."""
    start, written = _line(text, manifest.line((*path, 0)))
    if written.lstrip().startswith("- "):
        yield start, start, f"{written[: len(written) - len(written.lstrip())]}- {item}\n"


def _line(text: str, number: int) -> tuple[int, str]:
    """Return where a line begins, in characters, and the line."""
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: number - 1])), lines[number - 1]


def _path(finding: Finding) -> ObjectPath:
    """Return the path of a finding whose keys are plain words."""
    steps: list[str | int] = []
    for part in finding.path.split("."):
        steps.append(_INDEX.sub("", part))
        steps += [int(index) for index in _INDEX.findall(part)]
    return tuple(steps)


_EDITS: dict[str, Callable[[Finding, KubernetesObject, str], Iterator[Edit]]] = {
    "ami/latest": _alias,
    "instances/amd-gpu": _not_in_amd,
    "instances/label-of-others": _written,
    "scheduling/monitoring-kept-off": _toleration,
    "schema/pattern": _group,
    "schema/removed-field": _written,
    "schema/unknown-kind": _written,
}
