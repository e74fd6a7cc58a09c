"""What is known of one instance type, as people read it."""

from __future__ import annotations

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.explain.family import families
from cdk8s_eks_gpu.explain.section import Section, gib_text, numbers_text, runs_text
from cdk8s_eks_gpu.instances import EfaLayout, EfaLayouts, InstanceType, efa_layouts, provenance, traps


def type_page(instance_type: InstanceType) -> list[Section]:
    """Return all that is known of one instance type."""
    (family,) = families([instance_type])
    memory = f", {gib_text(family.gpu_memories)} GiB each" if any(family.gpu_memories) else ""
    gpus = f"{numbers_text(family.gpu_counts)} x {family.gpu}{memory}" if family.gpu else "none"
    bandwidth = instance_type.labels.get(vocabulary.INSTANCE_NETWORK_BANDWIDTH)
    efas = instance_type.count(vocabulary.EFA)
    cards = "not known" if instance_type.network_cards is None else str(instance_type.network_cards)
    efa = f"{efas} interfaces on {cards} network cards" if efas else "none"
    rows = (
        ("GPU", gpus),
        ("EFA", efa),
        ("Architecture", instance_type.architecture),
        ("vCPUs", instance_type.labels[vocabulary.INSTANCE_CPU]),
        ("Memory", f"{gib_text(family.memories)} GiB"),
        ("Local NVMe", f"{instance_type.labels.get(vocabulary.INSTANCE_LOCAL_NVME, '0')} GB"),
        ("Network", f"{bandwidth} Mbit/s" if bandwidth else "not known"),
        ("Spot", "not known" if instance_type.spot is None else "yes" if instance_type.spot else "no"),
    )
    notes = tuple(
        f"{each.facts}: {f'{each.document}, {each.since}' if each.document else 'not known'}."
        for each in provenance(instance_type)
    )
    matching = [trap for trap in traps() if instance_type.requirements.compatible(trap.requirements) == ()]
    alarms = tuple(f"{trap.name}: {trap.problem}. To leave it out, require {trap.fix}." for trap in matching)
    labels = tuple(sorted(instance_type.labels.items()))
    return [
        Section(instance_type.name, ("What", "How much"), rows, notes=notes, alarms=alarms),
        *_layouts(efa_layouts(instance_type.name)),
        Section("For pods", ("Resource", "Allocatable"), tuple(sorted(instance_type.quantities.items()))),
        Section("Labels", ("Label", "Value"), labels),
    ]


def layouts_page(facts: EfaLayouts) -> list[Section]:
    """Return what is known of a type of which only the EFA is known."""
    unknown = f"{facts.instance_type} is newer than the facts of instance types: only its EFA is known."
    return [Section(facts.instance_type, alarms=(unknown,)), *_layouts(facts)]


def _layouts(facts: EfaLayouts) -> list[Section]:
    """Return the section of the type's EFA layouts; none for a type without EFA."""
    if not facts.has_efa:
        return []
    rows = tuple(
        (name, str(layout.efa_count), str(layout.ip_addresses), _placement(layout))
        for name, layout in facts.layouts.items()
    )
    cards = "not known" if facts.efa_cards is None else runs_text(facts.efa_cards)
    notes = [f"Network cards that carry EFA: {cards}."]
    notes += [f"{name} is not known: {why}." for name, why in facts.not_known.items()]
    notes += [f"{name}: {layout.source} (read {layout.read})." for name, layout in facts.layouts.items()]
    notes += [f"As YAML: eks-gpu interfaces {facts.instance_type} --layout {name}" for name in facts.layouts]
    columns = ("Layout", "EFA", "IP addresses", "Interfaces (card,device)") if rows else ()
    return [Section("EFA layouts", columns, rows, notes=tuple(notes))]


def _placement(layout: EfaLayout) -> str:
    """Return where the interfaces are: `interface 0,0; efa-only 0,1 and 1-31,0`."""
    by_kind: dict[str, dict[int, list[int]]] = {}
    for card, device, kind in layout.interfaces:
        by_kind.setdefault(str(kind), {}).setdefault(device, []).append(card)
    parts = []
    for name, by_device in by_kind.items():
        places = [f"{runs_text(cards)},{device}" for device, cards in by_device.items()]
        parts.append(f"{name} {' and '.join(places)}")
    return "; ".join(parts)
