"""The network interfaces of a node class: do the pool's instance types have them, and are they all of its EFA?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity
from cdk8s_eks_gpu.preflight.checks.names import owner, some_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Pool
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

RULES = (TOO_MANY_INTERFACES, SOME_TYPES_LOST, CARD_INDEX, PUBLIC_IP)

_INTERFACES: Path = ("spec", "networkInterfaces")
_PUBLIC: Path = ("spec", "associatePublicIPAddress")


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the interfaces that node classes ask for."""
    for pool in context.cluster.pools:
        users = context.efa_workloads_on(pool)
        yield from _interfaces(pool)
        yield from _public_ip(pool, users)


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


def _public_ip(pool: Pool, users: Sequence[Workload]) -> Iterator[Finding]:
    manifest = pool.node_class_manifest
    if manifest is None or manifest.cursor.at(*_PUBLIC).value is not True:
        return
    several = [workload for workload in users if workload.pod.requests[vocabulary.EFA] > 1]
    if len(pool.node_class.network_interfaces or ()) > 1:
        message = "A public IP address is asked for, and several network interfaces are."
    elif several and pool.node_class.efa_interfaces is None:
        message = (
            f"A public IP address is asked for, and {owner(several[0])} asks for several EFA interfaces on pool"
            f" {pool.name}."
        )
    else:
        return
    yield finding_at(PUBLIC_IP, manifest, _PUBLIC, message, value=True)
