"""The landing chain: which DaemonSet lands on a pool's nodes, which labels it brings, and who waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, Operator, Requirement, Requirements, untolerated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdk8s_eks_gpu.provisioning.fleet import Pool
    from cdk8s_eks_gpu.provisioning.pod_specs import PodSpec
    from cdk8s_eks_gpu.requirements import Taint

NFD_WORKER = "the NFD worker"
GFD = "GPU feature discovery"
NVIDIA_PLUGIN = "the NVIDIA device plugin"
EFA_PLUGIN = "the EFA device plugin"

# What the NFD worker finds on every node with an NVIDIA GPU: a PCI device of vendor 10de, of class 03 (display).
_NFD_LABELS = tuple(
    f"{vocabulary.NODE_FEATURE_PREFIX}pci-{device}.present" for device in ("10de", "0300_10de", "0302_10de")
)
# GPU feature discovery writes labels of this domain; NFD puts them on the node.
_GFD_PREFIXES = ("nvidia.com/gpu.", "nvidia.com/mig.", "nvidia.com/cuda.", "nvidia.com/gfd.", "nvidia.com/mps.")
# These look like GFD's and are set by the GPU operator or by hand only.
_NOT_GFD = frozenset({vocabulary.GPU_PRESENT, vocabulary.MPS_CAPABLE})


def role(pods: PodSpec) -> str | None:
    """Return which part a DaemonSet plays in the chain, by its image and command; None when it plays none."""
    for _, container in pods.containers():
        image = str(container.get("image", ""))
        words = [str(word) for key in ("command", "args") for word in _list(container.get(key))]
        said = " ".join(words)
        if "node-feature-discovery" in image and ("nfd-worker" in said or "worker" in pods.owner.name):
            return NFD_WORKER
        if "gpu-feature-discovery" in image or "gpu-feature-discovery" in said:
            return GFD
        if "mps-control-daemon" in said:
            continue
        if "aws-efa-k8s-device-plugin" in image:
            return EFA_PLUGIN
        if "k8s-device-plugin" in image and "nvidia" in image.lower():
            return NVIDIA_PLUGIN
    return None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


@dataclass(frozen=True)
class Link:
    """Why a DaemonSet does not land.

    Attributes:
        role: Which part of the chain it plays.
        taints: The taints that it does not tolerate.
        awaited: The labels that it waits for and that nobody sets.
    """

    role: str
    taints: tuple[Taint, ...] = ()
    awaited: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Chain:
    """The chain on the GPU nodes of one pool.

    Attributes:
        pool: The pool.
        daemons: The DaemonSets that play a part, with their parts.
    """

    pool: Pool
    daemons: Sequence[tuple[str, PodSpec]]

    @cached_property
    def labels(self) -> Requirements:
        """Return the labels that the nodes will have in the end."""
        requirements = self.pool.node_pool.requirements
        landed: set[str] = set()
        while True:
            known = _with(requirements, self._labels_of(landed))
            more = {part for part, pods in self.daemons if part not in landed and self._lands(pods, known)}
            if not more:
                return known
            landed |= more

    def lands(self, pods: PodSpec) -> bool:
        """Return whether a pod of the DaemonSet lands on the pool's nodes in the end."""
        return self._lands(pods, self.labels)

    def broken_links(self, pods: PodSpec) -> list[Link]:
        """Return why the DaemonSet does not land: its own reason, then those of the DaemonSets it waits for."""
        part = next((part for part, other in self.daemons if other is pods), "")
        link = self._link(part, pods)
        links = [link]
        if link.awaited:
            for giver in (NFD_WORKER, GFD):
                for other_part, other in self.daemons:
                    if other_part == giver != part and not self.lands(other) and _gives(giver, link.awaited):
                        links.append(self._link(other_part, other))
        return links

    def _link(self, part: str, pods: PodSpec) -> Link:
        taints = untolerated(self.pool.taints, pods.workload.tolerations)
        awaited = {
            conflict.incoming.key
            for alternative in pods.workload.alternatives
            for conflict in self.labels.compatible(alternative, allow_undefined=WELL_KNOWN_LABELS)
        }
        return Link(part, tuple(taints), tuple(sorted(awaited)) if not taints else ())

    def _lands(self, pods: PodSpec, known: Requirements) -> bool:
        if untolerated(self.pool.taints, pods.workload.tolerations):
            return False
        return any(
            not known.compatible(alternative, allow_undefined=WELL_KNOWN_LABELS)
            for alternative in pods.workload.alternatives
        )

    def _labels_of(self, landed: Iterable[str]) -> list[Requirement]:
        labels: list[Requirement] = []
        if NFD_WORKER in landed:
            if self.pool.admits(vocabulary.GPU):
                labels += [Requirement.of(key, Operator.IN, "true") for key in _NFD_LABELS]
            if GFD in landed:
                wanted = {
                    key for _, pods in self.daemons for one in pods.workload.alternatives for key in one if _is_gfd(key)
                }
                labels += [Requirement.of(key, Operator.EXISTS) for key in sorted(wanted)]
        return labels


def _gives(giver: str, awaited: Iterable[str]) -> bool:
    return any(
        key.startswith(vocabulary.NODE_FEATURE_PREFIX) if giver == NFD_WORKER else _is_gfd(key) for key in awaited
    )


def _is_gfd(key: str) -> bool:
    return key.startswith(_GFD_PREFIXES) and key not in _NOT_GFD


def _with(requirements: Requirements, labels: Iterable[Requirement]) -> Requirements:
    return Requirements((*requirements.values(), *(one for one in labels if one.key not in requirements)))
