"""`eks-gpu explain`: which instance types pools launch and pods can run on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import asdict

from cdk8s_eks_gpu.cli.answers import Found, answers, configurations
from cdk8s_eks_gpu.cli.options import (
    TARGET,
    config_option,
    format_option,
    karpenter_option,
    kubernetes_option,
    output_option,
)
from cdk8s_eks_gpu.errors import ConfigError, Problem, RefusedError
from cdk8s_eks_gpu.explain import Answer, difference
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
from cdk8s_eks_gpu.preflight.versions import Wanted
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdk8s_eks_gpu.findings import CheckedFor


_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
_PADDING = re.compile(r" +((?:\x1b\[0m)?)$", re.MULTILINE)
_YAML = {".yaml", ".yml", ".json"}
_NOTHING = Answer((), (), DEFAULT_KARPENTER)


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
    found = answers(targets, config, wanted, refused)
    if other is None:
        said = {name: _said(each, form) for name, each in found.items()}
    else:
        from cdk8s_eks_gpu.cli.revisions import is_path, other_state  # noqa: PLC0415 -- only a difference needs it

        with other_state(other, targets or configurations(config)) as paths:
            others = answers(paths, config, wanted, refused)
        if refused:  # half of a difference is none
            raise RefusedError("\n".join(refused))
        said = _differences(found, others) if is_path(other) else _differences(others, found)
    if len(said) == 1:
        _print(*next(iter(said.values())), form)
    else:
        pages = [section for name, (_, page) in said.items() for section in (Section(f"Cluster {name}"), *page)]
        _print({"clusters": {name: data for name, (data, _) in said.items()}}, pages, form)
    if refused:
        click.echo("\n".join((*refused, "Nothing is said of these.")), err=True)
        ctx.exit(2)


def _said(found: Found, form: str) -> tuple[dict[str, Any], list[Section]]:
    """Return the answer as data, or as sections where it is for people."""
    if form != "json":
        return {}, _page(found)
    data = {
        **answer_data(found.answer),
        "notJudged": [asdict(each) for each in found.not_checked],
        "versions": _versions(found.versions),
    }
    return data, []


def _page(found: Found) -> list[Section]:
    beside = not_checked_text(found.not_checked)
    remarks = (found.remark, f"Not checked: {beside}." if beside else "", f"Answers are for {found.versions}.")
    return [*answer_page(found.answer), Section("", notes=tuple(filter(None, remarks)))]


def _differences(
    before: Mapping[str, Found], after: Mapping[str, Found]
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
