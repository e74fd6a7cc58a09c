"""EFA: does every node on which the plugin lands have a device, and can the pods that use it reach each other?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.preflight.rules import efa as rules
from cdk8s_eks_gpu.provisioning.chain import EFA_PLUGIN, Chain, role
from cdk8s_eks_gpu.provisioning.fleet import ACCELERATORS, HUGE_PAGES
from cdk8s_eks_gpu.requirements import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path
    from cdk8s_eks_gpu.provisioning.fleet import Pool
    from cdk8s_eks_gpu.provisioning.pod_specs import PodSpec
    from cdk8s_eks_gpu.provisioning.world import World

_INTERFACES: Path = ("spec", "networkInterfaces")
_PUBLIC: Path = ("spec", "associatePublicIPAddress")
_REQUIREMENTS: Path = ("spec", "template", "spec", "requirements")
_ZONES = (vocabulary.ZONE, vocabulary.ZONE_ID, vocabulary.CAPACITY_RESERVATION_ID)
_SHOWN = 4
# What says how many pods there are, in Kubernetes' own kinds and in those of MPI, PyTorch, Ray, JobSet and LWS.
_COUNTS = ("replicas", "parallelism", "completions", "size", "numNodes", "minReplicas")


def check(world: World) -> Iterator[Finding]:
    """Yield what is wrong with EFA on the pools."""
    plugins = [pods for pods in world.pods if pods.owner.kind == "DaemonSet" and role(pods) == EFA_PLUGIN]
    users = [pods for pods in world.pods if pods.asks_for(vocabulary.EFA)]
    on_pool: dict[str, list[PodSpec]] = {}
    for pods in users:
        for pool in world.fleet.hosts(pods):
            on_pool.setdefault(pool.name, []).append(pods)
    for plugin in plugins:
        yield from _without_device(world, plugin)
        yield from _skipped_types(world, plugin, users)
    for pool in world.fleet.pools:
        yield from _interfaces(pool)
        yield from _public_ip(pool, on_pool.get(pool.name, []))
        yield from _zones(pool, on_pool.get(pool.name, []))
    yield from _overlaps(world)
    if world.fleet.pools:
        yield from _huge_pages(world)


def _huge_pages(world: World) -> Iterator[Finding]:
    for pods in world.pods:
        pages = [name for name in pods.workload.requests if name.startswith(HUGE_PAGES) and name not in world.overlaid]
        if pages and pods.asks_for(*ACCELERATORS):
            message = (
                f"{pods.owner.kind} {pods.owner.name} asks for {pages[0]}, and Karpenter knows of no node with any."
            )
            yield finding_at(rules.HUGE_PAGES, pods.owner, pods.path, message, value=pages[0])


def _without_device(world: World, plugin: PodSpec) -> Iterator[Finding]:
    pools = []
    for pool in world.fleet.pools:
        has_own_taint = any("efa" in taint.key for taint in pool.taints)
        served = _served(plugin, pool.admits(vocabulary.EFA))
        if served and not pool.node_class.efa_interfaces and not has_own_taint and Chain(pool, ()).lands(plugin):
            pools.append(f"{pool.name} (such as {_some(served)})")
    if pools:
        name = plugin.owner.name
        message = (
            f"DaemonSet {name} lands on every EFA-capable node of pool {'; '.join(pools)}. A node that was not started"
            " for an EFA pod has no EFA device, and the plugin crash-loops there."
        )
        yield finding_at(rules.PLUGIN_WITHOUT_DEVICE, plugin.owner, (*plugin.path, "tolerations"), message, value=None)


def _skipped_types(world: World, plugin: PodSpec, users: list[PodSpec]) -> Iterator[Finding]:
    skipped: dict[str, InstanceType] = {}
    for pods in users:
        for pool in world.fleet.hosts(pods):
            types = world.fleet.hosting(pool, pods).types
            served = set(_served(plugin, types))
            skipped.update({one.name: one for one in types if one not in served})
    if skipped:
        types = tuple(skipped[name] for name in sorted(skipped))
        message = f"DaemonSet {plugin.owner.name} does not select {_some(types)}, which could host EFA pods."
        yield finding_at(rules.PLUGIN_SKIPS_TYPE, plugin.owner, (*plugin.path, "affinity"), message)


def _served(plugin: PodSpec, types: tuple[InstanceType, ...]) -> tuple[InstanceType, ...]:
    """Return the types that the plugin's node affinity selects."""
    return tuple(
        one
        for one in types
        if any(not one.requirements.intersects(alternative) for alternative in plugin.workload.alternatives)
    )


def _some(types: tuple[InstanceType, ...]) -> str:
    names = ", ".join(one.name for one in types[:_SHOWN])
    return names if len(types) <= _SHOWN else f"{names} and {len(types) - _SHOWN} more"


def _interfaces(pool: Pool) -> Iterator[Finding]:
    manifest, wanted = pool.node_class_manifest, pool.node_class.efa_interfaces
    if manifest is None or not wanted:
        return
    admitted = pool.required_types
    lost = tuple(one for one in admitted if not pool.node_class.supports(one))
    if admitted and len(lost) == len(admitted):
        most = max(one.count(vocabulary.EFA) for one in admitted)
        message = f"{wanted} EFA interfaces are asked for; the machines of pool {pool.name} have {most} at most."
        yield finding_at(rules.TOO_MANY_INTERFACES, manifest, _INTERFACES, message, value=wanted)
    elif lost:
        message = f"Pool {pool.name} loses {_some(lost)}, which have fewer than {wanted} EFA interfaces."
        yield finding_at(rules.SOME_TYPES_LOST, manifest, _INTERFACES, message, value=wanted)
    yield from _card_indexes(pool, manifest)


def _card_indexes(pool: Pool, manifest: KubernetesObject) -> Iterator[Finding]:
    cards = max((one.network_cards or 0 for one in pool.types), default=0)
    for index, interface in enumerate(_dicts(manifest.get(*_INTERFACES))):
        card = interface.get("networkCardIndex")
        if cards and isinstance(card, int) and card >= cards:
            message = f"The machines of pool {pool.name} have {cards} network cards at most; there is no card {card}."
            yield finding_at(rules.CARD_INDEX, manifest, (*_INTERFACES, index, "networkCardIndex"), message, value=card)


def _public_ip(pool: Pool, users: list[PodSpec]) -> Iterator[Finding]:
    manifest = pool.node_class_manifest
    if manifest is None or manifest.get(*_PUBLIC) is not True:
        return
    several = [pods for pods in users if pods.workload.requests[vocabulary.EFA] > 1]
    if len(_dicts(manifest.get(*_INTERFACES))) > 1:
        message = "A public IP address is asked for, and several network interfaces are."
    elif several and pool.node_class.efa_interfaces is None:
        who = f"{several[0].owner.kind} {several[0].owner.name}"
        message = f"A public IP address is asked for, and {who} asks for several EFA interfaces on pool {pool.name}."
    else:
        return
    yield finding_at(rules.PUBLIC_IP, manifest, _PUBLIC, message, value=True)


def _zones(pool: Pool, users: list[PodSpec]) -> Iterator[Finding]:
    if any(len(one.values) == 1 and one.operator is Operator.IN for one in map(pool.requirement, _ZONES)):
        return
    manifest = pool.node_class_manifest
    if manifest is not None:
        subnets = _dicts(manifest.get("spec", "subnetSelectorTerms"))
        one_subnet = len(subnets) == 1 and "id" in subnets[0]
        if one_subnet or isinstance(manifest.get("spec", "placementGroupSelector"), dict):
            return
    spread = next((pods for pods in users if _pod_count(pods) > 1 and not _keeps_together(pods)), None)
    if spread is not None:
        message = (
            f"{spread.owner.kind} {spread.owner.name} has several pods with EFA, and pool {pool.name} may start their"
            " nodes in different zones."
        )
        yield finding_at(rules.ZONES, pool.manifest, _REQUIREMENTS, message)


def _pod_count(pods: PodSpec) -> int:
    """Return how many pods there are, as far as the object says."""
    counts = [1]
    for depth in range(1, len(pods.path)):
        around = pods.owner.get(*pods.path[:depth])
        if isinstance(around, dict):
            counts += [around[key] for key in _COUNTS if type(around.get(key)) is int]
    return max(counts)


def _keeps_together(pods: PodSpec) -> bool:
    """Return whether the pods themselves ask for one zone: by a selector, or by a required affinity to each other."""
    if any(len(one.allowed(zone).values) == 1 for one in pods.workload.alternatives for zone in _ZONES if zone in one):
        return True
    affinity = pods.spec.get("affinity")
    between = affinity.get("podAffinity") if isinstance(affinity, dict) else None
    terms = between.get("requiredDuringSchedulingIgnoredDuringExecution") if isinstance(between, dict) else None
    return any(term.get("topologyKey") in {*_ZONES, vocabulary.HOSTNAME} for term in _dicts(terms))


def _overlaps(world: World) -> Iterator[Finding]:
    by_taints: dict[frozenset[Any], list[Pool]] = {}
    for pool in world.fleet.pools:
        if pool.admits(vocabulary.EFA):
            by_taints.setdefault(frozenset(pool.taints), []).append(pool)
    for pools in by_taints.values():
        with_efa = [pool for pool in pools if pool.node_class.efa_interfaces]
        without = [pool for pool in pools if not pool.node_class.efa_interfaces and pool.node_class_manifest]
        for pool in with_efa:
            other = next((other for other in without if _overlap(pool, other)), None)
            if other is not None:
                message = (
                    f"Every node of pool {pool.name} has EFA, none of pool {other.name}, and both take the same pods."
                )
                yield finding_at(rules.OVERLAP, pool.manifest, ("spec", "template", "spec", "taints"), message)


def _overlap(pool: Pool, other: Pool) -> bool:
    """Return whether Karpenter has nothing to tell the pools apart by: no weight, no requirement."""
    if pool.manifest.get("spec", "weight") != other.manifest.get("spec", "weight"):
        return False
    nameless, others = pool.over_types.pool.requirements, other.over_types.pool.requirements
    return not [one for one in nameless.intersects(others) if not one.incoming.key.endswith("/ec2nodeclass")]


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
