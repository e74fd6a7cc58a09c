"""The preflight: judge manifests, and report.

report = check_paths(["dist/"], karpenter="1.15", kubernetes="1.37")
report = check({"0002-pool.yaml": text}, karpenter="1.15", kubernetes="1.37")
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission import kinds_without_schema, not_checked, refusals
from cdk8s_eks_gpu.admission.schema.kubernetes import kubernetes_minor
from cdk8s_eks_gpu.admission.schema.releases import release
from cdk8s_eks_gpu.errors import UnknownGroupError
from cdk8s_eks_gpu.findings import Finding, Report, Severity
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.manifests import read_paths, read_texts
from cdk8s_eks_gpu.manifests.templates import is_placeholder
from cdk8s_eks_gpu.preflight.checks import judge_stack
from cdk8s_eks_gpu.preflight.ignore import ineffective, reasons_to_ignore, with_reason
from cdk8s_eks_gpu.preflight.rules import GROUPS
from cdk8s_eks_gpu.preflight.rules import manifest as rules
from cdk8s_eks_gpu.provisioning.world import World
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.manifests import Document, Sources, Unreadable


def check(
    texts: Mapping[str, str | Unreadable],
    *,
    karpenter: str = DEFAULT_KARPENTER,
    kubernetes: str = DEFAULT_KUBERNETES,
    only: Collection[str] = (),
) -> Report:
    """Judge manifests.

    Args:
        texts: The text of each file, by the name it has in the report.
        karpenter: The Karpenter version: `1.14` and `1.14.1` mean the same.
        kubernetes: The Kubernetes version.
        only: The groups of rules to check; none means all of them.

    Raises:
        UnknownKarpenterVersionError: Nothing is known of the Karpenter version.
        UnknownKubernetesVersionError: Nothing is known of the Kubernetes version.
        UnknownGroupError: `only` names a group that there is not.
    """
    return check_sources(read_texts(texts), karpenter=karpenter, kubernetes=kubernetes, only=only)


def check_paths(
    paths: Iterable[str],
    *,
    karpenter: str = DEFAULT_KARPENTER,
    kubernetes: str = DEFAULT_KUBERNETES,
    only: Collection[str] = (),
) -> Report:
    """Judge the manifests in files and folders; for the rest as `check`.

    Raises:
        NoSuchPathError: A path is not there.
    """
    return check_sources(read_paths(paths), karpenter=karpenter, kubernetes=kubernetes, only=only)


def check_sources(sources: Sources, *, karpenter: str, kubernetes: str, only: Collection[str] = ()) -> Report:
    """Judge what was read; for the rest as `check`."""
    for group in only:
        if group not in GROUPS:
            raise UnknownGroupError(
                f"There is no group of rules {group!r}{did_you_mean(group, GROUPS)}; there are {', '.join(GROUPS)}."
            )
    wanted = frozenset(only or GROUPS)
    findings = [_unreadable(read) for read in sources.unreadable]
    findings += [_not_objects(file, documents) for file, documents in sources.others.items()]
    findings += _judged(World(sources.objects, release(karpenter), kubernetes_minor(kubernetes)))
    kept = sorted((finding for finding in findings if finding.rule.group in wanted), key=_order(sources.files))
    skipped = kinds_without_schema(sources.objects)
    return Report(tuple(kept), len(sources.objects), len(sources.files), skipped)


def _unreadable(read: Unreadable) -> Finding:
    rule = rules.TEMPLATE if read.is_template else rules.INVALID if read.document else rules.UNREADABLE
    return Finding(rule, f"{read.reason[:1].upper()}{read.reason[1:]}.", rule.fix, read.file, read.line, read.document)


def _not_objects(file: str, documents: Sequence[Document]) -> Finding:
    rule, first = rules.NOT_AN_OBJECT, documents[0]
    more = f" So are {len(documents) - 1} more of this file." if len(documents) > 1 else ""
    return Finding(rule, f"{rule.summary}{more}", rule.fix, file, first.line(), first.index)


def _judged(world: World) -> Iterator[Finding]:
    """Yield what is wrong with each object and with all of them together; what is ignored says so."""
    by_place: dict[tuple[str, int, str, str], dict[str, str]] = {}
    for manifest in world.objects:
        reasons = reasons_to_ignore(manifest)
        if reasons:
            by_place[manifest.file, manifest.document.index, manifest.kind, manifest.name] = reasons
        for finding in (*refusals(manifest, world.karpenter, world.kubernetes), *ineffective(manifest)):
            yield with_reason(_placeholder(finding), reasons)
    for finding in (*not_checked(world.objects), *judge_stack(world)):
        place = (finding.file, finding.document, finding.kind, finding.name)
        yield with_reason(_placeholder(finding), by_place.get(place, {}))


def _placeholder(finding: Finding) -> Finding:
    """Return the finding, or a note instead of an error about a value that is yet to be filled in."""
    if finding.severity is Severity.ERROR and is_placeholder(finding.value):
        message = f"{finding.value} is a placeholder, and was not checked."
        return replace(finding, rule=rules.TEMPLATE, message=message, fix=rules.TEMPLATE.fix)
    return finding


def _order(files: Sequence[str]) -> Callable[[Finding], tuple[int, int, str, str, str]]:
    places = {file: place for place, file in enumerate(files)}
    return lambda finding: (places[finding.file], finding.line, finding.rule.id, finding.path, finding.message)
