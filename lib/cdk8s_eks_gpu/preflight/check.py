"""The preflight: judge manifests, and report.

report = check_paths(["dist/"], karpenter="1.15", kubernetes="1.37")
report = check({"0002-pool.yaml": text}, karpenter="1.15", kubernetes="1.37")
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.objects import judge_object
from cdk8s_eks_gpu.admission.schema.kubernetes import kubernetes_minor
from cdk8s_eks_gpu.admission.schema.releases import release
from cdk8s_eks_gpu.errors import UnknownGroupError
from cdk8s_eks_gpu.findings.finding import PLACEHOLDER, Finding, Report
from cdk8s_eks_gpu.findings.rule import Severity
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.manifests import KubernetesObject
from cdk8s_eks_gpu.manifests.files import Unreadable, files_of, read_manifests, read_text
from cdk8s_eks_gpu.preflight.checks import judge_stack
from cdk8s_eks_gpu.preflight.rules import GROUPS
from cdk8s_eks_gpu.preflight.rules import manifest as rules
from cdk8s_eks_gpu.preflight.silence import faulty_silences, silenced, silences
from cdk8s_eks_gpu.provisioning.world import World
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from cdk8s_eks_gpu.manifests import Document


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
    for group in only:
        if group not in GROUPS:
            raise UnknownGroupError(
                f"There is no group of rules {group!r}{did_you_mean(group, GROUPS)}; there are {', '.join(GROUPS)}."
            )
    wanted = frozenset(only or GROUPS)
    findings: list[Finding] = []
    objects: list[KubernetesObject] = []
    others: dict[str, list[Document]] = {}
    for file, text in texts.items():
        for read in (text,) if isinstance(text, Unreadable) else read_manifests(file, text):
            if isinstance(read, KubernetesObject):
                objects.append(read)
            elif isinstance(read, Unreadable):
                findings.append(_unreadable(read))
            else:
                others.setdefault(file, []).append(read)
    findings += [_not_objects(file, documents) for file, documents in others.items()]
    world = World(tuple(objects), release(karpenter), kubernetes_minor(kubernetes))
    skipped: Counter[str] = Counter()
    findings += _judged(world, skipped)
    kept = sorted((finding for finding in findings if finding.rule.group in wanted), key=_order(texts))
    return Report(tuple(kept), len(objects), len(texts), dict(skipped))


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
    texts = {file: read_text(file) for file in files_of(paths)}
    return check(texts, karpenter=karpenter, kubernetes=kubernetes, only=only)


def _unreadable(read: Unreadable) -> Finding:
    rule = rules.TEMPLATE if read.is_template else rules.INVALID if read.document else rules.UNREADABLE
    return Finding(rule, f"{read.reason[:1].upper()}{read.reason[1:]}.", rule.cure, read.file, read.line, read.document)


def _not_objects(file: str, documents: list[Document]) -> Finding:
    rule, first = rules.NOT_AN_OBJECT, documents[0]
    more = f" So are {len(documents) - 1} more of this file." if len(documents) > 1 else ""
    return Finding(rule, f"{rule.summary}{more}", rule.cure, file, first.line(), first.index)


def _judged(world: World, skipped: Counter[str]) -> Iterator[Finding]:
    """Yield what is wrong with each object and with all of them together; what is silenced says so."""
    by_place: dict[tuple[str, int, str, str], dict[str, str]] = {}
    for judged in world.objects:
        reasons = silences(judged)
        if reasons:
            by_place[judged.file, judged.document.index, judged.kind, judged.name] = reasons
        for finding in (*judge_object(judged, world, skipped), *faulty_silences(judged)):
            yield silenced(_placeholder(finding), reasons)
    for finding in judge_stack(world):
        place = (finding.file, finding.document, finding.kind, finding.name)
        yield silenced(_placeholder(finding), by_place.get(place, {}))


def _placeholder(finding: Finding) -> Finding:
    """Return the finding, or a note instead of an error about a value that is yet to be filled in."""
    if finding.severity is Severity.ERROR and isinstance(finding.value, str) and PLACEHOLDER.search(finding.value):
        message = f"{finding.value} is a placeholder, and was not judged."
        return replace(finding, rule=rules.TEMPLATE, message=message, cure=rules.TEMPLATE.cure)
    return finding


def _order(texts: Mapping[str, object]) -> Callable[[Finding], tuple[int, int, str, str, str]]:
    places = {file: place for place, file in enumerate(texts)}
    return lambda finding: (places[finding.file], finding.line, finding.rule.id, finding.path, finding.message)
