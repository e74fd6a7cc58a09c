"""Edits of a cluster.yaml for findings that have one right answer: what `check --fix` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.manifests import Cursor, Path
from cdk8s_eks_gpu.preflight.edits import NOT_AMD, pinned, readable
from cdk8s_eks_gpu.preflight.text_edits import Edit, put_items, read, set_scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cdk8s_eks_gpu.findings import Finding
    from cdk8s_eks_gpu.objects.user_terms import UserTerms


def config_edits(findings: Iterable[Finding], terms: Sequence[UserTerms]) -> dict[str, list[Edit]]:
    """Return the edits by file: the configuration, or the one that it extends, whichever says it."""
    found: dict[str, list[Edit]] = {}
    items: dict[tuple[str, Path], tuple[UserTerms, list[str]]] = {}
    for finding in findings:
        own = next((each for each in terms if finding.file.startswith(f"{each.path}/")), None)
        if own is None or finding.ignored is not None:
            continue
        for path, item in _items(finding, own):
            listed = items.setdefault((own.layers.layer(path).source, path), (own, []))[1]
            if item not in listed:
                listed.append(item)
        if finding.rule.id == "ami/latest":
            _pin(finding, own, found)
    for (source, path), (own, listed) in items.items():
        edits = put_items(own.layers.layer(path).document, read(source), path, listed)
        found.setdefault(source, []).extend(edits)
    return readable(found)


def _items(finding: Finding, own: UserTerms) -> Iterator[tuple[Path, str]]:
    """Yield what lists of the configuration lack, by the list."""
    if finding.rule.id == "instances/amd-gpu":
        yield ("nodePools", finding.name, "requirements"), NOT_AMD
    for each in finding.missing_tolerations:
        plugin = own.plugin(each.file)
        if plugin is None:
            continue
        options = Cursor(own.layers.data).at(*plugin)
        if isinstance(options.value, dict) and not {"tolerations", "nfd"} & options["values"].mapping().keys():
            yield (*plugin, "tolerations"), each.toleration


def _pin(finding: Finding, own: UserTerms, found: dict[str, list[Edit]]) -> None:
    option, alias = own.option(finding), pinned(finding.value)
    layer = own.layers.layer(option)
    if alias and layer.document.text(option) == finding.value:
        edits = found.setdefault(layer.source, [])
        edits += [edit for edit in set_scalar(layer.document, option, alias) if edit not in edits]
