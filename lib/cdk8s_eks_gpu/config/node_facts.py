"""What tests of whole nodes leave to the pool that they test: instance type, tolerations, zone, huge pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.nccl_image import image_problem
from cdk8s_eks_gpu.config.scheduling import GPU_TOLERATION, Toleration
from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions, WholeNodeOptions
from cdk8s_eks_gpu.hints import did_you_mean, few
from cdk8s_eks_gpu.instances import InstanceType, catalogue
from cdk8s_eks_gpu.quantity import parse_quantity
from cdk8s_eks_gpu.requirements import Requirement, Requirements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.config.node_pool import NodePoolOptions
    from cdk8s_eks_gpu.config.smoke_tests import SmokeTests
    from cdk8s_eks_gpu.manifests import Path


T = TypeVar("T", bound=WholeNodeOptions)


def with_node_facts(tests: SmokeTests, pools: Mapping[str, NodePoolOptions]) -> SmokeTests:
    """Return the tests with what they leave to their pools. The configuration must have no problem there."""
    return tests.model_copy(
        update={name: _settled(test, pools) for name, test in _whole_node_tests(tests) if test is not None}
    )


def node_facts_problems(tests: SmokeTests, pools: Mapping[str, NodePoolOptions]) -> list[tuple[Path, str]]:
    """Return a path and a message for each test whose nodes' instance type is not known."""
    problems: list[tuple[Path, str]] = []
    for name, test in _whole_node_tests(tests):
        if test is not None and (test.node_pool is None or test.node_pool in pools):
            pool = None if test.node_pool is None else pools[test.node_pool]
            message = _problem(test, pool, needs_efa=isinstance(test, NcclTestOptions))
            if message is not None:
                problems.append((("smokeTests", name, "instanceType"), message))
            elif isinstance(test, NcclTestOptions):
                problems += [(("smokeTests", name, option), text) for option, text in _nccl_problems(test, pool)]
    return problems


def _whole_node_tests(tests: SmokeTests) -> Sequence[tuple[str, WholeNodeOptions | None]]:
    return (("node", tests.node), ("nccl", tests.nccl))


def _problem(test: WholeNodeOptions, pool: NodePoolOptions | None, *, needs_efa: bool) -> str | None:
    """Return why the test's instance type is none, or not the only one."""
    launched = None if pool is None else _launched(pool, needs_efa=needs_efa)
    if test.instance_type is not None:
        return _unfit(test.instance_type, needs_efa=needs_efa) or _elsewhere(test, launched)
    if launched is None:
        return "is missing: without nodePool, nothing else says which nodes are tested"
    if len(launched) == 1:
        return None
    what = "instance types with NVIDIA GPUs and EFA" if needs_efa else "instance types with NVIDIA GPUs"
    if launched:
        several = f"{len(launched)} {what} ({few(launched)})"
        return f"is missing: nodePools.{test.node_pool} launches {several}; say which of them is tested"
    others = few(_admitted(pool)) if pool is not None else ""
    return f"nodePools.{test.node_pool} launches no {what}, which this test is for ({others or 'none at all'})"


def _unfit(name: str, *, needs_efa: bool) -> str | None:
    facts = catalogue().get(name)
    if facts is None:
        return f"'{name}' is no instance type that is known{did_you_mean(name, catalogue())}"
    if _fits(facts, needs_efa=needs_efa):
        return None
    return f"'{name}' has no {'EFA' if facts.count(vocabulary.GPU) else 'NVIDIA GPU'}, which this test is for"


def _elsewhere(test: WholeNodeOptions, launched: Sequence[str] | None) -> str | None:
    if launched is None or test.instance_type in launched:
        return None
    return f"nodePools.{test.node_pool} never launches '{test.instance_type}', only {few(launched) or 'others'}"


def _nccl_problems(test: NcclTestOptions, pool: NodePoolOptions | None) -> Iterator[tuple[str, str]]:
    """Yield an option and a message for what keeps NCCL's test from running on the nodes."""
    facts = catalogue().find(test.instance_type or _launched(pool, needs_efa=True)[0])
    if problem := image_problem(test.image, facts):
        yield "image", problem
    if pool is not None:
        yield from (("nodes", text) for text in _too_few_nodes(test, pool, facts))


def _too_few_nodes(test: NcclTestOptions, pool: NodePoolOptions, facts: InstanceType) -> Iterator[str]:
    """Say what keeps the pool from having as many nodes as the test needs."""
    of_a_node = {
        "nodes": 1,
        "cpu": int(facts.labels[vocabulary.INSTANCE_CPU]),
        vocabulary.GPU: facts.count(vocabulary.GPU),
    }
    for resource, limit in (pool.limits or {}).items():
        needed = test.nodes * of_a_node.get(resource, 0)
        if parse_quantity(str(limit)) < needed:
            yield (
                f"{test.nodes} nodes of {facts.name} have {needed} {resource}, "
                f"and nodePools.{test.node_pool} is limited to {limit}"
            )
    static = pool.capacity.static if pool.capacity is not None else None
    replicas = static.replicas if static is not None else pool.replicas
    if replicas is not None and replicas < test.nodes:
        yield f"is {test.nodes}, and nodePools.{test.node_pool} is a static pool of {replicas}"


def _settled(test: T, pools: Mapping[str, NodePoolOptions]) -> T:
    pool = None if test.node_pool is None else pools[test.node_pool]
    update: dict[str, object] = {}
    if test.instance_type is None and pool is not None:
        update["instance_type"] = _launched(pool, needs_efa=isinstance(test, NcclTestOptions))[0]
    if test.tolerations is None and pool is not None:
        update["tolerations"] = tuple(
            GPU_TOLERATION
            if taint.key == vocabulary.GPU and taint.effect == "NoSchedule"
            else Toleration(key=taint.key, operator="Exists", effect=taint.effect)
            for taint in pool.taints
        )
    if isinstance(test, NcclTestOptions) and pool is not None:
        update["zone"] = test.zone or _zone(pool)
        update["huge_pages"] = pool.huge_pages if test.huge_pages is None else test.huge_pages
    return test.model_copy(update=update)


def _launched(pool: NodePoolOptions | None, *, needs_efa: bool) -> list[str]:
    """Return the instance types with GPUs, and EFA, that the pool's requirements admit; none of no pool."""
    return (
        [] if pool is None else [name for name in _admitted(pool) if _fits(catalogue().find(name), needs_efa=needs_efa)]
    )


def _admitted(pool: NodePoolOptions) -> list[str]:
    """Return the instance types that the pool's requirements admit."""
    requirements = Requirements(
        Requirement.of(each.key, str(each.operator), *(each.values or ())) for each in pool.all_requirements()
    )
    return [each.name for each in catalogue().admitted(requirements)]


def _fits(facts: InstanceType, *, needs_efa: bool) -> bool:
    return facts.count(vocabulary.GPU) > 0 and (not needs_efa or facts.count(vocabulary.EFA) > 0)


def _zone(pool: NodePoolOptions) -> str | None:
    """Return the zone that all nodes of the pool are in, or None where there may be several."""
    zones = [
        set(each.values or ())
        for each in pool.all_requirements()
        if each.key == vocabulary.ZONE and each.operator == "In"
    ]
    common = set.intersection(*zones) if zones else set()
    return next(iter(common)) if len(common) == 1 else None
