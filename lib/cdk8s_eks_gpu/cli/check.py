"""`eks-gpu check`: judge manifests before they are applied."""

from __future__ import annotations

import sys

import click

from cdk8s_eks_gpu.manifests import read_paths
from cdk8s_eks_gpu.preflight import DEFAULT_KARPENTER, DEFAULT_KUBERNETES
from cdk8s_eks_gpu.preflight.check import check_sources
from cdk8s_eks_gpu.preflight.formats import FORMATS
from cdk8s_eks_gpu.preflight.rules import GROUPS


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--karpenter", default=DEFAULT_KARPENTER, show_default=True, metavar="VERSION", help="Karpenter's version."
)
@click.option(
    "--kubernetes", default=DEFAULT_KUBERNETES, show_default=True, metavar="VERSION", help="Kubernetes' version."
)
@click.option("--only", metavar="GROUP,...", default="", help=f"Check these groups only: {', '.join(GROUPS)}.")
@click.option(
    "--format", "form", type=click.Choice(tuple(FORMATS)), default="text", show_default=True, help="What to print."
)
@click.pass_context
def check(ctx: click.Context, paths: tuple[str, ...], karpenter: str, kubernetes: str, only: str, form: str) -> None:  # noqa: PLR0913, PLR0917 -- one parameter an option
    """Judge the manifests in files and folders; `-` reads them from the standard input.

    Exit code 0: no error. 1: errors were found. 2: the check could not run.
    """
    sources = read_paths(paths, sys.stdin.buffer)
    groups = [group.strip() for group in only.split(",") if group.strip()]
    report = check_sources(sources, karpenter=karpenter, kubernetes=kubernetes, only=groups)
    click.echo(FORMATS[form](report), nl=False)
    ctx.exit(0 if report.ok else 1)
