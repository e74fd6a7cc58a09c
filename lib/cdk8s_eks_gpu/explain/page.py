"""An answer as people read it: sections with a table and notes, before they become a terminal's lines or Markdown."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import describe, describe_briefly, describe_constraint, describe_gate, describe_slip
from cdk8s_eks_gpu.explain.family import families
from cdk8s_eks_gpu.instances import catalogue, efa_layouts, facts_source, provenance, traps
from cdk8s_eks_gpu.provisioning import REHEARSED_KUBERNETES, rehearsed_against
from cdk8s_eks_gpu.provisioning.reasons import MinValuesNotMet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdk8s_eks_gpu.explain.answer import Answer, PoolAnswer, WorkloadAnswer
    from cdk8s_eks_gpu.explain.capacity import CapacityAnswer, Topic
    from cdk8s_eks_gpu.explain.diff import Difference
    from cdk8s_eks_gpu.explain.family import Family
    from cdk8s_eks_gpu.instances import EfaLayout, EfaLayouts, InstanceType
    from cdk8s_eks_gpu.provisioning.traps import TrapMatch

_MIB_A_GIB = 1024
_LISTED = 3  # numbers are named one by one up to here, then from the smallest to the largest
_ONE_DECIMAL = 10 * _MIB_A_GIB


class Section(Struct, frozen=True):
    """A part of a page.

    Attributes:
        title: The heading.
        columns: The headings of the table's columns; empty where there is no table.
        rows: The cells of the table.
        lines: Lines that are the answer itself.
        notes: Lines that explain the answer.
        alarms: Lines that want attention.
    """

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


def answer_page(answer: Answer) -> list[Section]:
    """Return a section for each pool, then one for each workload."""
    sections = [_pool_section(pool) for pool in answer.pools]
    sections += [_workload_section(workload) for workload in answer.workloads]
    facts = facts_source()
    sources = f"Facts: Karpenter {facts['version']}, {facts['date']}."
    against = f"Karpenter {rehearsed_against(answer.karpenter)} and Kubernetes {REHEARSED_KUBERNETES}"
    rehearsed = f"Rehearsed against {against}."
    gates = tuple(map(describe_gate, answer.needed_gates))
    return [*sections, Section("", notes=(*gates, sources, rehearsed))]


def difference_page(difference: Difference) -> list[Section]:
    """Return what a change admits and drops: every type of the pools, and of the workloads the families."""
    pools = [
        (f"NodePool {name}", _names(change.added), _names(change.dropped)) for name, change in difference.pools.items()
    ]
    workloads = [
        (name, _family_names(change.added), _family_names(change.dropped))
        for name, change in difference.workloads.items()
    ]
    sections = []
    for title, added, dropped in (*pools, *workloads):
        lines = [f"{verb} {names}" for verb, names in (("admits", added), ("drops", dropped)) if names]
        sections.append(Section(title, lines=tuple(lines)))
    return sections or [Section("", lines=("No pool and no workload changes its instance types.",))]


def type_page(instance_type: InstanceType) -> list[Section]:
    """Return all that is known of one instance type."""
    (family,) = families([instance_type])
    memory = f", {_gib(family.gpu_memories)} GiB each" if any(family.gpu_memories) else ""
    gpus = f"{_numbers(family.gpu_counts)} x {family.gpu}{memory}" if family.gpu else "none"
    bandwidth = instance_type.labels.get(vocabulary.INSTANCE_NETWORK_BANDWIDTH)
    efas = instance_type.count(vocabulary.EFA)
    cards = "not known" if instance_type.network_cards is None else str(instance_type.network_cards)
    efa = f"{efas} interfaces on {cards} network cards" if efas else "none"
    rows = (
        ("GPU", gpus),
        ("EFA", efa),
        ("Architecture", instance_type.architecture),
        ("vCPUs", instance_type.labels[vocabulary.INSTANCE_CPU]),
        ("Memory", f"{_gib(family.memories)} GiB"),
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
    cards = "not known" if facts.efa_cards is None else _runs(facts.efa_cards)
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
        places = [f"{_runs(cards)},{device}" for device, cards in by_device.items()]
        parts.append(f"{name} {' and '.join(places)}")
    return "; ".join(parts)


def _runs(numbers: Sequence[int]) -> str:
    """Return numbers with their runs drawn together, `0 4-7`, also in equal steps: `4-28 by 4`."""
    if len(numbers) > _LISTED:
        steps = {after - before for before, after in pairwise(numbers)}
        if len(steps) == 1:
            step = steps.pop()
            return f"{numbers[0]}-{numbers[-1]}" + (f" by {step}" if step > 1 else "")
    return " ".join(map(str, numbers))


def _pool_section(answer: PoolAnswer) -> Section:
    pool = answer.pool
    if pool.not_evaluated:
        return Section(f"NodePool {pool.name}: not evaluated", lines=(f"{pool.not_evaluated.value}.",))
    rows: list[tuple[str, ...]] = [
        (
            family.name,
            family.gpu.removeprefix("nvidia "),
            _numbers(family.gpu_counts) if family.gpu else "",
            _gib(family.gpu_memories) if any(family.gpu_memories) else "",
            _gib(family.memories),
            _numbers(family.efa_counts) if any(family.efa_counts) else "",
            family.architecture,
            _sizes(family),
        )
        for family in families(pool.types)
    ]
    columns = ["Family", "GPU", "GPUs", "GiB each", "Memory GiB", "EFA", "Arch", "Sizes"] if rows else []
    title = f"NodePool {pool.name}: {_count(len(pool.types))}"
    title += f", {len(pool.unknown_types)} not known" if pool.unknown_types else ""
    architectures = {each.architecture for each in pool.types}
    if len(architectures) == 1:  # a column less: the table then fits 80 characters
        title += f", all {architectures.pop()}"
        columns, rows = _without("Arch", columns, rows)
    lines, reasons = _capacity_lines(answer.capacity) if answer.capacity else ([], [])
    notes = [f"{describe_constraint(reason)} leaves out {count}." for reason, count in pool.instance_types.left_out]
    alarms = [f"{name} is not known to the facts: what it is cannot be said." for name in pool.unknown_types]
    alarms += ["Some of it is yet to be filled in: what it launches is not known."] if pool.has_placeholder else []
    alarms += [
        f"The pool launches no node: {describe(MinValuesNotMet(requirement))}."
        for requirement in pool.instance_types.unmet_min_values
    ]
    alarms += [f"The pool is switched off: {name} 0." for name in pool.switched_off_by]
    alarms += [_trap_text(match, "the pool") for match in answer.traps]
    alarms += map(describe_slip, answer.slips)
    return Section(title, tuple(columns), tuple(rows), tuple(lines), (*notes, *reasons), tuple(alarms))


def _capacity_lines(capacity: CapacityAnswer) -> tuple[list[str], list[str]]:
    """Return a line for each topic, and the reasons for what stands in them, where it is not what every pool has."""
    titles: tuple[tuple[Topic, str], ...] = (
        ("from", "Nodes come from"),
        ("where", "They are started"),
        ("how many", "How many"),
        ("end", "They end"),
    )
    lines = [
        f"{title}: {'; '.join(each.text for each in statements)}"
        for topic, title in titles
        if (statements := capacity.about(topic))
    ]
    return lines, [] if capacity.is_plain else [f"{each.text}: {each.reason}" for each in capacity.statements]


def _without(column: str, columns: list[str], rows: list[tuple[str, ...]]) -> tuple[list[str], list[tuple[str, ...]]]:
    at = columns.index(column)
    return columns[:at] + columns[at + 1 :], [row[:at] + row[at + 1 :] for row in rows]


def _workload_section(answer: WorkloadAnswer) -> Section:
    lines, notes, alarms = [], [], []
    unknown = {pool.name for pool in answer.unknown_pools}
    for pool, hosting in answer.hosting.items():
        by_reasons: dict[str, list[str]] = {}
        rejected = {**hosting.rejected, **{name: why for name, why in answer.unknown_types[pool].items() if why}}
        for name, reasons in rejected.items():
            by_reasons.setdefault("; ".join(map(describe_briefly, reasons)), []).append(name)
        total = len(hosting.types) + len(rejected)
        if not hosting.types and pool in unknown:
            lines.append(f"{pool}: not known")
        elif not total:
            lines.append(f"{pool}: the pool launches no instance type")
        elif not hosting.types:
            lines.append(f"{pool}: none of {total}")
            notes += [f"{pool}: {reasons}" for reasons in by_reasons]
        else:
            hosts = _family_names(each.name for each in hosting.types)
            lines.append(f"{pool}: {len(hosting.types)} of {total}: {hosts}")
            notes += [f"{pool}, not {_family_names(names)}: {reasons}" for reasons, names in by_reasons.items()]
        # A family that the facts do not list is the pool's alarm already.
        alarms += [f"{pool}, {_trap_text(match, 'pool or pod')}" for match in answer.traps[pool] if match.types]
        if hosting.awaited_labels:
            notes.append(f"{pool}, once a node has its label: {' or '.join(hosting.awaited_labels)}")
        if hosting.attempt:
            notes.append(f"{pool}: after Karpenter gave up {hosting.attempt} of the affinity's terms and preferences")
    if answer.launch is not None and len(answer.hosting) > 1:
        lines.append(f"Karpenter launches from {answer.launch.pool.name}")
    return Section(answer.name, lines=tuple(lines), notes=tuple(notes), alarms=tuple(alarms))


def _trap_text(match: TrapMatch, where: str) -> str:
    known = [_family_names(match.types)] if match.types else []
    unlisted = [f"{name} (newer than the facts)" for name in match.unlisted]
    return f"{match.trap.name}, {', '.join(known + unlisted)}: {match.trap.problem}. Add to {where}: {match.trap.fix}."


def _sizes(family: Family) -> str:
    """Return the sizes; how many, the smallest and the largest where the family is whole and large."""
    whole = sum(each.family == family.name for each in catalogue().values()) == len(family.types)
    sizes = [each.size for each in family.types]
    if whole and len(sizes) > _LISTED:
        return f"{len(sizes)}: {sizes[0]}-{sizes[-1]}"
    return " ".join(sizes)


def _gib(mebibytes: Sequence[int]) -> str:
    def text(size: int) -> str:
        return f"{size / _MIB_A_GIB:.1f}".removesuffix(".0") if size < _ONE_DECIMAL else f"{size // _MIB_A_GIB}"

    return _range([text(size) for size in mebibytes])


def _numbers(numbers: Sequence[int]) -> str:
    return _range([str(number) for number in numbers])


def _range(texts: Sequence[str]) -> str:
    return f"{texts[0]}-{texts[-1]}" if len(texts) > _LISTED else "/".join(texts)


def _family_names(names: Iterable[str]) -> str:
    """Return families with how many types of each: `g5 (8) p5`."""
    counts = Counter(name.partition(".")[0] for name in names)
    return " ".join(f"{family} ({count})" if count > 1 else family for family, count in counts.items())


def _names(names: Sequence[str]) -> str:
    return " ".join(names)


def _count(number: int) -> str:
    return f"{number} instance type{'' if number == 1 else 's'}"
