"""What `eks-gpu explain` is asked about: the objects of each cluster, and which of them would be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.cli.targets import Targets, is_pool, makes_pods, read_targets
from cdk8s_eks_gpu.explain import PoolError
from cdk8s_eks_gpu.findings import Finding, Report
from cdk8s_eks_gpu.manifests.folder import NotChecked
from cdk8s_eks_gpu.preflight.check import pool_errors as findings_by_pool
from cdk8s_eks_gpu.preflight.check import refused as refused_of
from cdk8s_eks_gpu.provisioning.device_plugins import DEVICE_PLUGINS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cdk8s_eks_gpu.findings import CheckedFor
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.preflight.versions import Part, Wanted
    from cdk8s_eks_gpu.provisioning.cluster import Cluster


_KINDS = ("NodePool", "EC2NodeClass", "NodeOverlay")
# Of a node class with such an error Karpenter launches nothing.
_NEVER_READY = ("ami/al2-gone", "nodes/role-arn")
_GPU = frozenset({vocabulary.GPU})
# The devices that nodes do not have by an error: only pods that ask for these do not run there.
_WITHOUT = {
    "ami/no-nvidia": _GPU,
    "scheduling/no-gpu-registered": _GPU,
    "scheduling/no-efa-registered": frozenset({vocabulary.EFA}),
    "scheduling/no-device-registered": frozenset(
        name for plugin in DEVICE_PLUGINS if plugin.every_node for name in plugin.registers
    )
    - _GPU,
    "dra/driver-kept-off": frozenset(),
}


class Asked(Struct, frozen=True):
    """What was read of one cluster.

    Attributes:
        part: What was read.
        refused: Which of its objects would be refused, with the reasons as lines.
    """

    part: Part
    refused: Mapping[KubernetesObject, tuple[str, ...]]

    @property
    def objects(self) -> tuple[KubernetesObject, ...]:
        """All objects, those that would be refused among them."""
        return self.part.sources.objects

    @property
    def has_pools(self) -> bool:
        """Whether there is a NodePool among them."""
        return any(map(is_pool, self.objects))

    @property
    def name(self) -> str:
        """The cluster's name, or its first file."""
        return self.part.checked_for.cluster or ", ".join(self.part.sources.files[:1])

    @property
    def not_checked(self) -> tuple[NotChecked, ...]:
        """What was met and passed over: of other tools, and templates that were named."""
        sources = self.part.sources
        templates = tuple(NotChecked("template", each.file) for each in sources.unreadable if each.is_template)
        return (*sources.not_checked, *templates)

    def accepts(self, wanted: Callable[[KubernetesObject], bool]) -> bool:
        """Return whether there is such an object that is not refused."""
        return any(wanted(each) for each in self.objects if each not in self.refused)


def read_asked(targets: Sequence[str], wanted: Wanted, refused: list[str]) -> list[Asked]:
    """Return what is in the targets, by cluster.

    What cannot be read or would be refused is added to `refused`, a line each, in the words of `eks-gpu check`.
    """
    read = read_targets(targets)
    refused += [f"{each.file}:{each.line}: {each.reason}" for each in read.sources.unreadable if not each.is_template]
    asked = []
    for part in read.by_cluster(wanted):
        by_object = {each: _reasons(why, read) for each, why in refused_of(part).items() if is_asked_about(each)}
        refused += [reason for each, why in by_object.items() for reason in why]
        asked.append(Asked(part, by_object))
    return asked


def _reasons(errors: Sequence[Finding], read: Targets) -> tuple[str, ...]:
    """Return errors as lines; those about a configuration at its options."""
    report = read.in_user_terms(Report(tuple(errors)))
    return tuple(
        f"{each.file}:{each.line}: {each.kind}/{each.name}: {each.path}: {each.message} {each.fix}"
        for each in report.findings
    )


def pool_errors(
    cluster: Cluster, versions: CheckedFor, findings: Iterable[Finding] | None = None
) -> dict[KubernetesObject, tuple[PoolError, ...]]:
    """Return what `check` has against the nodes of pools, by their manifests; `findings` are those it has already."""
    return {
        pool: tuple(
            PoolError(each.rule.id, each.message, each.rule.id not in _NEVER_READY, _WITHOUT.get(each.rule.id))
            for each in found
        )
        for pool, found in findings_by_pool(cluster, versions, findings).items()
    }


def is_asked_about(manifest: KubernetesObject) -> bool:
    """Return whether the answer depends on the object: it is one of Karpenter's, if badly written, or makes pods."""
    return manifest.group in vocabulary.KARPENTER_GROUPS or manifest.kind in _KINDS or makes_pods(manifest)
