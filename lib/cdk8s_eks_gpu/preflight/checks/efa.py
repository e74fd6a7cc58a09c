"""EFA: does every node on which the plugin lands have a device, and can the pods that use it reach each other?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity
from cdk8s_eks_gpu.provisioning.device_plugins import is_device
from cdk8s_eks_gpu.provisioning.resources import HUGE_PAGES as HUGE_PAGES_PREFIX
from cdk8s_eks_gpu.requirements import Operator, untolerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster, Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload

_NODE_CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/"
_EFA = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html"

PLUGIN_WITHOUT_DEVICE = Rule(
    "efa/plugin-without-device",
    Severity.WARNING,
    "The EFA device plugin lands on nodes that may have been started without an EFA device.",
    (
        "Karpenter attaches EFA only to nodes that it starts for a pod that asks for vpc.amazonaws.com/efa. On any"
        " other node of an EFA-capable type the plugin finds no device, exits, and restarts for ever."
    ),
    "https://github.com/aws/eks-charts/issues/1239",
    (
        "Let the plugin select the nodes of an EFA pool only; or say `networkInterfaces` in the node class"
        " (Karpenter 1.11 and newer), so that every node has EFA."
    ),
)
PLUGIN_SKIPS_TYPE = Rule(
    "efa/plugin-skips-type",
    Severity.WARNING,
    "The EFA device plugin's list of instance types leaves out some that could host the pod.",
    "On such a node nobody registers EFA, and the pod stays pending there.",
    "https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin",
    "Use a newer chart, extend `supportedInstanceLabels.values`, or leave the types out of the pool.",
)
TOO_MANY_INTERFACES = Rule(
    "efa/too-many-interfaces",
    Severity.ERROR,
    "The node class asks for more EFA interfaces than any instance type of the pool has.",
    "Karpenter passes over every type with fewer, so that nothing is left to start.",
    f"{_NODE_CLASSES}#specnetworkinterfaces",
    "Ask for fewer efa-only interfaces, or admit types with more network cards.",
)
SOME_TYPES_LOST = Rule(
    "efa/interfaces-drop-types",
    Severity.WARNING,
    "The node class asks for more EFA interfaces than some of the pool's instance types have.",
    "Karpenter passes over these types without a word, and the pool is smaller than its requirements say.",
    f"{_NODE_CLASSES}#specnetworkinterfaces",
    "Give the smaller types a pool and a node class of their own, or leave them out by a requirement.",
)
CARD_INDEX = Rule(
    "efa/network-card-index",
    Severity.ERROR,
    "The node class names a network card, or a place on one, that no instance type of the pool has.",
    "EC2 refuses to start the node.",
    _EFA,
    "Number the cards from 0 to the number of cards less one.",
)
PUBLIC_IP = Rule(
    "efa/public-ip",
    Severity.ERROR,
    "The nodes shall have a public IP address and several network interfaces.",
    "EC2 gives no public address to an instance that is started with several interfaces, and refuses to start it.",
    f"{_NODE_CLASSES}#specassociatepublicipaddress",
    "Remove `associatePublicIPAddress: true`, and use private subnets with a NAT gateway.",
)
ZONES = Rule(
    "efa/zones",
    Severity.WARNING,
    "Several pods that talk over EFA may be spread over zones.",
    "EFA's traffic does not leave its subnet, let alone its zone: pods in different zones fall back to TCP, or fail.",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-limits",
    "Pin the pool to one zone (topology.kubernetes.io/zone), use a cluster placement group, or give the pods a required"
    " pod affinity with that topology key.",
)
HUGE_PAGES = Rule(
    "efa/huge-pages",
    Severity.ERROR,
    "The pod asks for huge pages, and Karpenter knows of no node that offers any.",
    (
        "The EFA software likes huge pages, and AWS' examples ask for them. Karpenter counts none for any instance"
        " type, even where the AMI sets some aside, so it makes no node for the pod."
    ),
    "https://karpenter.sh/docs/concepts/nodeoverlays/",
    "Remove the request and set FI_EFA_USE_HUGE_PAGE=0; or say the capacity in a NodeOverlay, and set the pages aside"
    " in the node class's `userData`.",
)
OVERLAP = Rule(
    "efa/overlapping-pools",
    Severity.WARNING,
    "A pool whose nodes all have EFA and one whose nodes have none take the same pods.",
    "Pods without EFA fill the dear nodes, and Karpenter chooses between the pools at random.",
    "https://karpenter.sh/docs/concepts/nodepools/",
    "Give the EFA pool a taint of its own, or give one of the two a weight.",
)

RULES = (
    PLUGIN_WITHOUT_DEVICE,
    PLUGIN_SKIPS_TYPE,
    TOO_MANY_INTERFACES,
    SOME_TYPES_LOST,
    CARD_INDEX,
    PUBLIC_IP,
    ZONES,
    HUGE_PAGES,
    OVERLAP,
)

_INTERFACES: Path = ("spec", "networkInterfaces")
_PUBLIC: Path = ("spec", "associatePublicIPAddress")
_REQUIREMENTS: Path = ("spec", "template", "spec", "requirements")
_ZONES = (vocabulary.ZONE, vocabulary.ZONE_ID, vocabulary.CAPACITY_RESERVATION_ID)
_SHOWN = 4
# What says how many pods there are, in Kubernetes' own kinds and in those of MPI, PyTorch, Ray, JobSet and LWS.
_COUNTS = ("replicas", "parallelism", "completions", "size", "numNodes", "minReplicas")


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with EFA on the pools."""
    cluster = context.cluster
    plugins = [workload for plugin, workload in cluster.device_plugins if plugin.device == vocabulary.EFA]
    users = [workload for workload in cluster.workloads if workload.asks_for(vocabulary.EFA)]
    on_pool: dict[str, list[Workload]] = {}
    for workload in users:
        for pool in cluster.hosts(workload.without_huge_pages):
            on_pool.setdefault(pool.name, []).append(workload)
    for plugin in plugins:
        yield from _without_device(cluster, plugin)
        yield from _skipped_types(cluster, plugin, users)
    for pool in cluster.pools:
        yield from _interfaces(pool)
        yield from _public_ip(pool, on_pool.get(pool.name, []))
        yield from _zones(pool, on_pool.get(pool.name, []))
    yield from _overlaps(cluster)
    for workload in cluster.workloads if cluster.pools else ():
        yield from _huge_pages(cluster, workload)


def _huge_pages(cluster: Cluster, workload: Workload) -> Iterator[Finding]:
    pages = [name for name in workload.pod.requests if name.startswith(HUGE_PAGES_PREFIX)]
    if not pages or workload.is_daemon or not any(map(is_device, workload.pod.requests)):
        return
    if not cluster.may_have_host(workload) and cluster.may_have_host(workload.without_huge_pages):
        message = f"{_owner(workload)} asks for {pages[0]}, and Karpenter knows of no node with any."
        yield finding_at(HUGE_PAGES, workload.object, workload.path, message, value=pages[0])


def _owner(workload: Workload) -> str:
    return f"{workload.kind} {workload.object.name}"


def _without_device(cluster: Cluster, plugin: Workload) -> Iterator[Finding]:
    pools = []
    for pool in cluster.pools:
        has_own_taint = any("efa" in taint.key for taint in pool.spec.taints)
        if pool.not_evaluated or pool.node_class.efa_interfaces or has_own_taint:
            continue
        landing = tuple(each for each in cluster.hosting(pool, plugin).types if each.count(vocabulary.EFA))
        if landing:
            pools.append(f"{pool.name} (such as {_some(landing)})")
    if pools:
        message = (
            f"DaemonSet {plugin.name} lands on every EFA-capable node of pool {'; '.join(pools)}. A node that was not"
            " started for an EFA pod has no EFA device, and the plugin crash-loops there."
        )
        yield finding_at(PLUGIN_WITHOUT_DEVICE, plugin.object, (*plugin.path, "tolerations"), message)


def _skipped_types(cluster: Cluster, plugin: Workload, users: list[Workload]) -> Iterator[Finding]:
    skipped: dict[str, InstanceType] = {}
    for workload in users:
        for pool in cluster.hosts(workload.without_huge_pages):
            if untolerated(pool.spec.taints, plugin.pod.tolerations):
                continue  # scheduling/no-efa-registered reports it
            types = pool.instance_types.node_class_types
            selected = 0
            for term in plugin.pod.terms:
                selected |= types.admitted(term)
            hosting = cluster.hosting(pool, workload.without_huge_pages)
            skipped.update({each.name: each for each in types.catalogue.of_set(hosting.type_set & ~selected)})
    if skipped:
        some = _some(tuple(skipped[name] for name in sorted(skipped)))
        message = f"DaemonSet {plugin.name} does not select {some}, which could host EFA pods."
        yield finding_at(PLUGIN_SKIPS_TYPE, plugin.object, (*plugin.path, "affinity"), message)


def _some(types: tuple[InstanceType, ...]) -> str:
    names = ", ".join(each.name for each in types[:_SHOWN])
    return names if len(types) <= _SHOWN else f"{names} and {len(types) - _SHOWN} more"


def _interfaces(pool: Pool) -> Iterator[Finding]:
    manifest, types = pool.node_class_manifest, pool.instance_types
    if manifest is None or pool.not_evaluated or not types.required:
        return
    lost = types.required & types.node_class_types.incompatible.get("networkInterfaces", 0)
    required = types.catalogue.of_set(types.required)
    asked = pool.node_class.efa_interfaces or 0
    most = max(each.count(vocabulary.EFA) for each in required)
    misplaced = _misplaced(pool, manifest, required)
    if misplaced is not None:
        yield misplaced
    elif lost and lost == types.required:
        message = f"{asked} EFA interfaces are asked for; the instance types of pool {pool.name} have {most} at most."
        yield finding_at(TOO_MANY_INTERFACES, manifest, _INTERFACES, message, value=asked)
    elif lost:
        some = _some(types.catalogue.of_set(lost))
        message = f"Pool {pool.name} loses {some}, which do not have the interfaces that the node class asks for."
        yield finding_at(SOME_TYPES_LOST, manifest, _INTERFACES, message, value=asked)


def _misplaced(pool: Pool, manifest: KubernetesObject, types: tuple[InstanceType, ...]) -> Finding | None:
    """Return the finding that an interface is at a place that no instance type of the pool has."""
    known = [each.interfaces_per_card for each in types if each.interfaces_per_card]
    if len(known) < len(types):
        return None
    for index, interface in enumerate(pool.node_class.network_interfaces or ()):
        card, device = interface.card, interface.device
        cards = max(map(len, known))
        if card >= cards:
            message = (
                f"The instance types of pool {pool.name} have {cards} network cards at most; there is no card {card}."
            )
            return finding_at(CARD_INDEX, manifest, (*_INTERFACES, index, "networkCardIndex"), message, value=card)
        most = max(on_cards[card] for on_cards in known if card < len(on_cards))
        if device >= most:
            message = (
                f"Card {card} of pool {pool.name}'s instance types has {most} interfaces at most; there is no {device}."
            )
            return finding_at(CARD_INDEX, manifest, (*_INTERFACES, index, "deviceIndex"), message, value=device)
    return None


def _public_ip(pool: Pool, users: list[Workload]) -> Iterator[Finding]:
    manifest = pool.node_class_manifest
    if manifest is None or manifest.cursor.at(*_PUBLIC).value is not True:
        return
    several = [workload for workload in users if workload.pod.requests[vocabulary.EFA] > 1]
    if len(pool.node_class.network_interfaces or ()) > 1:
        message = "A public IP address is asked for, and several network interfaces are."
    elif several and pool.node_class.efa_interfaces is None:
        message = (
            f"A public IP address is asked for, and {_owner(several[0])} asks for several EFA interfaces on pool"
            f" {pool.name}."
        )
    else:
        return
    yield finding_at(PUBLIC_IP, manifest, _PUBLIC, message, value=True)


def _zones(pool: Pool, users: list[Workload]) -> Iterator[Finding]:
    if any(len(each.values) == 1 and each.operator is Operator.IN for each in map(pool.requirement, _ZONES)):
        return
    manifest = pool.node_class_manifest
    if manifest is not None:
        subnets = list(manifest.cursor.at("spec", "subnetSelectorTerms").objects())
        one_subnet = len(subnets) == 1 and bool(subnets[0]["id"])
        if one_subnet or manifest.cursor.at("spec", "placementGroupSelector"):
            return
    spread = next((each for each in users if _pod_count(each) > 1 and not _keeps_together(each)), None)
    if spread is not None:
        message = (
            f"{_owner(spread)} has several pods with EFA, and pool {pool.name} may start their nodes in different"
            " zones."
        )
        yield finding_at(ZONES, pool.manifest, _REQUIREMENTS, message)


def _pod_count(workload: Workload) -> int:
    """Return how many pods there are, as far as the object says."""
    around = [workload.object.cursor.at(*workload.path[:depth]) for depth in range(1, len(workload.path))]
    counts = [each[key].integer() for each in around for key in _COUNTS]
    return max((count for count in counts if count is not None), default=1)


def _keeps_together(workload: Workload) -> bool:
    """Return whether the pods themselves ask for one zone: by a selector, or by a required affinity to each other."""
    if any(len(term.allowed(zone).values) == 1 for term in workload.pod.terms for zone in _ZONES if zone in term):
        return True
    between = workload.spec.at("affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    return any(term["topologyKey"].text() in {*_ZONES, vocabulary.HOSTNAME} for term in between.objects())


def _overlaps(cluster: Cluster) -> Iterator[Finding]:
    by_taints: dict[frozenset[object], list[Pool]] = {}
    for pool in cluster.pools:
        if pool.with_device(vocabulary.EFA):
            by_taints.setdefault(frozenset(pool.spec.taints), []).append(pool)
    for pools in by_taints.values():
        with_efa = [pool for pool in pools if pool.node_class.efa_interfaces]
        without = [pool for pool in pools if not pool.node_class.efa_interfaces and pool.node_class_manifest]
        for pool in with_efa:
            other = next((other for other in without if _overlap(pool, other)), None)
            if other is not None:
                message = (
                    f"Every node of pool {pool.name} has EFA, none of pool {other.name}, and both take the same pods."
                )
                yield finding_at(OVERLAP, pool.manifest, ("spec", "template", "spec", "taints"), message)


def _overlap(pool: Pool, other: Pool) -> bool:
    """Return whether Karpenter has nothing to tell the pools apart by: no weight, no requirement."""
    if pool.spec.weight != other.spec.weight:
        return False
    nameless, others = pool.instance_types.pool.requirements, other.instance_types.pool.requirements
    return not [each for each in nameless.intersects(others) if not each.incoming.key.endswith("/ec2nodeclass")]
