"""Nodes as we predict them, with what is predicted of the pods there: like `predictions`, this asks the library."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.provisioning.node_class import WINDOWS_BUILDS
from cdk8s_eks_gpu.provisioning.reasons import (
    HostPortTaken,
    InsufficientResource,
    MinValuesNotMet,
    NoOffering,
    ResourceClaims,
    RestrictedLabel,
    TaintNotTolerated,
)
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, Requirement
from cdk8s_eks_gpu.requirements.labels import NORMALIZED_LABELS
from cdk8s_eks_gpu.requirements.resources import HUGE_PAGES, MEMORY
from rehearsal import predictions
from rehearsal.aws.network import REGION, ZONES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.fit import Fit
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.reasons import Reason
    from cdk8s_eks_gpu.provisioning.workload import Workload
    from cdk8s_eks_gpu.requirements import Requirements
    from rehearsal.api import Manifest

TAINT, SELECTOR, PORTS, INSUFFICIENT = "taint", "selector", "ports", "insufficient "
OF_KARPENTER_ALONE = (NoOffering, MinValuesNotMet, RestrictedLabel, ResourceClaims)
"""Reasons that keep Karpenter from making a node, and not the kube-scheduler from using the nodes that there are."""
NOT_WANTED = "not wanted"
"""What is said of a DaemonSet whose pod is not even made for the node."""

Address = tuple[str, str, str]
"""Kind, namespace and name of an object."""


@dataclass(frozen=True)
class Question:
    """A node that Karpenter would make, and what we say of the workloads there.

    Attributes:
        pool: The NodePool.
        instance_type: The instance type.
        node: The node as it joins: without what the DaemonSets of the manifests put on it.
        labels: The labels that a DaemonSet puts on the node, by the DaemonSet (`DaemonSet/name`).
        devices: The resources that a DaemonSet registers there, likewise.
        start: For each workload why it does not run on the node as it joins; nothing where it does.
        end: The same once all that lands there has done its work.
    """

    pool: str
    instance_type: str
    node: Manifest
    labels: dict[str, dict[str, str]]
    devices: dict[str, dict[str, str]]
    start: dict[str, list[str]]
    end: dict[str, list[str]]


def nodes_of(cases: Mapping[str, Sequence[Manifest]]) -> dict[str, Nodes]:
    """Return the nodes of each case; all cases are in one cluster, where they do not concern each other."""
    read = {name: predictions.objects(manifests) for name, manifests in cases.items()}
    cluster = Cluster({_address(each): each for own in read.values() for each in own}.values(), on_eks=False)
    return {name: Nodes(cluster, {_address(each) for each in own}) for name, own in read.items()}


class Nodes:
    """The nodes that the pools of a case would have."""

    def __init__(self, cluster: Cluster, own: set[Address]) -> None:
        """Take the cluster, and the addresses in it of what the case has."""
        self._cluster = cluster
        self._pools = {pool.name: pool for pool in cluster.pools if _address(pool.manifest) in own}
        workloads = [each for each in cluster.workloads if _address(each.object) in own]
        self._daemon_sets = [each for each in workloads if each.is_daemon]
        self._pods = [each for each in workloads if each.kind == "Pod"]
        self._device_plugins = [pair for pair in cluster.device_plugins if pair[1] in self._daemon_sets]

    def candidates(self) -> Iterator[tuple[str, str]]:
        """Yield pools with instance types: of each pool and pod one that hosts it, and one for each reason why not."""
        for pool in self._pools.values():
            chosen = set()
            for pod in self._pods:
                fit = self._cluster.fit(pool, pod)
                sets = [fit.types, *map(pool.instance_types.catalogue.of_set, self._kept_waiting(pod, fit))]
                chosen |= {types[len(types) // 2].name for types in sets if types}
            yield from ((pool.name, name) for name in sorted(chosen))

    @staticmethod
    def _kept_waiting(workload: Workload, fit: Fit) -> Iterator[int]:
        """Yield the sets of types on whose nodes the kube-scheduler would not place the pod either.

        It does not require what a pod prefers, as Karpenter does at first.
        """
        if fit.type_set and (workload.pod.preferences or len(workload.pod.terms) > 1):
            return
        for types, reasons in fit.rejections:
            if not any(isinstance(reason, OF_KARPENTER_ALONE) for reason in reasons):
                yield types

    def question(self, pool_name: str, type_name: str) -> Question:
        """Return what is to be asked of a type of a pool.

        Raises:
            KeyError: There is no such pool, or no such type.
        """
        pool = self._pools[pool_name]
        instance_type = pool.instance_types.catalogue[type_name]
        labels, devices = self._effects(instance_type)
        amounts = self._allocatable(pool, instance_type)
        registered = {name for resources in devices.values() for name in resources}
        joins = {name: amount for name, amount in amounts.items() if name not in registered}
        start, end = {}, {}
        for workload in (*self._daemon_sets, *self._pods):
            fit = self._cluster.fit(pool, workload)
            reasons = () if instance_type in fit.types else fit.rejected[type_name]
            start[str(workload)] = end[str(workload)] = in_words(reasons, is_daemon=workload.is_daemon)
            missing = registered & {name for name, amount in workload.pod.requests.items() if amount}
            if not end[str(workload)] or end[str(workload)][0].startswith(INSUFFICIENT):
                lacking = {INSUFFICIENT + name for name in missing}
                start[str(workload)] = sorted(lacking | {*end[str(workload)]})
            if not reasons and fit.awaited_labels:
                start[str(workload)] = [NOT_WANTED]
        manifest = _manifest(self._labels(pool, instance_type), pool, joins)
        return Question(pool_name, type_name, manifest, labels, devices, start, end)

    def _effects(self, instance_type: InstanceType) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
        """Return what the DaemonSets put on a node of the type, if they land there: labels and devices."""
        labels, devices = {}, {}
        for plugin, workload in self._device_plugins:
            if plugin.device and not instance_type.count(plugin.device):
                continue
            labels[str(workload)] = {name: "true" for name in plugin.sets_labels if not name.endswith(".")}
            counted = {name: instance_type.allocatable.get(name, Decimal()) for name in plugin.registers}
            devices[str(workload)] = {name: _text(amount) for name, amount in counted.items() if amount}
        return labels, devices

    @staticmethod
    def _allocatable(pool: Pool, instance_type: InstanceType) -> dict[str, str]:
        overlaid = pool.instance_types.overlaid
        position = list(overlaid.types.catalogue).index(instance_type.name)
        added = {name: amount for types, name, amount in overlaid.overlays if types >> position & 1}
        amounts = {**overlaid.types.allocatable(instance_type), **added}
        amounts[MEMORY] -= sum(amount for name, amount in added.items() if name.startswith(HUGE_PAGES))
        return {name: _text(amount) for name, amount in amounts.items() if amount > 0}

    def _labels(self, pool: Pool, instance_type: InstanceType) -> dict[str, str]:
        """Return the labels of a node that is made for the pod, if there is one and the pool allows what it asks."""
        allowed = pool.spec.requirements
        asked = next((_asked(self._cluster, pool, pod) for pod in self._pods), None)

        def requirement(key: str) -> Requirement:
            own = allowed.allowed(key)
            wanted = asked.allowed(key) if asked is not None else own
            return own & wanted if own.intersects(wanted) else own

        capacity = ("on-demand", "reserved") if instance_type.spot is False else ("spot", "on-demand", "reserved")
        zone = _first(requirement(vocabulary.ZONE), tuple(ZONES))
        custom = {key: _any(requirement(key)) for key in allowed if key not in WELL_KNOWN_LABELS}
        windows = "windows" if instance_type.architecture == "amd64" else ""
        system = windows if pool.node_class.is_windows else "linux"
        build = WINDOWS_BUILDS.get(pool.node_class.ami_family)
        labels = {
            **{key: value for key, value in instance_type.labels.items() if key != vocabulary.OS},
            **({vocabulary.WINDOWS_BUILD: build} if build else {}),
            **{key: value for key, value in custom.items() if value},
            vocabulary.NODE_POOL: pool.name,
            **({vocabulary.OS: system} if system else {}),
            vocabulary.CAPACITY_TYPE: _first(requirement(vocabulary.CAPACITY_TYPE), capacity),
            vocabulary.INSTANCE_TENANCY: _first(requirement(vocabulary.INSTANCE_TENANCY), ("default", "dedicated")),
            vocabulary.REGION: REGION,
            vocabulary.ZONE: zone,
            vocabulary.ZONE_ID: ZONES[zone],
        }
        # kubelet and AWS's cloud provider still put labels on every node by their former names too.
        return labels | {alias: labels[key] for alias, key in NORMALIZED_LABELS.items() if key in labels}


def _address(each: KubernetesObject) -> Address:
    return each.kind, each.namespace, each.name


def in_words(reasons: Iterable[Reason], *, is_daemon: bool) -> list[str]:
    """Return why a pod does not run on a node, in as few words as the kube-scheduler's reasons come to."""
    words = set()
    for reason in reasons:
        if isinstance(reason, InsufficientResource):
            words.add(INSUFFICIENT + reason.resource)
        elif isinstance(reason, HostPortTaken):
            words.add(PORTS)
        else:
            taint = isinstance(reason, TaintNotTolerated)
            words.add(NOT_WANTED if is_daemon else TAINT if taint else SELECTOR)
    return sorted(words)


def _asked(cluster: Cluster, pool: Pool, workload: Workload) -> Requirements:
    fit, pod = cluster.fit(pool, workload), workload.pod
    return (pod.attempts[fit.attempt] if fit.type_set else pod.required[0]).requirements


def _first(requirement: Requirement, values: tuple[str, ...]) -> str:
    return next((value for value in values if value in requirement), values[0])


def _any(requirement: Requirement) -> str:
    """Return a value for a label of a pool, as Karpenter makes it up where none is named; empty for none."""
    if not requirement.complement:
        return min(requirement.values, default="")
    lowest = requirement.gte if requirement.gte is not None else 0
    return next(str(number) for number in range(lowest, lowest + 100) if str(number) in requirement)


def _text(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _manifest(labels: dict[str, str], pool: Pool, allocatable: dict[str, str]) -> Manifest:
    taints: list[dict[str, Any]] = [
        {"key": taint.key, "effect": taint.effect, **({"value": taint.value} if taint.value else {})}
        for taint in pool.spec.taints
    ]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"labels": labels},
        "spec": {"taints": taints},
        "status": {"capacity": allocatable, "allocatable": allocatable},
    }
