"""The answer to "which machines will I get?", for every pool and workload of a stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.hints import closest, did_you_mean
from cdk8s_eks_gpu.instances import traps, unlisted_families
from cdk8s_eks_gpu.provisioning.hosting import PoolOfTypes
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS, Operator, Requirements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from cdk8s_eks_gpu.instances import Catalogue, InstanceType, Trap
    from cdk8s_eks_gpu.provisioning.hosting import Hosting
    from cdk8s_eks_gpu.provisioning.node_pool import NodePool
    from cdk8s_eks_gpu.provisioning.stack import Stack
    from cdk8s_eks_gpu.provisioning.workload import Workload
    from cdk8s_eks_gpu.requirements import Requirement


@dataclass(frozen=True)
class Caught:
    """A trap that a pool or a pod is in.

    Attributes:
        trap: The trap.
        types: The names of the types that it is about, sorted.
        unlisted: Families that it is about and that the facts do not list, sorted.
    """

    trap: Trap
    types: tuple[str, ...]
    unlisted: tuple[str, ...]


@dataclass(frozen=True)
class PoolAnswer:
    """What a pool admits.

    Attributes:
        name: The pool's name.
        types: The instance types that it admits, sorted by name.
        left_out: How many types each of its requirements leaves out, taken alone.
        unmet_min_values: The requirements whose minValues are not met, so that no type is admitted.
        traps: The traps among the admitted types.
        warnings: What is probably a slip: values that no type has, labels that resemble a well-known one.
    """

    name: str
    types: tuple[InstanceType, ...]
    left_out: Mapping[str, int]
    unmet_min_values: tuple[Requirement, ...]
    traps: tuple[Caught, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class WorkloadAnswer:
    """Where a workload can run.

    Attributes:
        name: KIND/NAME.
        workload: The workload.
        hosting: For each pool by name, which of its types can host it, and why the others cannot.
        traps: For each pool by name, the traps among the types that can host it.
    """

    name: str
    workload: Workload
    hosting: Mapping[str, Hosting]
    traps: Mapping[str, tuple[Caught, ...]]


@dataclass(frozen=True)
class Answer:
    """All pools and workloads of a stack, in the order of its manifests."""

    pools: tuple[PoolAnswer, ...]
    workloads: tuple[WorkloadAnswer, ...]


def answer(stack: Stack, catalogue: Catalogue) -> Answer:
    """Return what the stack's pools admit and where its workloads can run."""
    daemons = [workload for workload in stack.workloads if workload.is_daemon]
    over = [PoolOfTypes(pool, stack.node_class(pool), catalogue, daemons) for pool in stack.pools]
    pools = tuple(
        PoolAnswer(
            name=one.pool.name,
            types=one.types,
            left_out=one.left_out,
            unmet_min_values=one.unmet_min_values,
            traps=pool_traps(catalogue, one.types, one.pool.requirements),
            warnings=tuple(pool_warnings(one.pool, catalogue)),
        )
        for one in over
    )
    workloads = []
    for name, workload in zip(stack.workload_names(), stack.workloads, strict=True):
        hosting = {one.pool.name: one.host(workload) for one in over}
        caught = {one.pool.name: _caught_pod(catalogue, hosting[one.pool.name], one.pool, workload) for one in over}
        workloads.append(WorkloadAnswer(name, workload, hosting, caught))
    return Answer(pools, tuple(workloads))


def _caught_pod(catalogue: Catalogue, hosting: Hosting, pool: NodePool, workload: Workload) -> tuple[Caught, ...]:
    """Return the traps for a pod, unless it is a DaemonSet, which belongs wherever it lands."""
    if workload.is_daemon or not hosting.types:
        return ()
    chosen = pool.requirements & workload.alternatives[0] if len(workload.alternatives) == 1 else pool.requirements
    return pool_traps(catalogue, hosting.types, chosen, workload.requests)


def pool_traps(
    catalogue: Catalogue, types: tuple[InstanceType, ...], chosen: Requirements, requested: Collection[str] = ()
) -> tuple[Caught, ...]:
    """Return the traps that whoever chose these requirements and types is in."""
    caught = []
    unlisted = [family for family in unlisted_families() if family.may_satisfy(chosen)]
    for trap in traps():
        if trap.concerns(chosen, requested):
            of_trap = frozenset(catalogue.admitted(trap.caught))
            names = tuple(one.name for one in types if one in of_trap)
            families = tuple(
                one.name for one in unlisted if Requirements.of_labels(one.labels).compatible(trap.caught) == ()
            )
            if names or families:
                caught.append(Caught(trap, names, families))
    return tuple(caught)


def pool_warnings(pool: NodePool, catalogue: Catalogue) -> Iterator[str]:
    """Yield what is probably a slip in the pool: values that no type has, labels that resemble a well-known one."""
    unlisted = {family.name for family in unlisted_families()}
    for key, requirement in pool.written.items():
        known = catalogue.label_values(key)
        if known and requirement.operator in {Operator.IN, Operator.NOT_IN}:
            if key == vocabulary.INSTANCE_FAMILY:
                known |= unlisted
            for value in sorted(requirement.values - known - {""}):  # empty is what bare metal says of its hypervisor
                yield f"{key}: no known instance type has {value!r}{did_you_mean(value, known)}"
        elif key not in WELL_KNOWN_LABELS and (meant := closest(key, WELL_KNOWN_LABELS, likeness=0.8)):
            yield f"{key} is a label of your own; did you mean {meant!r}?"
