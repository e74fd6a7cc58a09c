"""`eks-gpu explain`: which instance types pools launch and pods can run on."""

from __future__ import annotations

import json
import re
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
def explain(  # noqa: PLR0913, PLR0917 -- one parameter an option
    targets: tuple[str, ...], config: Path, karpenter: str | None, kubernetes: str | None, other: str | None, form: str
) -> None:
    """Say which EC2 instance types each pool launches, and which of them can host each workload.

    A target is a cluster.yaml, a file or folder of Kubernetes manifests, or - for manifests on standard input; several
    are taken together. Where they have no NodePool, the pools of the configuration file are asked about, so that
    `eks-gpu explain job.yaml` says where a job can run. The name of an instance type describes that type.
    """
    if len(targets) == 1 and _is_type_name(targets[0]):
        _explain_type(targets[0], form)
        return
    wanted = Wanted(karpenter, kubernetes)
    found, versions = _answer(targets, config, wanted)
    if other is None:
        note = Section("", notes=(f"Answers are for {versions}.",))
        _print({**answer_data(found), "versions": _versions(versions)}, [*answer_page(found), note], form)
    else:
        change = difference(found, _answer((other,), config, wanted)[0])
        _print(difference_data(change), difference_page(change), form)


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


def _answer(targets: Sequence[str], config: Path, wanted: Wanted) -> tuple[Answer, CheckedFor]:
    asked, versions = _read(targets, wanted)
    if targets and not asked:
        raise ConfigError(", ".join(targets), [Problem("", "there is no Kubernetes object to explain")])
    cluster = Cluster(asked, versions.karpenter)
    if cluster.pools:
        return answer(cluster), versions
    # Who asks about a job wants to read about the job; the configuration's DaemonSets only count as overhead.
    own, versions = _read([str(config)], wanted)
    both = Cluster((*own, *asked), versions.karpenter)
    return answer(both, len(cluster.workloads) or None), versions


def _read(targets: Sequence[str], wanted: Wanted) -> tuple[tuple[KubernetesObject, ...], CheckedFor]:
    """Return the objects in the targets, and the versions that they are for.

    Raises:
        ConfigError: A file cannot be read.
        RefusedError: The API server or Karpenter would refuse an object; in the words of `eks-gpu check`.
    """
    read = read_targets(targets)
    problems: dict[str, list[Problem]] = {}
    for unreadable in read.sources.unreadable:
        if not unreadable.is_template:
            problem = Problem("", unreadable.reason, unreadable.line)
            problems.setdefault(unreadable.file, []).append(problem)
    for file, found in problems.items():
        raise ConfigError(file, found)
    parts = read.by_cluster(wanted)
    versions = parts[0].checked_for
    release_there, minor = release(versions.karpenter), kubernetes_minor(versions.kubernetes)
    refused = [
        f"{finding.file}:{finding.line}: {finding.kind}/{finding.name}: {finding.path}: {finding.message} {finding.fix}"
        for each in read.sources.objects
        if _is_asked_about(each)
        for finding in refusals(each, release_there, minor)
        if finding.severity is Severity.ERROR
    ]
    if refused:
        raise RefusedError("\n".join(refused))
    return read.sources.objects, versions


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
