"""What `eks-gpu explain` answers for each cluster, and whose pools are meant where the targets have none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cdk8s_eks_gpu.cli.asked import Asked, is_asked_about, pool_errors, read_asked
from cdk8s_eks_gpu.cli.targets import configs_for, is_pool
from cdk8s_eks_gpu.config.project import CLUSTER, project_files
from cdk8s_eks_gpu.errors import ConfigError, Problem, RefusedError
from cdk8s_eks_gpu.explain import Answer, explain
from cdk8s_eks_gpu.manifests.sources import STDIN
from cdk8s_eks_gpu.provisioning.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk8s_eks_gpu.findings import CheckedFor
    from cdk8s_eks_gpu.manifests.folder import NotChecked
    from cdk8s_eks_gpu.preflight.versions import Wanted


class Found(NamedTuple):
    """The answer for a cluster, the versions that it is for, what has to be said about it, and what was not checked."""

    answer: Answer
    versions: CheckedFor
    remark: str
    not_checked: tuple[NotChecked, ...]


def answers(targets: Sequence[str], config: Path, wanted: Wanted, refused: list[str]) -> dict[str, Found]:
    """Return the answer for each cluster.

    Manifests without pools are asked about on each cluster that has some: those of the targets, or of the project.
    What cannot be read or would be refused is added to `refused`.

    Raises:
        RefusedError: All that is asked about would be refused, or all pools.
        ConfigError: There is nothing to ask about, or no pool.
    """
    asked = read_asked(targets, wanted, refused)
    if refused and not any(each.accepts(is_asked_about) for each in asked):
        raise RefusedError("\n".join(refused))
    if targets and not any(each.objects for each in asked):
        raise ConfigError(", ".join(targets), [Problem("", "there is no Kubernetes object to explain")])
    loose = [each for each in asked if not each.has_pools]
    clusters = [each for each in asked if each.has_pools]
    remark = ""
    if not clusters:
        files = configurations(config, targets)
        if targets:
            remark = f"There is no NodePool in {', '.join(targets)}: the pools are those of {', '.join(files)}."
            _refuse_without(files, targets, config, refused)
        clusters = read_asked(files, wanted, refused)
        if not refused and not any(each.has_pools for each in clusters):
            raise ConfigError(", ".join(files), [Problem("", "there is no NodePool to explain")])
    if refused and not any(each.accepts(is_pool) for each in clusters):
        raise RefusedError("\n".join(refused))
    not_checked = tuple(dict.fromkeys(met for each in asked for met in each.not_checked))
    # Who asks about a job wants to read about the job; the configuration's DaemonSets only count as overhead.
    return {
        each.name: Found(_answer(each, loose, only_loose=bool(remark)), each.part.checked_for, remark, not_checked)
        for each in clusters
    }


def configurations(config: Path, targets: Sequence[str] = ()) -> list[str]:
    """Return the configuration files: the one that is named, or those of the project that the targets are of."""
    return (configs_for(targets) or project_files()) if config == Path(CLUSTER) else [str(config)]


def _refuse_without(files: Sequence[str], targets: Sequence[str], config: Path, refused: Sequence[str]) -> None:
    """Say what to name beside targets without a pool, if there is no configuration to take pools from.

    Raises:
        RefusedError: Some of the targets would be refused; perhaps a pool is among that.
        ConfigError: All of them were read.
    """
    if any(file == STDIN or Path(file).exists() for file in files):
        return
    message = f"there is no NodePool, and no {config} to take pools from: name the file or folder of the pools too"
    if refused:
        raise RefusedError("\n".join((*refused, f"{', '.join(targets)}: {message}")))
    raise ConfigError(", ".join(targets), [Problem("", message)])


def _answer(cluster: Asked, loose: Sequence[Asked], *, only_loose: bool) -> Answer:
    """Return the answer about a cluster with the objects beside it, or about the workloads of these only."""
    beside = [each for several in loose for each in several.objects]
    karpenter = cluster.part.checked_for.karpenter
    count = len(Cluster(beside, karpenter).workloads) if only_loose else None
    refused = {each: why for several in (cluster, *loose) for each, why in several.refused.items()}
    together = Cluster((*cluster.objects, *beside), karpenter)
    return explain(together, count or None, refused, pool_errors(together, cluster.part.checked_for))
