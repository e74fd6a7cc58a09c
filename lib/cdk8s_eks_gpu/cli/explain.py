"""`eks-gpu explain`: which instance types pools launch and pods can run on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from msgspec.structs import asdict

from cdk8s_eks_gpu.cli.asked import Asked, is_asked_about, pool_errors, read_asked
from cdk8s_eks_gpu.cli.options import (
    TARGET,
    config_option,
    format_option,
    karpenter_option,
    kubernetes_option,
    output_option,
)
from cdk8s_eks_gpu.cli.targets import configs_for, is_pool
from cdk8s_eks_gpu.config.project import CLUSTER, project_files
from cdk8s_eks_gpu.errors import ConfigError, Problem, RefusedError
from cdk8s_eks_gpu.explain import Answer, difference
from cdk8s_eks_gpu.explain import explain as answer
from cdk8s_eks_gpu.explain.page import answer_page, difference_page
from cdk8s_eks_gpu.explain.section import Section
from cdk8s_eks_gpu.explain.to_json import answer_data, difference_data, layouts_data, type_data
from cdk8s_eks_gpu.explain.to_markdown import markdown
from cdk8s_eks_gpu.explain.type_page import layouts_page, type_page
from cdk8s_eks_gpu.findings.checked_for import ASSUMED
from cdk8s_eks_gpu.findings.scope import not_checked_text
from cdk8s_eks_gpu.hints import few
from cdk8s_eks_gpu.instances import catalogue, efa_layouts
from cdk8s_eks_gpu.instances.efa_layouts import types_with_efa
from cdk8s_eks_gpu.manifests.sources import STDIN
from cdk8s_eks_gpu.preflight.versions import Wanted
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk8s_eks_gpu.findings import CheckedFor
    from cdk8s_eks_gpu.manifests.folder import NotChecked


_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
_PADDING = re.compile(r" +((?:\x1b\[0m)?)$", re.MULTILINE)
_YAML = {".yaml", ".yml", ".json"}
_NOTHING = Answer((), (), DEFAULT_KARPENTER)


class _Found(NamedTuple):
    """The answer for a cluster, the versions that it is for, what has to be said about it, and what was not checked."""

    answer: Answer
    versions: CheckedFor
    remark: str
    not_checked: tuple[NotChecked, ...]


@click.command(short_help="Show which instance types pools launch, and what runs on them.")
@click.argument("targets", nargs=-1, type=TARGET, metavar="[TYPE | FILE | FOLDER | -]...")
@config_option
@karpenter_option
@kubernetes_option
@click.option(
    "--diff",
    "other",
    metavar="FILE|REVISION",
    help="Say what FILE, or folder, admits and drops as against the targets; or the targets as against a Git REVISION.",
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
    """Show which EC2 instance types each pool can launch, and which of them can host each workload.

    A target is a cluster.yaml, a file or folder of Kubernetes manifests, or - for manifests on standard input.
    Manifests of one cluster are taken together; several clusters get an answer each. If there is no NodePool in them,
    the pools are those of cluster.yaml, or of all files in clusters/: so `eks-gpu explain job.yaml` shows where a job
    can run. An instance type as the target is described.

    Exit code 0: there is an answer, even if nothing matches. 2: there is none, or some objects would be refused.
    """
    if len(targets) == 1 and _is_type_name(targets[0]):
        _explain_type(targets[0], form)
        return
    for target in targets:
        _refuse_types(target)
    wanted = Wanted(karpenter, kubernetes)
    refused: list[str] = []
    answers = _answers(targets, config, wanted, refused)
    if other is None:
        said = {name: _said(found, form) for name, found in answers.items()}
    else:
        from cdk8s_eks_gpu.cli.revisions import is_path, other_state  # noqa: PLC0415 -- only a difference needs it

        with other_state(other, targets or _configs(config)) as paths:
            others = _answers(paths, config, wanted, refused)
        if refused:  # half of a difference is none
            raise RefusedError("\n".join(refused))
        said = _differences(answers, others) if is_path(other) else _differences(others, answers)
    if len(said) == 1:
        _print(*next(iter(said.values())), form)
    else:
        pages = [section for name, (_, page) in said.items() for section in (Section(f"Cluster {name}"), *page)]
        _print({"clusters": {name: data for name, (data, _) in said.items()}}, pages, form)
    if refused:
        click.echo("\n".join((*refused, "Nothing is said of these.")), err=True)
        ctx.exit(2)


def _said(found: _Found, form: str) -> tuple[dict[str, Any], list[Section]]:
    """Return the answer as data, or as sections where it is for people."""
    if form != "json":
        return {}, _page(found)
    data = {
        **answer_data(found.answer),
        "notJudged": [asdict(each) for each in found.not_checked],
        "versions": _versions(found.versions),
    }
    return data, []


def _page(found: _Found) -> list[Section]:
    beside = not_checked_text(found.not_checked)
    remarks = (found.remark, f"Not checked: {beside}." if beside else "", f"Answers are for {found.versions}.")
    return [*answer_page(found.answer), Section("", notes=tuple(filter(None, remarks)))]


def _differences(
    before: Mapping[str, _Found], after: Mapping[str, _Found]
) -> dict[str, tuple[dict[str, Any], list[Section]]]:
    """Return what changes by cluster. One file against one is a change whatever their clusters are called."""
    if len(before) == len(after) == 1:
        before = dict(zip(after, before.values(), strict=True))
    if len(after) == 1:
        before = {name: found for name, found in before.items() if name in after} or before
    said = {}
    for name in {**before, **after}:
        change = difference(*(each[name].answer if name in each else _NOTHING for each in (before, after)))
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


def _refuse_types(target: str) -> None:
    """Say of a family, and of a type beside other targets, what can be asked instead; both are no paths.

    Raises:
        ConfigError: It is one of them.
    """
    if not Path(target).exists():
        family = [each.name for each in catalogue().values() if each.family == target]
        if family:
            raise ConfigError(target, [Problem("", f"is a family: name one of its types, such as {few(family)}")])
        if target in catalogue():
            raise ConfigError(target, [Problem("", "is an instance type: name it without other targets")])


def _answers(targets: Sequence[str], config: Path, wanted: Wanted, refused: list[str]) -> dict[str, _Found]:
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
    # Who asks about a job wants to read about the job; the configuration's DaemonSets only count as overhead.
    remark, only_loose = "", False
    if not clusters:
        only_loose = bool(targets)
        files = _configs(config, targets)
        if targets:
            remark = f"There is no NodePool in {', '.join(targets)}: the pools are those of {', '.join(files)}."
        if targets and not any(file == STDIN or Path(file).exists() for file in files):
            message = (
                f"there is no NodePool, and no {config} to take pools from: name the file or folder of the pools too"
            )
            if refused:  # perhaps a pool is among that
                raise RefusedError("\n".join((*refused, f"{', '.join(targets)}: {message}")))
            raise ConfigError(", ".join(targets), [Problem("", message)])
        clusters = read_asked(files, wanted, refused)
        if not refused and not any(each.has_pools for each in clusters):
            raise ConfigError(", ".join(files), [Problem("", "there is no NodePool to explain")])
    if refused and not any(each.accepts(is_pool) for each in clusters):
        raise RefusedError("\n".join(refused))
    not_checked = tuple(dict.fromkeys(met for each in asked for met in each.not_checked))
    return {
        each.name: _Found(_answer(each, loose, only_loose=only_loose), each.part.checked_for, remark, not_checked)
        for each in clusters
    }


def _answer(cluster: Asked, loose: Sequence[Asked], *, only_loose: bool) -> Answer:
    """Return the answer about a cluster with the objects beside it, or about the workloads of these only."""
    beside = [each for several in loose for each in several.objects]
    karpenter = cluster.part.checked_for.karpenter
    count = len(Cluster(beside, karpenter).workloads) if only_loose else None
    refused = {each: why for several in (cluster, *loose) for each, why in several.refused.items()}
    together = Cluster((*cluster.objects, *beside), karpenter)
    return answer(together, count or None, refused, pool_errors(together, cluster.part.checked_for))


def _configs(config: Path, targets: Sequence[str] = ()) -> list[str]:
    """Return the configuration files: the one that is named, or those of the project that the targets are of."""
    return (configs_for(targets) or project_files()) if config == Path(CLUSTER) else [str(config)]


def _print(data: dict[str, Any], page: list[Section], form: str) -> None:
    if form == "json":
        click.echo(json.dumps(data, indent=2))
    elif form == "markdown":
        click.echo(markdown(page))
    else:
        from rich.console import Console  # noqa: PLC0415 -- only a table needs it

        from cdk8s_eks_gpu.explain.to_terminal import show  # noqa: PLC0415

        console = Console(highlight=False)
        with console.capture() as capture:
            show(page, console)
        click.echo(_PADDING.sub(r"\1", capture.get()), nl=False, color=True)
