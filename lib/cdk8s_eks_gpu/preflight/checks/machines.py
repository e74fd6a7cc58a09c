"""The machines that the pools admit, and their images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.explain.answer import pool_traps, pool_warnings
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.preflight.rules import ami as ami_rules
from cdk8s_eks_gpu.preflight.rules import instances as rules
from cdk8s_eks_gpu.quantity import format_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import KubernetesObject, Path
    from cdk8s_eks_gpu.provisioning.fleet import Pool
    from cdk8s_eks_gpu.provisioning.world import World

_REQUIREMENTS: Path = ("spec", "template", "spec", "requirements")
_LIMITS: Path = ("spec", "limits")
_TRAPS = {
    "amd-gpu": rules.AMD_GPU,
    "arm64": rules.ARM64,
    "driver": rules.DRIVER,
    "fractional-gpu": rules.FRACTIONAL_GPU,
}
# EKS publishes AL2 images up to this Kubernetes version.
_LAST_AL2 = (1, 32)


def check(world: World) -> Iterator[Finding]:
    """Yield what is wrong with the machines of the pools and with their images."""
    gpu_pools = _pools_of_gpu_pods(world)
    for pool in world.fleet.pools:
        if not pool.is_foreign:
            yield from _admitted(pool)
            yield from _limits(pool)
            yield from _traps(pool) if pool.name in gpu_pools else ()
    for node_class in world.node_classes:
        pools = [pool for pool in world.fleet.pools if pool.node_class_manifest is node_class]
        yield from _images(node_class, world.kubernetes, any(pool.name in gpu_pools for pool in pools))


def _pools_of_gpu_pods(world: World) -> set[str]:
    """Return the pools that are meant for pods with NVIDIA GPUs: a taint says so, or a pod that can run there."""
    names = {pool.name for pool in world.fleet.pools if any(taint.key == vocabulary.GPU for taint in pool.taints)}
    for pods in world.pods:
        if len(names) < len(world.fleet.pools) and pods.asks_for(vocabulary.GPU):
            names.update(pool.name for pool in world.fleet.hosts(pods))
    return names


def _admitted(pool: Pool) -> Iterator[Finding]:
    for warning in pool_warnings(pool.node_pool, catalogue()):
        yield finding_at(rules.UNKNOWN_VALUE, pool.manifest, _REQUIREMENTS, f"{warning}.")
    over = pool.over_types
    if not pool.is_judged:
        return
    if over.unmet_min_values:
        unmet = ", ".join(map(str, over.unmet_min_values))
        yield finding_at(rules.MIN_VALUES, pool.manifest, _REQUIREMENTS, f"The pool's types do not meet {unmet}.")
    elif not pool.required_types:
        strictest = ", ".join(f"{text} leaves out {count}" for text, count in list(over.left_out.items())[:3])
        message = f"Of {len(catalogue())} instance types pool {pool.name} admits none: {strictest}."
        yield finding_at(rules.NONE_ADMITTED, pool.manifest, _REQUIREMENTS, message)


def _traps(pool: Pool) -> Iterator[Finding]:
    for caught in pool_traps(catalogue(), pool.types, pool.node_pool.requirements):
        trap = caught.trap
        names = [*caught.types, *caught.unlisted]
        some = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")  # noqa: PLR2004 -- as many as fit a line
        message = f"Pool {pool.name} admits {some}: {trap.problem}."
        cure = f"Add the requirement {trap.cure}."
        yield finding_at(_TRAPS.get(trap.name, rules.OTHER_TRAP), pool.manifest, _REQUIREMENTS, message, fix=cure)


def _limits(pool: Pool) -> Iterator[Finding]:
    types = pool.required_types if pool.is_judged else ()
    for resource, limit in pool.node_pool.limits.items():
        amounts = [(one.capacity(resource), one.name) for one in types]
        if not amounts or not limit:  # 0 is how a pool is switched off
            continue
        least, name = min(amounts)
        if limit < least:
            message = (
                f"The limit {format_quantity(limit)} of {resource} is less than the {format_quantity(least)} of"
                f" {name}, the smallest machine of pool {pool.name}."
            )
            value = pool.manifest.get(*_LIMITS, resource)
            yield finding_at(rules.LIMIT_TOO_SMALL, pool.manifest, (*_LIMITS, resource), message, value=value)


def _images(node_class: KubernetesObject, kubernetes: str, has_gpu_pods: bool) -> Iterator[Finding]:  # noqa: FBT001 -- a fact, not a switch
    terms = node_class.get("spec", "amiSelectorTerms")
    family = node_class.get("spec", "amiFamily")
    aliases: list[tuple[Path, str]] = [
        (("spec", "amiSelectorTerms", index, "alias"), term["alias"])
        for index, term in enumerate(terms if isinstance(terms, list) else ())
        if isinstance(term, dict) and isinstance(term.get("alias"), str)
    ]
    for path, alias in aliases:
        name, _, version = alias.partition("@")
        if version == "latest" and not name.startswith("windows"):  # Windows aliases have no other version
            yield finding_at(
                ami_rules.LATEST, node_class, path, f"{alias} follows every release of the AMI.", value=alias
            )
        if name == "al2" and tuple(map(int, kubernetes.split("."))) > _LAST_AL2:
            message = f"There is no AL2 image for Kubernetes {kubernetes}."
            yield finding_at(ami_rules.AL2, node_class, path, message, value=alias)
    names = [alias for _, alias in aliases] + [family] * isinstance(family, str)
    if has_gpu_pods and any(name.lower().startswith("windows") for name in names):
        path = aliases[0][0] if aliases else ("spec", "amiFamily")
        yield finding_at(
            ami_rules.NO_GPU_DRIVER, node_class, path, "Windows images have no NVIDIA driver.", value=names[0]
        )
    if family == "Custom" and not node_class.get("spec", "userData"):
        message = "The family Custom needs `userData`."
        yield finding_at(ami_rules.CUSTOM_WITHOUT_USER_DATA, node_class, ("spec", "amiFamily"), message, value=family)
