"""An upgrade: its order, what its versions refuse and read otherwise, which nodes they replace, and what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from cdk8s_eks_gpu.explain import Difference, difference, explain
from cdk8s_eks_gpu.findings import CheckedFor, Finding, Severity
from cdk8s_eks_gpu.preflight.check import check_part
from cdk8s_eks_gpu.preflight.checks.ami import AL2
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.releases import FeatureGate, incompatibility, karpenter_release, minor_of
from cdk8s_eks_gpu.releases.changes import IamAction, iam_actions_between
from cdk8s_eks_gpu.releases.versions import numbers_of
from cdk8s_eks_gpu.upgrade.drift import replacements
from cdk8s_eks_gpu.upgrade.readings import readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.preflight.versions import Part
    from cdk8s_eks_gpu.upgrade.notes import Note


REFUSING = frozenset({"schema", "cel", "runtime", "core", "versions"})
"""The groups of rules whose errors say that the API server or Karpenter refuses something; `ami/al2-gone` does too."""


class Gate(Struct, frozen=True):
    """A feature gate that came, went, or has another default.

    Attributes:
        name: Its name.
        before: Its default before; None where there was no such gate.
        after: Its default afterwards; None where there is no such gate any more.
        how: How it is turned on afterwards.
    """

    name: str
    before: bool | None
    after: bool | None
    how: str


class Upgrade(Struct, frozen=True):
    """What changes for the manifests of one cluster.

    Attributes:
        before: The versions today.
        after: The versions afterwards.
        order: What to upgrade first, and what goes with it.
        refused: The errors by which the API server or Karpenter refuses objects afterwards, those of today among them.
        problems: What the configuration file cannot say for these versions.
        readings: What is read otherwise.
        instance_types: The instance types that pools admit, and that can host workloads, afterwards or no more.
        replaced: The nodes that are replaced, and why.
        iam_actions: The IAM actions that Karpenter's role needs from now on.
        gates: The feature gates that came, went, or have another default.
        settings: The settings of Karpenter's controller that came, with their defaults.
        begin: Our findings that begin.
        end: Our findings that end.
    """

    before: CheckedFor
    after: CheckedFor
    order: tuple[str, ...] = ()
    refused: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    readings: tuple[Note, ...] = ()
    instance_types: Difference = field(default_factory=lambda: Difference({}, {}))
    replaced: tuple[Note, ...] = ()
    iam_actions: tuple[IamAction, ...] = ()
    gates: tuple[Gate, ...] = ()
    settings: Mapping[str, bool] = field(default_factory=dict)
    begin: tuple[Finding, ...] = ()
    end: tuple[Finding, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether something is refused afterwards."""
        return bool(self.refused or self.problems)


def plan(today: Part, afterwards: Part, problems: tuple[str, ...] = ()) -> Upgrade:
    """Return what changes from the manifests and versions of today to those afterwards.

    Args:
        today: The manifests of today, with today's versions.
        afterwards: The manifests afterwards, mostly the same, with the versions afterwards.
        problems: What the configuration file cannot say for these versions.

    Raises:
        UnknownNameError: A version is not known.
    """
    before, after = today.checked_for, afterwards.checked_for
    old, new = karpenter_release(before.karpenter), karpenter_release(after.karpenter)
    old_report, new_report = check_part(today), check_part(afterwards)
    known, found = _by_place(old_report.findings), _by_place(new_report.findings)
    old_cluster, new_cluster = (
        Cluster(each.sources.objects, each.checked_for.karpenter) for each in (today, afterwards)
    )
    actions = iam_actions_between(old.minor, new.minor)
    return Upgrade(
        before=before,
        after=after,
        order=tuple(order(before, after)),
        refused=tuple(each for each in new_report.findings if _is_refusal(each)),
        problems=problems,
        readings=tuple(readings(new_cluster, old, new)),
        instance_types=difference(explain(old_cluster), explain(new_cluster)),
        replaced=tuple(replacements(old_cluster, new_cluster, before, after)),
        iam_actions=tuple(each for each in actions if _needs(each, new_cluster.objects)),
        gates=tuple(_gates(old.feature_gates, new.feature_gates)),
        settings={name: new.settings[name] for name in sorted(new.settings.keys() - old.settings.keys())},
        begin=tuple(finding for place, finding in found.items() if place not in known and not _is_refusal(finding)),
        end=tuple(finding for place, finding in known.items() if place not in found),
    )


def _is_refusal(finding: Finding) -> bool:
    is_refusing = finding.rule.group in REFUSING or finding.rule is AL2  # with no AMI the class never gets ready
    return finding.severity is Severity.ERROR and is_refusing


def _by_place(findings: tuple[Finding, ...]) -> dict[tuple[str, ...], Finding]:
    """Return the findings by what tells them apart; a message that names a version does not."""
    return {(each.rule.id, each.file, str(each.document), each.kind, each.name, each.path): each for each in findings}


def _gates(old: Mapping[str, FeatureGate], new: Mapping[str, FeatureGate]) -> Iterator[Gate]:
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before is None or after is None or before.default is not after.default:
            how = after.turned_on_by if after else ""
            yield Gate(name, before.default if before else None, after.default if after else None, how)


def _needs(action: IamAction, objects: tuple[KubernetesObject, ...]) -> bool:
    return not action.kind or any(each.kind == action.kind and each.cursor.at(*action.path) for each in objects)


def order(before: CheckedFor, after: CheckedFor) -> Iterator[str]:
    """Yield the steps.

    Sources: Karpenter's compatibility page and upgrade guide; EKS upgrades a control plane by one minor version.
    """
    moves_karpenter = minor_of(before.karpenter) != minor_of(after.karpenter)
    moves_kubernetes = minor_of(before.kubernetes) != minor_of(after.kubernetes)
    if moves_karpenter and moves_kubernetes:
        karpenter_first = incompatibility(after.karpenter, before.kubernetes)
        kubernetes_first = incompatibility(before.karpenter, after.kubernetes)
        if karpenter_first is None:
            yield f"Karpenter first: {kubernetes_first or 'it supports both versions of Kubernetes'}."
        elif kubernetes_first is None:
            yield f"Kubernetes first: {karpenter_first}."
        else:
            yield f"In steps: {karpenter_first}; {kubernetes_first}."
    if moves_karpenter:
        yield (
            f"The CRDs go with Karpenter: upgrade the chart karpenter-crd to {after.karpenter} too, since Helm does not"
            " upgrade the CRDs in the chart karpenter."
        )
    steps = numbers_of(after.kubernetes)[1] - numbers_of(before.kubernetes)[1]
    if steps > 1:
        yield f"EKS upgrades Kubernetes by one minor version at a time: {steps} steps to {after.kubernetes}."
    elif steps < 0:
        yield f"EKS does not go back to an older minor version of Kubernetes, such as {after.kubernetes}, in place."
