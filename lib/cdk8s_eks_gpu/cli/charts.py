"""`eks-gpu charts`: Helm charts are pinned, and become manifests in the store."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.plugins import plugin_releases
from cdk8s_eks_gpu.charts.render import Renderer
from cdk8s_eks_gpu.charts.sources import Sources, parse_mirrors
from cdk8s_eks_gpu.charts.upgrade import upgrade
from cdk8s_eks_gpu.cli.options import config_option
from cdk8s_eks_gpu.config.helm import HelmReleaseOptions
from cdk8s_eks_gpu.config.load import load_cluster
from cdk8s_eks_gpu.releases import DEFAULT_KUBERNETES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STORE = store.PROJECT_STORE


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Give a function that tells what is being done: a moving line on a terminal, plain lines anywhere else."""
    from rich.console import Console  # noqa: PLC0415 -- only these commands need it

    console = Console(stderr=True)
    if console.is_terminal:
        with console.status("") as status:
            yield status.update
    else:
        yield lambda text: click.echo(text, err=True)


def sources_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where archives come from."""
    command = click.option(
        "--mirror",
        "mirrors",
        multiple=True,
        metavar="URL=URL",
        envvar="EKS_GPU_CHART_MIRROR",
        help="Ask the second URL wherever the first begins a repository's. May be given again.",
    )(command)
    return click.option(
        "--chart-dir",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        envvar="EKS_GPU_CHART_DIR",
        help="Take archives (NAME-VERSION.tgz) from this folder instead of their repositories.",
    )(command)


@contextmanager
def renderer(chart_dir: Path | None, mirrors: tuple[str, ...]) -> Iterator[Renderer]:
    """Give a renderer into the project's store that takes archives from where the options say."""
    with progress() as say:
        yield Renderer(Helm(), STORE, Sources(chart_dir, parse_mirrors(list(mirrors))), say)


@click.group()
def charts() -> None:
    """Pin, render and check Helm charts."""


@charts.command("list")
def list_command() -> None:
    """List the charts that are pinned, and how many renderings each has."""
    for pin in pins.every(STORE):
        count = len(store.renderings_of(STORE, pin))
        click.echo(f"{pin.name} {pin.version}  {pin.sha256[:12]}  renderings: {count}  {pin.repository}")


@charts.command("add")
@click.argument("repository")
@click.argument("name")
@click.argument("version")
@sources_options
def add_command(repository: str, name: str, version: str, chart_dir: Path | None, mirrors: tuple[str, ...]) -> None:
    """Pin a chart to the archive that its repository has now."""
    release = HelmReleaseOptions(
        repository=repository,
        chart=name,
        version=version,
        release=name,
        namespace="default",
        kubernetes_version=DEFAULT_KUBERNETES,
    )
    with renderer(chart_dir, mirrors) as into:
        pin = into.pin(release)
    click.echo(f"{pin.name} {pin.version} is pinned: sha256 {pin.sha256}")


@charts.command("upgrade")
@click.argument("name")
@click.argument("version")
@config_option
@sources_options
def upgrade_command(name: str, version: str, config: Path, chart_dir: Path | None, mirrors: tuple[str, ...]) -> None:
    """Move a device plugin's chart to another version (down as well): in the configuration, pinned and rendered."""
    with renderer(chart_dir, mirrors) as into:
        file = upgrade(config, name, version, into)
    click.echo(f"{name} is {version} in {config}: {file}")


@charts.command("render")
@config_option
@sources_options
def render_command(config: Path, chart_dir: Path | None, mirrors: tuple[str, ...]) -> None:
    """Render every chart that the configuration uses. Needs Helm 4; synthesis then needs neither Helm nor network."""
    releases = plugin_releases(load_cluster(config))
    with renderer(chart_dir, mirrors) as into:
        files = [into.render(release) for release in releases]
    for file in files:
        click.echo(str(file))


@charts.command("check")
@sources_options
def check_command(chart_dir: Path | None, mirrors: tuple[str, ...]) -> None:
    """Render everything in the store again; exit with 1 if any byte differs from what is there."""
    with renderer(chart_dir, mirrors) as into:
        differences = list(into.check())
    for difference in differences:
        click.echo(difference)
    if differences:
        raise SystemExit(1)
    click.echo(f"{len(store.renderings(STORE))} renderings are what Helm renders now")
