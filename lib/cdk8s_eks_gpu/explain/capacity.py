"""Where the nodes of a pool come from, how many there are, and when they end: statements with the reason for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.offerings import RESERVED, SPOT
from cdk8s_eks_gpu.provisioning.supply import Blocks, Supply, supply
from cdk8s_eks_gpu.quantity import format_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.provisioning.disruption import Disruption
    from cdk8s_eks_gpu.provisioning.pool import Pool


Topic = Literal["from", "where", "how many", "end", "not known"]

_DOCS = "https://karpenter.sh/docs/"
_RESERVATIONS = f"{_DOCS}tasks/odcrs/"
_DISRUPTION = f"{_DOCS}concepts/disruption/"
_POOLS = f"{_DOCS}concepts/nodepools/"
_CLASSES = f"{_DOCS}concepts/nodeclasses/"
_OFFERINGS = (
    "https://github.com/aws/karpenter-provider-aws/blob/v1.14.1/pkg/providers/instancetype/offering/base_resolver.go"
)
_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/"

# Labels whose values only the account knows.
_OF_THE_ACCOUNT = (vocabulary.ZONE, vocabulary.ZONE_ID, vocabulary.CAPACITY_RESERVATION_ID)
_BEFORE_ON_DEMAND = {
    (): "The pool allows nothing else.",
    (RESERVED,): "Where no reservation has room.",
    (SPOT,): "Where EC2 has no spot.",
}


class Statement(Struct, frozen=True):
    """One thing about the nodes of a pool.

    Attributes:
        topic: What it is about.
        text: The statement, which goes on after the topic: `capacity reservation cr-1`.
        reason: Why it is so, and what follows; a sentence.
        source: The address of the document that says so.
    """

    topic: Topic
    text: str
    reason: str
    source: str


class CapacityAnswer(Struct, frozen=True):
    """Where the nodes of a pool come from, and when they end.

    Attributes:
        supply: Where they come from.
        disruption: What ends them.
        is_static: Whether the pool keeps a fixed number of nodes.
        statements: All of it in words; sources of nodes in the order in which Karpenter takes them.
    """

    supply: Supply
    disruption: Disruption
    is_static: bool
    statements: tuple[Statement, ...]

    @property
    def is_plain(self) -> bool:
        """Whether nothing is said of it but what every pool has: spot or on-demand nodes, anywhere, in any number."""
        special = RESERVED in self.supply.capacity_types or self.is_static
        return not special and not self.about("where") and not self.about("not known")

    def about(self, topic: Topic) -> tuple[Statement, ...]:
        """Return the statements of one topic."""
        return tuple(each for each in self.statements if each.topic == topic)


def explain_capacity(pool: Pool) -> CapacityAnswer:
    """Return where the nodes of a pool come from, how many there are, and when they end."""
    found = supply(pool)
    statements = (
        *_from(pool, found),
        *_where(pool, found),
        *_how_many(pool),
        *_end(pool, found),
        *_not_known(pool, found),
    )
    return CapacityAnswer(found, pool.disruption, pool.spec.replicas is not None, statements)


def _from(pool: Pool, found: Supply) -> Iterator[Statement]:
    for number, source in enumerate(found.sources, 1):
        kind = source.capacity_type
        text = f"{number}. {_source_text(kind, source.reservations, found.blocks)}"
        if kind == RESERVED and pool.node_class_manifest is None:
            text = f"{text}, if node class {pool.node_class.name} selects some"
            reason = "The manifests do not have that node class: it may select reservations."
            yield Statement("from", text, reason, _RESERVATIONS)
        elif kind == RESERVED:
            reason = "They are paid for already: Karpenter counts them as free, and fills them first."
            yield Statement("from", text, reason, _RESERVATIONS)
        elif kind == SPOT:
            before = "Where no reservation has room, before on-demand." if number > 1 else "Karpenter tries it first."
            yield Statement("from", text, before, f"{_POOLS}#capacity-type")
        else:
            reason = _BEFORE_ON_DEMAND[found.capacity_types[: number - 1][-1:]]
            yield Statement("from", text, reason, f"{_POOLS}#capacity-type")
    if found.capacity_types == (RESERVED,):
        reason = "The pool allows reserved nodes only: pods wait until a reservation has room."
        yield Statement("from", "nothing else", reason, _RESERVATIONS)
    elif not found.sources:
        reason = "It launches no instance type, or none can be had by a capacity type that pool and node class allow."
        yield Statement("from", "nowhere", reason, f"{_POOLS}#capacity-type")


def _source_text(capacity_type: str, reservations: tuple[str, ...], blocks: Blocks) -> str:
    if capacity_type != RESERVED:
        return capacity_type
    what = "capacity block" if blocks is Blocks.ONLY else "capacity reservation"
    plural = "" if len(reservations) == 1 and not reservations[0].startswith(("tags", "owner")) else "s"
    return f"{what}{plural} {' or '.join(reservations)}".rstrip()


def _where(pool: Pool, found: Supply) -> Iterator[Statement]:
    variant = f", a variant of {found.variant_of}" if found.variant_of else ""
    if variant:
        reason = "Pools that share a node class need different things on it: each need has a copy of the class."
        yield Statement("where", f"by node class {pool.node_class.name}{variant}", reason, _CLASSES)
    if found.zones:
        reason = "Only there; EFA's traffic does not leave a zone." if len(found.zones) == 1 else "In any of them."
        yield Statement("where", f"in zone {' or '.join(found.zones)}", reason, f"{_EC2}efa.html#efa-limits")
    if found.placement_group:
        reason = "A cluster placement group keeps nodes close, and in the zone of the first of them."
        source = f"{_EC2}placement-strategies.html"
        yield Statement("where", f"in placement group {found.placement_group}", reason, source)
    interfaces, efa = pool.node_class.network_interfaces, pool.node_class.efa_interfaces
    if interfaces is not None and efa is not None:
        text = f"with {len(interfaces)} network interfaces, {efa} of them EFA"
        reason = "From the start, whatever pods ask for: the layout is the node class's."
        yield Statement("where", text, reason, f"{_EC2}efa-acc-inst-types.html")


def _how_many(pool: Pool) -> Iterator[Statement]:
    limits = ", ".join(
        f"{format_quantity(amount)} nodes" if name == "nodes" else f"{name} {format_quantity(amount)}"
        for name, amount in pool.spec.limits.items()
    )
    replicas = pool.spec.replicas
    if replicas is not None:
        reason = "The pool is static: whatever pods there are. Karpenter needs the feature gate StaticCapacity."
        yield Statement("how many", f"{replicas} nodes", reason, f"{_POOLS}#specreplicas")
    if limits and replicas is not None:
        reason = "The room beside the replicas is for the replacements of nodes that drift, which are started first."
        yield Statement(
            "how many", f"at most {limits}", reason, "https://github.com/aws/karpenter-provider-aws/issues/8873"
        )
    elif limits:
        reason = "Of all nodes of the pool together: beyond it, pods wait."
        yield Statement("how many", f"at most {limits}", reason, f"{_POOLS}#speclimits")


def _end(pool: Pool, found: Supply) -> Iterator[Statement]:
    disruption = pool.disruption
    if RESERVED in found.capacity_types:
        yield from _end_of_reserved(found.blocks)
    if SPOT in found.capacity_types:
        reason = "Karpenter drains the node in that time, where it has an interruption queue."
        yield Statement("end", "spot: two minutes after EC2's warning", reason, f"{_DISRUPTION}#interruption")
    if disruption.expires:
        grace = disruption.termination_grace_period
        until = f"after {grace} at most" if grace else "as long as its pods take (no terminationGracePeriod)"
        reason = f"A node of that age is drained whatever runs on it, {until}."
        yield Statement("end", f"at the age of {disruption.expire_after}", reason, f"{_DISRUPTION}#expiration")
    else:
        reason = "An age limit would interrupt what runs on the node (expireAfter: Never)."
        yield Statement("end", "not by age", reason, f"{_DISRUPTION}#expiration")
    yield _consolidation(pool, disruption)
    yield _drift(pool, disruption)
    if disruption.termination_grace_period:
        reason = "By terminationGracePeriod: then neither karpenter.sh/do-not-disrupt nor a PodDisruptionBudget holds."
        text = f"pods are deleted {disruption.termination_grace_period} after that begins"
        yield Statement("end", text, reason, f"{_POOLS}#spectemplatespecterminationgraceperiod")


def _end_of_reserved(blocks: Blocks) -> Iterator[Statement]:
    if blocks is not Blocks.NO:
        which = "" if blocks is Blocks.ONLY else ", if it is a capacity block"
        text = f"40 minutes before the reservation's end (UltraServers 70){which}"
        reason = (
            "EC2 ends the nodes of a capacity block 30 minutes before its end, those of UltraServers 60, and Karpenter"
            " begins to drain them 10 minutes before that."
        )
        yield Statement("end", text, reason, f"{_RESERVATIONS}#capacity-blocks")
    if blocks is not Blocks.ONLY:
        reason = "The node stays, and counts as on-demand: karpenter.sh/capacity-type changes."
        which = "the" if blocks is Blocks.NO else "any other"
        yield Statement("end", f"not when {which} reservation ends", reason, f"{_RESERVATIONS}#expiration")


def _consolidation(pool: Pool, disruption: Disruption) -> Statement:
    source = f"{_DISRUPTION}#consolidation"
    if pool.spec.replicas is not None:
        reason = "Karpenter does not consolidate the nodes of a static pool."
        return Statement("end", "not when idle", reason, f"{_POOLS}#specreplicas")
    if not disruption.consolidates:
        reason = "consolidateAfter is Never: a node that is paid for stays for the next job."
        return Statement("end", "not when idle", reason, source)
    if disruption.only_when_empty:
        reason = "Nodes with running pods are left alone (WhenEmpty)."
        return Statement("end", f"when empty for {disruption.consolidate_after}", reason, source)
    reason = (
        f"Pods are moved to where they cost less ({disruption.policy}), unless they say karpenter.sh/do-not-disrupt."
    )
    return Statement("end", f"when empty or underutilized for {disruption.consolidate_after}", reason, source)


def _drift(pool: Pool, disruption: Disruption) -> Statement:
    share = disruption.at_once("Drifted", pool.spec.replicas)
    source = f"{_DISRUPTION}#drift"
    if share == 0:
        reason = "A budget of 0 nodes: a new AMI or a changed node class reaches new nodes only."
        return Statement("end", "not for drift", reason, source)
    budget = disruption.budget_for("Drifted")
    text = (
        "when they drift, all at once" if budget is None or share >= 1 else f"when they drift, {budget.nodes} at once"
    )
    reason = "A new AMI, or a change of pool or node class, replaces nodes."
    return Statement("end", text, reason, source)


def _not_known(pool: Pool, found: Supply) -> Iterator[Statement]:
    """Yield what decides about the pool's nodes and only the account knows: docs/rehearsed.md has the cases."""
    if RESERVED in found.capacity_types:
        reason = "Reserved nodes are of these only: Karpenter launches fewer types than are listed, or none."
        yield Statement("not known", "types, zones and room of the reservations", reason, _RESERVATIONS)
    asked = [each for key in _OF_THE_ACCOUNT[:2] if (each := pool.spec.requirements.get(key)) is not None]
    if asked:
        text = f"whether the node class has a subnet for {' and '.join(map(str, asked))}"
        reason = "Without one, Karpenter launches nothing."
        yield Statement("not known", text, reason, f"{_CLASSES}#specsubnetselectorterms")
    for requirement in pool.spec.requirements.values():
        if requirement.min_values is not None and requirement.key in _OF_THE_ACCOUNT:
            text = f"whether there are {requirement.min_values} values of {requirement.key}"
            reason = "With fewer than minValues asks for, Karpenter launches nothing."
            yield Statement("not known", text, reason, f"{_POOLS}#min-values")
    if pool.node_class.nested_virtualization:
        text = "whether cpuOptions.nestedVirtualization leaves types out"
        reason = (
            "Karpenter takes what it knows of a zone from whichever node class of the same subnets it asked for first."
        )
        yield Statement("not known", text, reason, _OFFERINGS)
    if found.placement_group:
        reason = "Karpenter launches nothing while it does not find the group, and in the group's zone only."
        yield Statement("not known", "whether the placement group is there, and its zone", reason, _CLASSES)
