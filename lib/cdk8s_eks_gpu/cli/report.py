"""`eks-gpu report`: one page about a cluster, to look at."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cdk8s_eks_gpu.cli.options import config_option
from cdk8s_eks_gpu.cli.revisions import other_state
from cdk8s_eks_gpu.cli.targets import read_targets
from cdk8s_eks_gpu.errors import OutputError
from cdk8s_eks_gpu.explain import difference
from cdk8s_eks_gpu.explain import explain as answer
from cdk8s_eks_gpu.preflight.check import check_sources
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES


@click.command()
@click.argument("targets", nargs=-1, metavar="[FILE | FOLDER | -]...")
@config_option
@click.option(
    "-o", "--output", default="report.html", show_default=True, help="The file to write; - for standard output."
)
@click.option("--karpenter", metavar="VERSION", help=f"Karpenter's version.  [default: {DEFAULT_KARPENTER}]")
@click.option("--kubernetes", metavar="VERSION", help=f"Kubernetes' version.  [default: {DEFAULT_KUBERNETES}]")
@click.option("--diff", "other", metavar="FILE|REVISION", help="Say what has changed since then.")
def report(  # noqa: PLR0913, PLR0917 -- one parameter an option
    targets: tuple[str, ...],
    config: Path,
    output: str,
    karpenter: str | None,
    kubernetes: str | None,
    other: str | None,
) -> None:
    """Write one HTML file about a cluster: what its pools launch, where pods go and why not elsewhere, what is wrong.

    A target is a cluster.yaml, or a file or folder of Kubernetes manifests; without one it is the configuration file.
    The page needs nothing beside it and runs no scripts: attach it to a pull request, or put it in a wiki. With --diff
    it also says what has changed since another file or folder, or since a Git revision of the targets.
    """
    from cdk8s_eks_gpu.report import report_page, to_html  # noqa: PLC0415 -- only a page needs jinja2

    named = targets or (str(config),)
    read = read_targets(named)
    settings = read.cluster.cluster if read.cluster else None
    karpenter = karpenter or (settings.karpenter_version if settings else DEFAULT_KARPENTER)
    kubernetes = kubernetes or (settings.kubernetes_version if settings else DEFAULT_KUBERNETES)
    cluster = Cluster(read.sources.objects, karpenter)
    change = None
    if other is not None:
        with other_state(other, named) as paths:
            before = Cluster(read_targets(paths).sources.objects, karpenter)
            change = difference(answer(before), answer(cluster))
    page = report_page(
        settings.name if settings and settings.name else ", ".join(named),
        cluster,
        check_sources(read.sources, karpenter=karpenter, kubernetes=kubernetes),
        kubernetes=kubernetes,
        compared_with=other or "",
        difference=change,
    )
    _write(output, to_html(page))


def _write(output: str, html: str) -> None:
    if output == "-":
        sys.stdout.write(html)
        return
    try:
        Path(output).write_text(html, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror}") from None
    click.echo(f"{output} is written", err=True)
