"""The network interfaces of a node class: do the pool's instance types have them, and are they all of its EFA?"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.findings.scope import counted
from cdk8s_eks_gpu.instances import InstanceType, efa_layouts
from cdk8s_eks_gpu.preflight.checks.names import owner, some_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.manifests import KubernetesObject, Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload


_NODE_CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/"
_EFA = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html"
_LAYOUTS = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html"

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
    "Karpenter silently skips these types, and the pool is smaller than its requirements say.",
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
    "The nodes are given a public IP address and several network interfaces.",
    "EC2 gives no public address to an instance that is started with several interfaces, and refuses to start it.",
    f"{_NODE_CLASSES}#specassociatepublicipaddress",
    "Remove `associatePublicIPAddress: true`, and use private subnets with a NAT gateway.",
)

PARTIAL = Rule(
    "efa/partial",
    Severity.WARNING,
    "The node class attaches only some of the EFA interfaces that an instance type of the pool has.",
    (
        "Each interface carries its share of the node's bandwidth between nodes: with 1 of 32 a p5.48xlarge has a"
        " thirty-second of what is paid for, and every node is whole and healthy."
    ),
    _LAYOUTS,
    "Attach all of them, as `eks-gpu interfaces TYPE` prints them, or say `efa: ip-optimized` on the pool of a"
    " cluster.yaml; types with other numbers of EFA need a pool and a node class of their own.",
)
CARD_WITHOUT_EFA = Rule(
    "efa/card-without-efa",
    Severity.ERROR,
    "An EFA interface is at a network card that carries no EFA on any instance type of the pool.",
    (
        "EC2 refuses to start the node. Karpenter compares the number of interfaces and their places with the type, and"
        " does not know which cards carry EFA; without `networkInterfaces` it takes the cards from 0 on itself."
    ),
    _LAYOUTS,
    "Write `networkInterfaces` as `eks-gpu interfaces TYPE` prints them: on p6-b300.48xlarge card 0 is for IP only.",
)
CARD_WITHOUT_EFA_ON_SOME = Rule(
    "efa/card-without-efa-on-some-types",
    Severity.WARNING,
    "An EFA interface is at a network card that carries no EFA on some instance types of the pool.",
    "EC2 refuses to start a node of those types, and Karpenter, which does not know why, goes on trying.",
    _LAYOUTS,
    "Give these types a pool and a node class of their own, with the interfaces that `eks-gpu interfaces TYPE` prints.",
)

_INTERFACES: Path = ("spec", "networkInterfaces")
_PUBLIC: Path = ("spec", "associatePublicIPAddress")


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the interfaces that node classes ask for."""
    for pool in context.cluster.pools:
        users = context.efa_workloads_on(pool)
        found = (
            *_interfaces(pool),
            *_cards(pool),
            *_on_request_cards(context.cluster, pool, users),
            *_partial(pool),
            *_public_ip(pool, users),
        )
        yield from (replace(finding, pools=(pool.name,)) for finding in found)


def _interfaces(pool: Pool) -> Iterator[Finding]:
    manifest, types = pool.node_class_manifest, pool.instance_types
    if manifest is None or pool.not_evaluated or not types.required:
        return
    lost = types.required & types.node_class_types.incompatible.get("networkInterfaces", 0)
    required = types.catalogue.of_set(types.required)
    asked = pool.node_class.efa_interfaces or 0
    most = max(each.count(vocabulary.EFA) for each in required)
    # Types that are newer than the facts may have the cards that the known ones lack.
    misplaced = _misplaced(pool, manifest, required) if pool.is_known else None
    if misplaced is not None:
        yield misplaced
    elif lost and lost == types.required and pool.is_known:
        message = (
            f"The node class asks for {counted(asked, 'EFA interface')};"
            f" the instance types of pool {pool.name} have {most} at most."
        )
        yield finding_at(TOO_MANY_INTERFACES, manifest, _INTERFACES, message, value=asked)
    elif lost:
        some = some_types(types.catalogue.of_set(lost))
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
            have = f"have at most {counted(cards, 'network card')}"
            message = f"The instance types of pool {pool.name} {have}; there is no card {card}."
            return finding_at(CARD_INDEX, manifest, (*_INTERFACES, index, "networkCardIndex"), message, value=card)
        most = max(on_cards[card] for on_cards in known if card < len(on_cards))
        if device >= most:
            has = f"has at most {counted(most, 'interface')}"
            message = f"Card {card} of pool {pool.name}'s instance types {has}; there is no device {device}."
            return finding_at(CARD_INDEX, manifest, (*_INTERFACES, index, "deviceIndex"), message, value=device)
    return None


def _cards(pool: Pool) -> Iterator[Finding]:
    """Yield the first EFA interface at a card that carries none."""
    manifest = pool.node_class_manifest
    if manifest is None or pool.not_evaluated:
        return
    for index, interface in enumerate(pool.node_class.network_interfaces or ()):
        without = [each for each in pool.types if interface.efa_only and _carries_no_efa(each, interface.card)]
        if without:
            message = f"Network card {interface.card} of {some_types(without)} carries no EFA."
            path = (*_INTERFACES, index, "networkCardIndex")
            on_all = len(without) == len(pool.types) and pool.is_known
            rule = CARD_WITHOUT_EFA if on_all else CARD_WITHOUT_EFA_ON_SOME
            yield finding_at(rule, manifest, path, message, value=interface.card)
            return


def _on_request_cards(cluster: Cluster, pool: Pool, users: Sequence[Workload]) -> Iterator[Finding]:
    """Yield that Karpenter would attach EFA to a card that carries none: it numbers them from 0.

    Where other types can host the pod too, it takes those before long: nothing is said.
    Source: `generateNetworkInterfaces` in `pkg/providers/launchtemplate` of aws/karpenter-provider-aws v1.14.1.
    """
    manifest = pool.node_class_manifest
    if manifest is None or pool.node_class.network_interfaces is not None or not pool.is_known:
        return
    for workload in users:
        hosts = cluster.fit(pool, workload.without_huge_pages).types
        if all(map(_misses_from_card_0, hosts)):
            message = (
                f"{owner(workload)} asks for EFA, and Karpenter attaches it to the network cards from 0 on, of which"
                f" not all carry EFA on {some_types(hosts)}, in pool {pool.name}."
            )
            yield finding_at(CARD_WITHOUT_EFA, manifest, ("spec",), message)
            return


@cache
def _misses_from_card_0(instance_type: InstanceType) -> bool:
    """Return whether not all of as many cards, from 0 on, carry EFA as the type has EFA."""
    return any(_carries_no_efa(instance_type, card) for card in range(instance_type.count(vocabulary.EFA)))


def _carries_no_efa(instance_type: InstanceType, card: int) -> bool:
    """Return whether the type is known to have such a card, and to have its EFA on others."""
    layouts = efa_layouts(instance_type.name)
    return bool(layouts.efa_cards) and card < (layouts.card_count or 0) and card not in (layouts.efa_cards or ())


def _partial(pool: Pool) -> Iterator[Finding]:
    manifest, asked = pool.node_class_manifest, pool.node_class.efa_interfaces
    if manifest is None or pool.not_evaluated or not asked:
        return
    whole = {each.name: _whole_efa(each) for each in pool.types}
    partial = [each for each in pool.types if asked < whole[each.name]]
    if partial:
        message = (
            f"{asked} EFA interface{'s are' if asked > 1 else ' is'} attached to the nodes of pool {pool.name}, of the"
            f" {whole[partial[0].name]} of {some_types(partial)}."
        )
        yield finding_at(PARTIAL, manifest, _INTERFACES, message, value=asked)


def _whole_efa(instance_type: InstanceType) -> int:
    """Return how many EFA interfaces the type needs for all of its bandwidth; 0 where that is not known."""
    layouts = efa_layouts(instance_type.name).layouts.values()
    return min((layout.efa_count for layout in layouts), default=0)


def _public_ip(pool: Pool, users: Sequence[Workload]) -> Iterator[Finding]:
    manifest = pool.node_class_manifest
    if manifest is None or manifest.cursor.at(*_PUBLIC).value is not True:
        return
    several = [workload for workload in users if workload.pod.requests[vocabulary.EFA] > 1]
    if len(pool.node_class.network_interfaces or ()) > 1:
        message = f"associatePublicIPAddress is true, and {manifest.name} has several network interfaces."
    elif several and pool.node_class.efa_interfaces is None:
        message = (
            f"associatePublicIPAddress is true, and {owner(several[0])} asks for several EFA interfaces on pool"
            f" {pool.name}."
        )
    else:
        return
    yield finding_at(PUBLIC_IP, manifest, _PUBLIC, message, value=True)
