"""`eks-gpu explain`: which instance types pools launch and pods can run on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from cdk8s_eks_gpu.admission import refusals
from cdk8s_eks_gpu.admission.schema.kubernetes import kubernetes_minor
from cdk8s_eks_gpu.admission.schema.releases import release
from cdk8s_eks_gpu.cli.options import (
    TARGET,
    config_option,
    format_option,
    karpenter_option,
    kubernetes_option,
    output_option,
)
from cdk8s_eks_gpu.cli.targets import read_targets
from cdk8s_eks_gpu.config.project import CLUSTER, project_files
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
from cdk8s_eks_gpu.manifests.sources import STDIN
from cdk8s_eks_gpu.preflight.reading import unless_placeholder
from cdk8s_eks_gpu.preflight.versions import Wanted
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk8s_eks_gpu.findings import CheckedFor
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.preflight.versions import Part

_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
_YAML = {".yaml", ".yml", ".json"}
_NOTHING = Answer((), (), DEFAULT_KARPENTER)
_KARPENTER = ("karpenter.sh", "karpenter.k8s.aws")


@click.command()
@click.argument("targets", nargs=-1, type=TARGET, metavar="[TYPE | FILE | FOLDER | -]...")
@config_option
@karpenter_option
@kubernetes_option
@click.option(
    "--diff", "other", metavar="FILE", help="Say what FILE, or folder, admits and drops as against the targets."
)
@format_option(("table", "markdown", "json"), "How to print the answer.")
@output_option
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

    A target is a cluster.yaml, a file or folder of Kubernetes manifests, or - for manifests on standard input; those of
    one cluster are taken together, and each cluster is answered for by itself. Where they have no NodePool, the pools
    of the configuration file are asked about, or of all in the folder clusters/, so that `eks-gpu explain job.yaml`
    says where a job can run. The name of an instance type describes that type.

    Exit code 0: there is an answer, also when nothing matches. 2: there is none, or none of the objects that are named
    as refused.
    """
    if len(targets) == 1 and _is_type_name(targets[0]):
        _explain_type(targets[0], form)
        return
    wanted = Wanted(karpenter, kubernetes)
    refused: list[str] = []
    answers = _answers(targets, config, wanted, refused)
    if other is None:
        said = {name: _said(*found) for name, found in answers.items()}
    else:
        after = _answers((other,), config, wanted, refused)
        if refused:  # half of a difference is none
            raise RefusedError("\n".join(refused))
        said = _differences(answers, after)
    if len(said) == 1:
        _print(*next(iter(said.values())), form)
    else:
        pages = [section for name, (_, page) in said.items() for section in (Section(f"Cluster {name}"), *page)]
        _print({"clusters": {name: data for name, (data, _) in said.items()}}, pages, form)
    if refused:
        click.echo("\n".join((*refused, "Nothing is said of these objects.")), err=True)
        ctx.exit(2)


def _said(found: Answer, versions: CheckedFor, remark: str) -> tuple[dict[str, Any], list[Section]]:
    note = Section("", notes=(*filter(None, (remark,)), f"Answers are for {versions}."))
    return {**answer_data(found), "versions": _versions(versions)}, [*answer_page(found), note]


def _differences(
    before: Mapping[str, tuple[Answer, CheckedFor, str]], after: Mapping[str, tuple[Answer, CheckedFor, str]]
) -> dict[str, tuple[dict[str, Any], list[Section]]]:
    """Return what changes by cluster. One file against one is a change whatever their clusters are called."""
    if len(before) == len(after) == 1:
        before = dict(zip(after, before.values(), strict=True))
    if len(after) == 1:
        before = {name: answer for name, answer in before.items() if name in after} or before
    said = {}
    for name in {**before, **after}:
        change = difference(*(each[name][0] if name in each else _NOTHING for each in (before, after)))
        said[name] = difference_data(change), difference_page(change)
    return said


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


def _answers(
    targets: Sequence[str], config: Path, wanted: Wanted, refused: list[str]
) -> dict[str, tuple[Answer, CheckedFor, str]]:
    """Return the answer for each cluster, and the versions that it is for.

    Manifests without pools are asked about on each cluster that has some: those of the targets, or of the project.
    What cannot be read or would be refused is left out, and added to `refused`.
    """
    asked = _read(targets, wanted, refused)
    if refused and not any(map(_is_asked_about, (each for part in asked for each in part.sources.objects))):
        raise RefusedError("\n".join(refused))
    if targets and not any(part.sources.objects for part in asked):
        raise ConfigError(", ".join(targets), [Problem("", "there is no Kubernetes object to explain")])
    loose = [each for part in asked if not _has_pools(part) for each in part.sources.objects]
    clusters = [part for part in asked if _has_pools(part)]
    if clusters:
        return {
            _name(part): (
                answer(Cluster((*part.sources.objects, *loose), part.checked_for.karpenter)),
                part.checked_for,
                "",
            )
            for part in clusters
        }
    # Who asks about a job wants to read about the job; the configuration's DaemonSets only count as overhead.
    answers = {}
    remark = (
        f"There is no NodePool in {', '.join(targets)}: the pools are those of the configuration." if targets else ""
    )
    files = project_files() if config == Path(CLUSTER) else [str(config)]
    if targets and not any(file == STDIN or Path(file).exists() for file in files):
        message = f"there is no NodePool, and no {config} to take pools from: name the file or folder of the pools too"
        raise ConfigError(", ".join(targets), [Problem("", message)])
    for own in _read(files, wanted, refused):
        versions = own.checked_for
        both = Cluster((*own.sources.objects, *loose), versions.karpenter)
        answers[_name(own)] = answer(both, len(Cluster(loose, versions.karpenter).workloads) or None), versions, remark
    return answers


def _has_pools(part: Part) -> bool:
    return any((each.group, each.kind) == (_KARPENTER[0], "NodePool") for each in part.sources.objects)


def _name(part: Part) -> str:
    return part.checked_for.cluster or ", ".join(part.sources.files[:1])


def _read(targets: Sequence[str], wanted: Wanted, refused: list[str]) -> list[Part]:
    """Return what is in the targets, by cluster, without what `refused` then says in the words of `eks-gpu check`."""
    read = read_targets(targets)
    refused += [f"{each.file}:{each.line}: {each.reason}" for each in read.sources.unreadable if not each.is_template]
    parts = []
    for part in read.by_cluster(wanted):
        release_there, minor = release(part.checked_for.karpenter), kubernetes_minor(part.checked_for.kubernetes)
        accepted = []
        for each in part.sources.objects:
            found = [
                f"{finding.file}:{finding.line}: {finding.kind}/{finding.name}: {finding.path}: {finding.message}"
                f" {finding.fix}"
                for finding in map(unless_placeholder, refusals(each, release_there, minor))
                if finding.severity is Severity.ERROR and _is_asked_about(each)
            ]
            refused += found
            accepted += [] if found else [each]
        parts.append(replace(part, sources=replace(part.sources, objects=tuple(accepted))))
    return parts


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
