"""The preflight: check manifests, and report.

report = check_paths(["dist/"], karpenter="1.15", kubernetes="1.37")
report = check({"0002-pool.yaml": text}, karpenter="1.15", kubernetes="1.37")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu.admission import kinds_without_schema, not_checked, refusals
from cdk8s_eks_gpu.admission.schema.releases import Release, release
from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.findings import CheckedFor, Finding, Report, Severity, finding_at, merged
from cdk8s_eks_gpu.findings.rule import IGNORE_PREFIX
from cdk8s_eks_gpu.findings.scope import scope_of
from cdk8s_eks_gpu.hints import did_you_mean, sentence
from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject, Unreadable, read_paths, read_texts
from cdk8s_eks_gpu.preflight.checks import check_cluster
from cdk8s_eks_gpu.preflight.context import Context
from cdk8s_eks_gpu.preflight.reading import IGNORE, check_reading, one_note_a_file, unless_filled_in, unless_placeholder
from cdk8s_eks_gpu.preflight.rules import ALL_RULES, GROUPS
from cdk8s_eks_gpu.preflight.versions import Part, Wanted, by_cluster
from cdk8s_eks_gpu.provisioning import REHEARSED_KUBERNETES
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES, kubernetes_minor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

# The groups of rules whose errors say of nodes what instance types, labels and taints alone do not.
_OF_NODES = frozenset({"ami", "capacity", "dra", "efa", "nodes", "scheduling"})


def check(
    texts: Mapping[str, str | Unreadable],
    *,
    karpenter: str | None = None,
    kubernetes: str | None = None,
    only: Collection[str] = (),
) -> Report:
    """Check manifests.

    Args:
        texts: The text of each file, by the name it has in the report.
        karpenter: The Karpenter version: `1.14` and `1.14.1` mean the same. None means the newest that is known.
        kubernetes: The Kubernetes version, likewise.
        only: The groups of rules to check; none means all of them.

    Raises:
        UnknownNameError: The Karpenter or Kubernetes version is not known here, or there is no such group.
    """
    versions = _wanted(karpenter, kubernetes).instead_of(CheckedFor(DEFAULT_KARPENTER, DEFAULT_KUBERNETES))
    return check_part(Part(read_texts(texts), versions), only)


def check_objects(
    manifests: Mapping[str, str], *, karpenter: str | None = None, kubernetes: str | None = None, cluster: str = ""
) -> Report:
    """Check objects that are in no file; for the rest as `check`.

    Args:
        manifests: Each object as YAML or JSON, by what the report is to call its place: the path of a construct.
        karpenter: As `check`.
        kubernetes: As `check`.
        cluster: The name of the cluster, for the report.
    """
    named = Wanted(karpenter, kubernetes, "the app", "the app")
    versions = named.instead_of(CheckedFor(DEFAULT_KARPENTER, DEFAULT_KUBERNETES, cluster=cluster))
    report = check_part(Part(read_texts(manifests), versions))
    findings = tuple(replace(finding, line=0) for finding in report.findings)
    return replace(report, findings=findings, scope=replace(report.scope, files=0))


def check_paths(
    paths: Iterable[str], *, karpenter: str | None = None, kubernetes: str | None = None, only: Collection[str] = ()
) -> Report:
    """Check the manifests in files and folders; for the rest as `check`.

    Without a version, each file is checked for that of the marker `.eks-gpu` of its folder, or of the `cluster.yaml`
    beside it; each cluster apart from the others.

    Raises:
        NoSuchPathError: A path is not there.
        MarkerError: A marker is damaged.
        ConfigError: The `cluster.yaml` beside the files names versions that are not known.
    """
    named = tuple(paths)
    sources = read_paths(named)
    return check_parts(by_cluster(sources, named, _wanted(karpenter, kubernetes)), sources.files, only)


def check_parts(parts: Sequence[Part], files: Iterable[str], only: Collection[str] = ()) -> Report:
    """Check the files of several clusters, each apart from the others; `files` is the order of their findings."""
    return merged([check_part(part, only) for part in parts], files)


def check_part(part: Part, only: Collection[str] = ()) -> Report:
    """Check the files of one cluster; for the rest as `check`."""
    for group in only:
        if group not in GROUPS:
            raise UnknownNameError("group of rules", group, GROUPS, f"There are {', '.join(GROUPS)}.")
    wanted = frozenset(only or GROUPS)
    sources, versions = part.sources, part.checked_for
    cluster = Cluster((*part.beside, *sources.objects), versions.karpenter)
    context = Context(cluster, kubernetes_minor(versions.kubernetes), versions.karpenter)
    found = [*check_reading(sources), *one_note_a_file(_findings(context, release(versions.karpenter)))]
    beside = {each.file for each in part.beside}
    findings = [
        replace(finding, cluster=versions.cluster)
        for finding in found
        if finding.rule.group in wanted and finding.file not in beside
    ]
    kept = sorted(findings, key=_order(sources.files))
    skipped = kinds_without_schema(sources.objects)
    scope = replace(scope_of(sources), beside=part.beside_from)
    return Report(tuple(kept), scope, skipped, (versions,), REHEARSED_KUBERNETES)


def _wanted(karpenter: str | None, kubernetes: str | None) -> Wanted:
    return Wanted(karpenter, kubernetes, "karpenter", "kubernetes")


def _findings(context: Context, karpenter: Release) -> Iterator[Finding]:
    """Yield what is wrong with each object and with all of them together; what is ignored says so."""
    for manifest in context.cluster.objects:
        reasons = reasons_to_ignore(manifest)
        yield from _of_object(manifest, reasons, karpenter, context.kubernetes)
        yield from (with_reason(unless_placeholder(finding), reasons) for finding in ineffective(manifest))
    yield from _of_all(context)


def _of_all(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with all objects together; what is ignored says so."""
    objects = context.cluster.objects
    ignored = {_place(each): reasons for each in objects if (reasons := reasons_to_ignore(each))}
    for finding in (*not_checked(objects), *check_cluster(context)):
        place = (finding.file, finding.document, finding.kind, finding.name)
        yield with_reason(unless_placeholder(finding), ignored.get(place, {}))


def _place(manifest: KubernetesObject) -> tuple[str, int, str, str]:
    return manifest.file, manifest.document.index, manifest.kind, manifest.name


def pool_errors(
    cluster: Cluster, versions: CheckedFor, findings: Iterable[Finding] | None = None
) -> Mapping[KubernetesObject, tuple[Finding, ...]]:
    """Return the errors about the nodes of each pool, its node class included, by the pool's manifest.

    `findings` are those on the cluster, where they are there already.
    """
    if findings is None:
        findings = _of_all(Context(cluster, kubernetes_minor(versions.kubernetes), versions.karpenter))
    by_place: dict[tuple[str, int, str, str], list[Finding]] = {}
    for each in findings:
        if each.severity is Severity.ERROR and each.rule.group in _OF_NODES:
            by_place.setdefault((each.file, each.document, each.kind, each.name), []).append(each)
    return {
        pool.manifest: tuple(
            finding
            for manifest in (pool.manifest, pool.node_class_manifest)
            for finding in (by_place.get(_place(manifest), ()) if manifest else ())
            if not finding.pools or pool.name in finding.pools
        )
        for pool in (cluster.pools if by_place else ())
    }


def refused(part: Part) -> Mapping[KubernetesObject, tuple[Finding, ...]]:
    """Return the objects of one cluster that the API server or Karpenter refuses, each with the errors that say why."""
    karpenter, kubernetes = release(part.checked_for.karpenter), kubernetes_minor(part.checked_for.kubernetes)
    by_object = {}
    for manifest in part.sources.objects:
        found = _of_object(manifest, reasons_to_ignore(manifest), karpenter, kubernetes)
        errors = tuple(finding for finding in found if finding.severity is Severity.ERROR)
        if errors:
            by_object[manifest] = errors
    return by_object


def _of_object(
    manifest: KubernetesObject, reasons: Mapping[str, str], karpenter: Release, kubernetes: str
) -> Iterator[Finding]:
    """Yield what is refused of one object, but for placeholders, and what it ignores with its reason."""
    for finding in refusals(manifest, karpenter, kubernetes):
        yield with_reason(unless_filled_in(unless_placeholder(finding), manifest), reasons)


def _order(files: Sequence[str]) -> Callable[[Finding], tuple[int, int, str, str, str]]:
    places = {file: place for place, file in enumerate(files)}
    return lambda finding: (places[finding.file], finding.line, finding.rule.id, finding.path, finding.message)


def reasons_to_ignore(manifest: KubernetesObject) -> dict[str, str]:
    """Return the reasons, by rule id, for which the object ignores rules.

    `ignore.eks-gpu/efa.zones: "one zone has all our subnets"` ignores `efa/zones`.
    """
    return {
        rule: reason.text().strip()
        for rule, reason in _annotations(manifest)
        if rule in ALL_RULES and reason.text().strip()
    }


def ineffective(manifest: KubernetesObject) -> Iterator[Finding]:
    """Yield the object's annotations that ignore nothing: for want of a reason, or of a rule of that name."""
    for rule, reason in _annotations(manifest):
        if rule not in ALL_RULES:
            message = sentence(f"There is no rule {rule}{did_you_mean(rule, ALL_RULES)}")
            yield finding_at(IGNORE, manifest, reason.path, message, value=reason.value)
        elif not reason.text().strip():
            message = f"{rule} is ignored without a reason."
            yield finding_at(IGNORE, manifest, reason.path, message, value=reason.value)


def with_reason(finding: Finding, reasons: Mapping[str, str]) -> Finding:
    """Return the finding, with the reason if its object ignores its rule."""
    reason = reasons.get(finding.rule.id)
    return finding if reason is None else replace(finding, ignored=reason)


def _annotations(manifest: KubernetesObject) -> Iterator[tuple[str, Cursor]]:
    """Yield the rule that each of our annotations names, and the reason that it gives."""
    for key, reason in manifest.cursor["metadata"]["annotations"].entries():
        if key.startswith(IGNORE_PREFIX):
            yield key.removeprefix(IGNORE_PREFIX).replace(".", "/", 1), reason
