"""`eks-gpu explain`: which instance types pools launch and pods can run on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdk8s_eks_gpu.admission import refusals
from cdk8s_eks_gpu.admission.schema.kubernetes import kubernetes_minor
from cdk8s_eks_gpu.admission.schema.releases import release
from cdk8s_eks_gpu.cli.options import config_option, karpenter_option, kubernetes_option
from cdk8s_eks_gpu.cli.targets import read_targets
from cdk8s_eks_gpu.errors import ConfigError, Problem, RefusedError
from cdk8s_eks_gpu.explain import Answer, difference
from cdk8s_eks_gpu.explain import explain as answer
from cdk8s_eks_gpu.explain.page import Section, answer_page, difference_page, layouts_page, type_page
from cdk8s_eks_gpu.explain.to_json import answer_data, difference_data, layouts_data, type_data
from cdk8s_eks_gpu.explain.to_markdown import markdown
from cdk8s_eks_gpu.findings import Severity
from cdk8s_eks_gpu.findings.checked_for import ASSUMED
from cdk8s_eks_gpu.instances import catalogue, efa_layouts
from cdk8s_eks_gpu.instances.efa_layouts import types_with_efa
from cdk8s_eks_gpu.manifests.pod_templates import pod_spec_paths
from cdk8s_eks_gpu.preflight.reading import unless_placeholder
from cdk8s_eks_gpu.preflight.versions import Wanted
from cdk8s_eks_gpu.provisioning.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk8s_eks_gpu.findings import CheckedFor
    from cdk8s_eks_gpu.manifests import KubernetesObject

_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
_YAML = {".yaml", ".yml", ".json"}
_KARPENTER = ("karpenter.sh", "karpenter.k8s.aws")


@click.command()
@click.argument("targets", nargs=-1, metavar="[TYPE | FILE | FOLDER | -]...")
@config_option
@karpenter_option
@kubernetes_option
@click.option("--diff", "other", metavar="FILE", help="Say what FILE admits and drops as against the targets.")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    show_default=True,
    help="How to print the answer.",
)
@click.pass_context
def explain(  # noqa: PLR0913, PLR0917 -- one parameter an option
    ctx: click.Context,
    targets: tuple[str, ...],
    config: Path,
    karpenter: str | None,
    kubernetes: str | None,
    other: str | None,
    form: str,
) -> None:
    """Say which EC2 instance types each pool launches, and which of them can host each workload.

    A target is a cluster.yaml, a file or folder of Kubernetes manifests, or - for manifests on standard input; several
    are taken together. Where they have no NodePool, the pools of the configuration file are asked about, so that
    `eks-gpu explain job.yaml` says where a job can run. The name of an instance type describes that type.

    Exit code 2: nothing can be said, or not of the objects that are named as refused.
    """
    if len(targets) == 1 and _is_type_name(targets[0]):
        _explain_type(targets[0], form)
        return
    wanted = Wanted(karpenter, kubernetes)
    found, read, remark = _answer(targets, config, wanted)
    refused = list(read.refused)
    if other is None:
        versions = read.versions
        note = Section("", notes=(*filter(None, (remark,)), f"Answers are for {versions}."))
        _print({**answer_data(found), "versions": _versions(versions)}, [*answer_page(found), note], form)
    else:
        after, read_after, _ = _answer((other,), config, wanted)
        refused += read_after.refused
        if refused:
            raise RefusedError("\n".join(refused))
        change = difference(found, after)
        _print(difference_data(change), difference_page(change), form)
    if refused:
        click.echo("\n".join((*refused, "Nothing is said above of what is refused.")), err=True)
        ctx.exit(2)


def _explain_type(name: str, form: str) -> None:
    """Print what is known of an instance type, if it is its EFA only.

    Raises:
        UnknownNameError: Nothing is known of it.
    """
    if name not in catalogue() and name in types_with_efa():
        layouts = efa_layouts(name)
        _print(layouts_data(layouts), layouts_page(layouts), form)
        return
    instance_type = catalogue().find(name)
    _print(type_data(instance_type), type_page(instance_type), form)


def _versions(versions: CheckedFor) -> dict[str, Any]:
    """Return the versions that an answer is for; what names them is not part of the answer, but for what is assumed."""
    named = {"karpenter": versions.karpenter_from, "kubernetes": versions.kubernetes_from}
    return {
        "cluster": versions.cluster,
        "karpenter": versions.karpenter,
        "kubernetes": versions.kubernetes,
        "assumed": [name for name, source in named.items() if source == ASSUMED],
    }


def _is_type_name(target: str) -> bool:
    path = Path(target)
    return _TYPE.fullmatch(target) is not None and path.suffix not in _YAML and not path.exists()


@dataclass(frozen=True)
class _Read:
    """What was read, and what of it nothing can be said of.

    Attributes:
        objects: The objects.
        versions: The versions that they are for.
        refused: What cannot be read, or would be refused, in the words of `eks-gpu check`.
    """

    objects: tuple[KubernetesObject, ...]
    versions: CheckedFor
    refused: tuple[str, ...] = ()


def _answer(targets: Sequence[str], config: Path, wanted: Wanted) -> tuple[Answer, _Read, str]:
    """Return the answer, what it is about, and a remark on whose pools it is about."""
    asked = _read(targets, wanted)
    named = ", ".join(targets)
    cluster = Cluster(asked.objects, asked.versions.karpenter)
    if asked.refused and not cluster.pools and not cluster.workloads:
        raise RefusedError("\n".join(asked.refused))
    if targets and not asked.objects:
        raise ConfigError(named, [Problem("", "there is no Kubernetes object to explain")])
    if cluster.pools:
        return answer(cluster), asked, ""
    if not config.exists() and targets:
        problem = f"there is no NodePool, and no {config} to take pools from; name the pools' file or folder too"
        raise ConfigError(named, [Problem("", problem)])
    # Who asks about a job wants to read about the job; the configuration's DaemonSets only count as overhead.
    own = _read([str(config)], wanted)
    if own.refused:
        raise RefusedError("\n".join(own.refused))
    both = Cluster((*own.objects, *asked.objects), own.versions.karpenter)
    remark = f"There is no NodePool in {named}: the pools are those of {config}." if targets else ""
    return answer(both, len(cluster.workloads) or None), replace(asked, versions=own.versions), remark


def _read(targets: Sequence[str], wanted: Wanted) -> _Read:
    read = read_targets(targets)
    faults = [f"{each.file}:{each.line}: {each.reason}" for each in read.sources.unreadable if not each.is_template]
    parts = read.by_cluster(wanted)
    versions = parts[0].checked_for
    release_there, minor = release(versions.karpenter), kubernetes_minor(versions.kubernetes)
    accepted = []
    for each in read.sources.objects:
        refused = [
            f"{finding.file}:{finding.line}: {finding.kind}/{finding.name}: {finding.path}: {finding.message}"
            f" {finding.fix}"
            for finding in map(unless_placeholder, refusals(each, release_there, minor))
            if finding.severity is Severity.ERROR and _is_asked_about(each)
        ]
        faults += refused
        accepted += [] if refused else [each]
    return _Read(tuple(accepted), versions, tuple(faults))


def _is_asked_about(manifest: KubernetesObject) -> bool:
    return manifest.group in _KARPENTER or any(True for _ in pod_spec_paths(manifest.data))


def _print(data: dict[str, Any], page: list[Section], form: str) -> None:
    if form == "json":
        click.echo(json.dumps(data, indent=2))
    elif form == "markdown":
        click.echo(markdown(page))
    else:
        from rich.console import Console  # noqa: PLC0415 -- only a table needs it

        from cdk8s_eks_gpu.explain.to_terminal import show  # noqa: PLC0415

        show(page, Console(highlight=False))
