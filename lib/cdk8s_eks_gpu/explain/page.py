"""An answer as people read it: sections with a table and notes, before they become a terminal's lines or Markdown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.explain.family import families
from cdk8s_eks_gpu.instances import catalogue, facts_source, traps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdk8s_eks_gpu.explain.answer import Answer, Caught, PoolAnswer, WorkloadAnswer
    from cdk8s_eks_gpu.explain.diff import Difference
    from cdk8s_eks_gpu.explain.family import Family
    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.provisioning.cause import Cause

_MIB_A_GIB = 1024
_ONE_BY_ONE = 3  # numbers are named one by one up to here, then from the smallest to the largest
_ONE_DECIMAL = 10 * _MIB_A_GIB


@dataclass(frozen=True)
class Section:
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
    sources = f"Facts: Karpenter {facts['version']}, reference page of {facts['date']}."
    return [*sections, Section("", notes=(sources,))]


def difference_page(difference: Difference) -> list[Section]:
    """Return what a change admits and drops: every type of the pools, and of the workloads the families."""
    pools = [(f"NodePool {name}", _names(one.added), _names(one.dropped)) for name, one in difference.pools.items()]
    workloads = [
        (name, _family_names(one.added), _family_names(one.dropped)) for name, one in difference.workloads.items()
    ]
    sections = []
    for title, added, dropped in (*pools, *workloads):
        lines = [f"{verb} {names}" for verb, names in (("admits", added), ("drops", dropped)) if names]
        sections.append(Section(title, lines=tuple(lines)))
    return sections or [Section("", lines=("No pool and no workload changes its instance types.",))]


def type_page(one: InstanceType) -> list[Section]:
    """Return all that is known of one instance type."""
    (family,) = families([one])
    memory = f", {_gib(family.gpu_memories)} GiB each" if any(family.gpu_memories) else ""
    gpus = f"{_numbers(family.gpu_counts)} x {family.gpu}{memory}" if family.gpu else "none"
    cards = "not known" if one.network_cards is None else str(one.network_cards)
    efa = f"{one.count(vocabulary.EFA)} interfaces on {cards} network cards" if one.count(vocabulary.EFA) else "none"
    rows = (
        ("GPU", gpus),
        ("EFA", efa),
        ("Architecture", one.architecture),
        ("vCPUs", one.labels[vocabulary.INSTANCE_CPU]),
        ("Memory", f"{_gib(family.memories)} GiB"),
        ("Local NVMe", f"{one.labels.get(vocabulary.INSTANCE_LOCAL_NVME, '0')} GB"),
        ("Network", f"{one.labels.get(vocabulary.INSTANCE_NETWORK_BANDWIDTH, '?')} Mbit/s"),
    )
    caught = [trap for trap in traps() if one.requirements.compatible(trap.caught) == ()]
    alarms = tuple(f"{trap.name}: {trap.problem}. To leave it out, require {trap.cure}." for trap in caught)
    labels = tuple(sorted(one.labels.items()))
    return [
        Section(one.name, ("What", "How much"), rows, alarms=alarms),
        Section("For pods", ("Resource", "Allocatable"), tuple(sorted(one.quantities.items()))),
        Section("Labels", ("Label", "Value"), labels),
    ]


def _pool_section(pool: PoolAnswer) -> Section:
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
    architectures = {one.architecture for one in pool.types}
    if len(architectures) == 1:  # a column less: the table then fits 80 characters
        title += f", all {architectures.pop()}"
        columns, rows = _without("Arch", columns, rows)
    notes = [f"{text} leaves out {count}." for text, count in pool.left_out.items()]
    alarms = [f"minValues is not met, so Karpenter makes no node: {one}." for one in pool.unmet_min_values]
    alarms += [_caught_text(caught, "the pool") for caught in pool.traps]
    alarms += [f"{warning}." for warning in pool.warnings]
    return Section(title, tuple(columns), tuple(rows), notes=tuple(notes), alarms=tuple(alarms))


def _without(column: str, columns: list[str], rows: list[tuple[str, ...]]) -> tuple[list[str], list[tuple[str, ...]]]:
    at = columns.index(column)
    return columns[:at] + columns[at + 1 :], [row[:at] + row[at + 1 :] for row in rows]


def _workload_section(answer: WorkloadAnswer) -> Section:
    lines, notes, alarms = [], [], []
    for pool, hosting in answer.hosting.items():
        causes: dict[str, list[str]] = {}
        for name, of_type in hosting.rejected.items():
            causes.setdefault("; ".join(map(_short, of_type)), []).append(name)
        total = len(hosting.types) + len(hosting.rejected)
        if not total:
            lines.append(f"{pool}: the pool admits no type")
        elif not hosting.types:
            lines.append(f"{pool}: none of {total}")
            notes += [f"{pool}: {cause}" for cause in causes]
        else:
            lines.append(f"{pool}: {len(hosting.types)} of {total}: {_family_names(one.name for one in hosting.types)}")
            notes += [f"{pool}, not {_family_names(names)}: {cause}" for cause, names in causes.items()]
        # A family that the facts do not list is the pool's alarm already.
        alarms += [f"{pool}, {_caught_text(one, 'pool or pod')}" for one in answer.traps[pool] if one.types]
        if hosting.awaited_labels and hosting.types:
            notes.append(f"{pool}, once a node has its label: {' or '.join(hosting.awaited_labels)}")
    return Section(answer.name, lines=tuple(lines), notes=tuple(notes), alarms=tuple(alarms))


def _caught_text(caught: Caught, where: str) -> str:
    known = [_family_names(caught.types)] if caught.types else []
    unlisted = [f"{name} (newer than the facts)" for name in caught.unlisted]
    return (
        f"{caught.trap.name}, {', '.join(known + unlisted)}: {caught.trap.problem}. Add to {where}: {caught.trap.cure}."
    )


def _short(cause: Cause) -> str:
    """Return the cause; of a resource without the numbers, which differ from type to type."""
    return f"{cause.kind} {cause.what}" if cause.kind == "resource" else str(cause)


def _sizes(family: Family) -> str:
    """Return the sizes; how many, the smallest and the largest where the family is whole and large."""
    whole = sum(one.family == family.name for one in catalogue().values()) == len(family.types)
    sizes = [one.size for one in family.types]
    if whole and len(sizes) > _ONE_BY_ONE:
        return f"{len(sizes)}: {sizes[0]}-{sizes[-1]}"
    return " ".join(sizes)


def _gib(mebibytes: Sequence[int]) -> str:
    def text(size: int) -> str:
        return f"{size / _MIB_A_GIB:.1f}".removesuffix(".0") if size < _ONE_DECIMAL else f"{size // _MIB_A_GIB}"

    return _range([text(size) for size in mebibytes])


def _numbers(numbers: Sequence[int]) -> str:
    return _range([str(number) for number in numbers])


def _range(texts: Sequence[str]) -> str:
    return f"{texts[0]}-{texts[-1]}" if len(texts) > _ONE_BY_ONE else "/".join(texts)


def _family_names(names: Iterable[str]) -> str:
    """Return families with how many types of each: `g5 (8) p5`."""
    counts = Counter(name.partition(".")[0] for name in names)
    return " ".join(f"{family} ({count})" if count > 1 else family for family, count in counts.items())


def _names(names: Sequence[str]) -> str:
    return " ".join(names)


def _count(number: int) -> str:
    return f"{number} instance type{'' if number == 1 else 's'}"
