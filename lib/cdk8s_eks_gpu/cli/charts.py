"""`eks-gpu charts`: Helm charts become manifests in the store."""

from __future__ import annotations

from pathlib import Path

import click

from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.plugins import plugin_releases
from cdk8s_eks_gpu.charts.render import render
from cdk8s_eks_gpu.charts.store import PROJECT_STORE
from cdk8s_eks_gpu.cli.options import config_option
from cdk8s_eks_gpu.config.load import load_cluster


@click.group()
def charts() -> None:
    """Render the Helm charts that the configuration uses."""


@charts.command("render")
@config_option
@click.option(
    "--chart-dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Take chart archives from this folder instead of their repositories.",
)
def render_command(config: Path, chart_dir: Path | None) -> None:
    """Render every chart that the configuration uses. Needs Helm 4; synthesis then needs neither Helm nor network."""
    helm = Helm()
    for release in plugin_releases(load_cluster(config)):
        click.echo(f"{release.chart} {release.version}: {render(release, helm, PROJECT_STORE, chart_dir)}")
