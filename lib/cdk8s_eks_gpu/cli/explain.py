"""`eks-gpu explain`: which machines pools admit and pods can run on."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cdk8s_eks_gpu.cli.options import config_option
from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.explain.answer import Answer, answer
from cdk8s_eks_gpu.explain.diff import difference
from cdk8s_eks_gpu.explain.page import answer_page, difference_page, type_page
from cdk8s_eks_gpu.explain.to_json import answer_data, difference_data, type_data
from cdk8s_eks_gpu.explain.to_markdown import markdown
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests.single_document import read_all
from cdk8s_eks_gpu.provisioning.stack import read_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.explain.page import Section

_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
_STDIN = "standard input"
_YAML = {".yaml", ".yml", ".json"}


@click.command()
@click.argument("targets", nargs=-1, metavar="[TYPE | FILE | FOLDER | -]...")
@config_option
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
def explain(targets: tuple[str, ...], config: Path, other: str | None, form: str) -> None:
    """Say which EC2 instance types each pool admits, and which of them can host each workload.

    A target is a cluster.yaml, a file or folder of Kubernetes manifests, or - for manifests on standard input; several
    are taken together. Where they have no NodePool, the pools of the configuration file are asked about, so that
    `eks-gpu explain job.yaml` says where a job can run. The name of an instance type describes that type.
    """
    if len(targets) == 1 and _is_type_name(targets[0]):
        one = catalogue().find(targets[0])
        _print(type_data(one), type_page(one), form)
        return
    found = _answer(targets, config)
    if other is None:
        _print(answer_data(found), answer_page(found), form)
    else:
        change = difference(found, _answer((other,), config))
        _print(difference_data(change), difference_page(change), form)


def _is_type_name(target: str) -> bool:
    path = Path(target)
    return _TYPE.fullmatch(target) is not None and path.suffix not in _YAML and not path.exists()


def _answer(targets: Sequence[str], config: Path) -> Answer:
    manifests = [manifest for target in targets for manifest in _manifests(target)]
    stack = read_stack(manifests, ", ".join(_STDIN if target == "-" else target for target in targets))
    if stack.pools:
        return answer(stack, catalogue())
    own = read_stack(_manifests(str(config)), str(config))
    both = answer(replace(own, workloads=(*own.workloads, *stack.workloads)), catalogue())
    # Who asks about a job wants to read about the job; the configuration's DaemonSets only count as overhead.
    return replace(both, workloads=both.workloads[len(own.workloads) :]) if stack.workloads else both


def _manifests(target: str) -> Iterator[Any]:
    """Yield the manifests of a target; those that a cluster.yaml leads to, if it is one."""
    if target == "-":
        yield from read_all(sys.stdin.read(), _STDIN)
        return
    path = Path(target)
    if path.is_dir():  # whatever else lies in it, values files and package.json among them, is no manifest
        for file in sorted(file for file in path.rglob("*") if file.suffix in _YAML and file.is_file()):
            yield from filter(_is_manifest, _documents(file))
        return
    documents = _documents(path)
    if len(documents) == 1 and isinstance(documents[0], dict) and not _is_manifest(documents[0]):
        # Not needed for manifests, and pydantic takes most of the command's time to start.
        from cdk8s_eks_gpu.config.load import load_cluster  # noqa: PLC0415
        from cdk8s_eks_gpu.objects.stack import all_objects  # noqa: PLC0415

        yield from all_objects(load_cluster(path))
    else:
        yield from documents


def _documents(file: Path) -> list[Any]:
    try:
        return read_all(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file in UTF-8"
        raise ConfigError(str(file), [Problem("", f"cannot be read: {reason}")]) from None


def _is_manifest(document: object) -> bool:
    return isinstance(document, dict) and "kind" in document


def _print(data: dict[str, Any], page: list[Section], form: str) -> None:
    if form == "json":
        click.echo(json.dumps(data, indent=2))
    elif form == "markdown":
        click.echo(markdown(page))
    else:
        from rich.console import Console  # noqa: PLC0415 -- only a table needs it

        from cdk8s_eks_gpu.explain.to_terminal import show  # noqa: PLC0415

        show(page, Console(highlight=False))
