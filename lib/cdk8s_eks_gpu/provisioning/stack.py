"""Pools, node classes and workloads, read from manifests."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.manifests.field import Field
from cdk8s_eks_gpu.provisioning.node_class import NodeClass, read_node_class
from cdk8s_eks_gpu.provisioning.node_pool import NodePool, read_node_pool
from cdk8s_eks_gpu.provisioning.workload import Workload, read_workloads

if TYPE_CHECKING:
    from collections.abc import Iterable

POOL_GROUP = "karpenter.sh/"


@dataclass(frozen=True)
class Stack:
    """What a cluster's manifests say about nodes and pods.

    Attributes:
        pools: The NodePools, in the order of the manifests.
        node_classes: The EC2NodeClasses.
        workloads: All that makes pods, in the order of the manifests.
    """

    pools: tuple[NodePool, ...]
    node_classes: tuple[NodeClass, ...]
    workloads: tuple[Workload, ...]

    def node_class(self, pool: NodePool) -> NodeClass:
        """Return the pool's node class; one that changes nothing where the manifests do not have it."""
        return next((one for one in self.node_classes if one.name == pool.node_class), NodeClass(pool.node_class))

    def workload_names(self) -> tuple[str, ...]:
        """Return what to call each workload: KIND/NAME, with the namespace between them where two share that."""
        shared = Counter(map(str, self.workloads))
        return tuple(
            str(one) if shared[str(one)] == 1 else f"{one.kind}/{one.namespace or 'default'}/{one.name}"
            for one in self.workloads
        )


def read_stack(manifests: Iterable[Any], source: str) -> Stack:
    """Return the stack of Kubernetes manifests, given as plain data; lists of them are opened.

    Raises:
        ConfigError: Something in them cannot be. Every problem is in it, with kind, name and path; `source` names the
            file or folder.
    """
    pools: list[NodePool] = []
    node_classes: list[NodeClass] = []
    workloads: list[Workload] = []
    problems: list[Problem] = []
    for manifest in _opened(manifests):
        if not isinstance(manifest, dict):
            problems.append(Problem("", f"{manifest!r} is no Kubernetes manifest"))
            continue
        own: list[Problem] = []
        field = Field(manifest, "", own)
        group, kind = field["apiVersion"].text(), field["kind"].text()
        if kind == "NodePool" and group.startswith(POOL_GROUP):
            pools.append(read_node_pool(field))
        elif kind == vocabulary.NODE_CLASS_KIND and group.startswith(vocabulary.NODE_CLASS_GROUP):
            node_classes.append(read_node_class(field))
        else:
            workloads += read_workloads(field)
        name = field["metadata"]["name"].value
        problems += [Problem(f"{kind}/{name}: {problem.path}", problem.message) for problem in own]
    problems += _twice(f"NodePool/{pool.name}" for pool in pools)
    problems += _twice(f"{one.kind}/{one.namespace or 'default'}/{one.name}" for one in workloads)
    if problems:
        raise ConfigError(source, problems)
    return Stack(tuple(pools), tuple(node_classes), tuple(workloads))


def _twice(names: Iterable[str]) -> list[Problem]:
    counts = Counter(names)
    return [Problem(name, "is there twice: keep one of them") for name, count in counts.items() if count > 1]


def _opened(manifests: Iterable[Any]) -> Iterable[Any]:
    for manifest in manifests:
        if isinstance(manifest, dict) and isinstance(manifest.get("items"), list):
            yield from _opened(manifest["items"])
        else:
            yield manifest
