"""`eks-gpu init`: a new project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdk8s_eks_gpu.errors import OutputError
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES

if TYPE_CHECKING:
    from cdk8s_eks_gpu.starting_points import Project

_STARTING_POINTS = {
    "inference": "single nodes for inference and development, on demand, with a limit",
    "training": "whole nodes with all of their EFA, from a capacity reservation",
    "notebooks": "GPUs that several pods share by time slicing, beside whole ones",
    "workshop": "the stack of the document that this tool began with: all GPU types, spot and on demand",
}


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--for", "purpose", type=click.Choice(tuple(_STARTING_POINTS)), help="What the GPUs are for.")
@click.option("--name", help="The EKS cluster's name.  [default: the folder's]")
@click.option("--region", help="The cluster's AWS region, such as us-west-2.")
@click.option(
    "--kubernetes", metavar="VERSION", help=f"The cluster's Kubernetes version.  [default: {DEFAULT_KUBERNETES}]"
)
@click.option("--karpenter", metavar="VERSION", help=f"The version of Karpenter in it.  [default: {DEFAULT_KARPENTER}]")
@click.option("--reservation", help="The id of a capacity reservation for training, such as cr-0123456789abcdef0.")
@click.option(
    "--zone", help="The zone of the nodes for training: that of the reservation.  [default: the region's zone a]"
)
def init(  # noqa: PLR0913, PLR0917 -- one parameter an option
    folder: Path,
    purpose: str | None,
    name: str | None,
    region: str | None,
    kubernetes: str | None,
    karpenter: str | None,
    reservation: str | None,
    zone: str | None,
) -> None:
    """Write a new project into FOLDER: a commented cluster.yaml, main.py, cdk8s.yaml, .gitignore and a CI workflow.

    What no option says is asked for on a terminal; elsewhere --for and --region have to be there. FOLDER must be new or
    empty.

    Exit code 0: it is written. 2: nothing is written, and standard error says why.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} is there already: name a new folder, or an empty one")
    purpose = purpose or _ask_purpose()
    name = name or _ask("Name of the EKS cluster", folder.resolve().name)
    region = region or _ask("AWS region", None, option="--region")
    kubernetes = kubernetes or _ask("Kubernetes version", DEFAULT_KUBERNETES)
    karpenter = karpenter or _ask("Karpenter version", DEFAULT_KARPENTER)
    if purpose == "training":
        reservation = _ask("Capacity reservation (none: on demand)", "") if reservation is None else reservation
        zone = zone or _ask("Zone of the reservation" if reservation else "Zone", f"{region}a")

    from cdk8s_eks_gpu.starting_points import Project  # noqa: PLC0415 -- only a new project needs jinja2

    _write(folder, Project(name, region, kubernetes, karpenter, purpose, reservation or "", zone or ""))
    click.echo(f"{folder}/ is written. Next:\n")
    click.echo(f"  cd {folder}")
    click.echo("  eks-gpu synth          # cluster.yaml -> dist/")
    click.echo("  eks-gpu explain        # which instance types that makes, and what runs on them")
    click.echo("  kubectl apply -f dist/ # or let Argo CD take dist/ from Git")


def _ask_purpose() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(f"Say what the GPUs are for: --for {' | '.join(_STARTING_POINTS)}.")
    for name, summary in _STARTING_POINTS.items():
        click.echo(f"  {name:10} {summary}")
    answer: str = click.prompt("What are the GPUs for", type=click.Choice(tuple(_STARTING_POINTS)), default="inference")
    return answer


def _ask(question: str, default: str | None, *, option: str = "") -> str:
    """Return the answer; off a terminal the default, if there is one."""
    if sys.stdin.isatty():
        answer: str = click.prompt(question, default=default)
        return answer
    if default is None:
        raise click.UsageError(f"{option} is missing: there is no terminal to ask for it.")
    return default


def _write(folder: Path, project: Project) -> None:
    """Write the project's files, once its configuration is known to be right.

    Raises:
        ConfigError: What is asked for cannot be: the messages name the lines of the cluster.yaml that would be written.
        OutputError: The folder cannot be written.
    """
    from cdk8s_eks_gpu.cli.schema import schema_text  # noqa: PLC0415 -- other commands do not need pydantic
    from cdk8s_eks_gpu.config.load import parse_cluster  # noqa: PLC0415
    from cdk8s_eks_gpu.starting_points import project_files  # noqa: PLC0415

    files = project_files(project)
    parse_cluster(files["cluster.yaml"], str(folder / "cluster.yaml"))
    files["cluster.schema.json"] = schema_text() + "\n"
    try:
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}") from None
