"""An answer as people read it: a section for each pool and workload."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.descriptions import describe, describe_briefly, describe_constraint, describe_gate, describe_slip
from cdk8s_eks_gpu.explain.family import Family, families
from cdk8s_eks_gpu.explain.section import LISTED, Section, gib_text, numbers_text
from cdk8s_eks_gpu.instances import catalogue, facts_source
from cdk8s_eks_gpu.provisioning import REHEARSED_KUBERNETES, rehearsed_against
from cdk8s_eks_gpu.provisioning.reasons import MinValuesNotMet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cdk8s_eks_gpu.explain.answer import Answer, PoolAnswer, WorkloadAnswer
    from cdk8s_eks_gpu.explain.capacity import CapacityAnswer, Topic
    from cdk8s_eks_gpu.explain.diff import Difference
    from cdk8s_eks_gpu.provisioning.traps import TrapMatch


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
        (f"NodePool {name}", " ".join(change.added), " ".join(change.dropped))
        for name, change in difference.pools.items()
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


def _sizes(family: Family) -> str:
    """Return the sizes; how many, the smallest and the largest where the family is whole and large."""
    sizes = [each.size for each in family.types]
    if len(sizes) > LISTED and len(sizes) == _family_sizes()[family.name]:
        return f"{len(sizes)}: {sizes[0]}-{sizes[-1]}"
    return " ".join(sizes)


@cache
def _family_sizes() -> Counter[str]:
    """Return how many instance types each family has."""
    return Counter(each.family for each in catalogue().values())


_COLUMNS: Mapping[str, Callable[[Family], str]] = {
    "Family": lambda family: family.name,
    "GPU": lambda family: family.gpu.removeprefix("nvidia "),
    "GPUs": lambda family: numbers_text(family.gpu_counts) if family.gpu else "",
    "GiB each": lambda family: gib_text(family.gpu_memories) if any(family.gpu_memories) else "",
    "Memory GiB": lambda family: gib_text(family.memories),
    "EFA": lambda family: numbers_text(family.efa_counts) if any(family.efa_counts) else "",
    "Arch": lambda family: family.architecture,
    "Sizes": _sizes,
}


def _pool_section(answer: PoolAnswer) -> Section:
    pool = answer.pool
    if pool.not_evaluated:
        slips = tuple(map(describe_slip, answer.slips))
        return Section(f"NodePool {pool.title}: not evaluated", lines=(f"{pool.not_evaluated.value}.",), alarms=slips)
    title = f"NodePool {pool.title}: {_count(len(pool.types))}"
    title += f", {len(pool.unknown_types)} not known" if pool.unknown_types else ""
    columns = dict(_COLUMNS) if pool.types else {}
    architectures = {each.architecture for each in pool.types}
    if len(architectures) == 1:  # a column less: the table then fits 80 characters
        title += f", all {architectures.pop()}"
        del columns["Arch"]
    rows = tuple(tuple(cell(family) for cell in columns.values()) for family in families(pool.types))
    lines, reasons = _capacity_lines(answer.capacity) if answer.capacity else ([], [])
    notes = [f"{describe_constraint(reason)} leaves out {count}." for reason, count in pool.instance_types.left_out]
    alarms = [f"{name} is not known to the facts: what it is cannot be said." for name in pool.unknown_types]
    alarms += ["Some of it is yet to be filled in: what it launches is not known."] if pool.has_placeholder else []
    alarms += [
        f"The pool launches no node: {describe(MinValuesNotMet(requirement))}." for requirement in pool.unmet_min_values
    ]
    alarms += [f"The pool is switched off: {name} 0." for name in pool.switched_off_by]
    alarms += [f"{error.rule}: {error.message}" for error in answer.errors]
    alarms += [_trap_text(match, "the pool") for match in answer.traps]
    alarms += map(describe_slip, answer.slips)
    return Section(title, tuple(columns), rows, tuple(lines), (*notes, *reasons), tuple(alarms))


def _capacity_lines(capacity: CapacityAnswer) -> tuple[list[str], list[str]]:
    """Return a line for each topic, and the reasons for what stands in them, where it is not what every pool has."""
    titles: tuple[tuple[Topic, str], ...] = (
        ("from", "Nodes come from"),
        ("where", "They are started"),
        ("how many", "How many"),
        ("end", "They end"),
        ("not known", "Not known here"),
    )
    lines = [
        f"{title}: {'; '.join(each.text for each in statements)}"
        for topic, title in titles
        if (statements := capacity.about(topic))
    ]
    return lines, [] if capacity.is_plain else [f"{each.text}: {each.reason}" for each in capacity.statements]


def _workload_section(answer: WorkloadAnswer) -> Section:
    lines, notes, alarms = [], [], []
    unknown = {pool.title for pool in answer.unknown_pools}
    for pool, fit in answer.fits.items():
        by_reasons: dict[str, list[str]] = {}
        rejected = {**fit.rejected, **{name: why for name, why in answer.unknown_types[pool].items() if why}}
        for name, reasons in rejected.items():
            by_reasons.setdefault(describe_briefly(reasons), []).append(name)
        total = len(fit.types) + len(rejected)
        if not fit.types and pool in unknown:
            lines.append(f"{pool}: not known")
        elif not total:
            lines.append(f"{pool}: the pool launches no instance type")
        elif not fit.types:
            lines.append(f"{pool}: none of {total}")
            notes += [f"{pool}: {reasons}" for reasons in by_reasons]
        else:
            hosts = _family_names(each.name for each in fit.types)
            lines.append(f"{pool}: {len(fit.types)} of {total}: {hosts}")
            notes += [f"{pool}, not {_family_names(names)}: {reasons}" for reasons, names in by_reasons.items()]
        # A family that the facts do not list is the pool's alarm already.
        alarms += [f"{pool}, {_trap_text(match, 'pool or pod')}" for match in answer.traps[pool] if match.types]
        if pool in answer.errors:
            alarms.append(f"{pool}: types fit, but check has errors about its nodes: {', '.join(answer.errors[pool])}")
        if fit.awaited_labels:
            notes.append(f"{pool}, once a node has its label: {' or '.join(fit.awaited_labels)}")
        if fit.attempt:
            notes.append(f"{pool}: after Karpenter gave up {fit.attempt} of the affinity's terms and preferences")
    if answer.launch is not None and len(answer.fits) > 1:
        lines.append(f"Karpenter launches from {answer.launch.pool.title}")
    notes += answer.remarks
    return Section(answer.name, lines=tuple(lines), notes=tuple(notes), alarms=tuple(alarms))


def _trap_text(match: TrapMatch, where: str) -> str:
    trap = match.trap
    return f"{trap.name}, {_family_names(match.types)}: {trap.problem}. Add to {where}: {trap.fix}."


def _family_names(names: Iterable[str]) -> str:
    """Return families with how many types of each: `g5 (8) p5`."""
    counts = Counter(name.partition(".")[0] for name in names)
    return " ".join(f"{family} ({count})" if count > 1 else family for family, count in counts.items())


def _count(number: int) -> str:
    return f"{number} instance type{'' if number == 1 else 's'}"
