"""`eks-gpu charts`: what is rendered of Helm charts, where, and what another version would change."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.check import check, unused
from cdk8s_eks_gpu.charts.cluster import record_plugins
from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.render import Renderer
from cdk8s_eks_gpu.charts.sources import ChartReference, Sources, parse_mirrors
from cdk8s_eks_gpu.cli.options import config_option
from cdk8s_eks_gpu.cli.upgrade import upgrade
from cdk8s_eks_gpu.config.load import load_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
def renderer(target: Path, chart_dir: Path | None, mirrors: tuple[str, ...]) -> Iterator[Callable[[], Renderer]]:
    """Give a function that makes a renderer into the store: it looks for Helm only when it is needed."""
    sources = Sources(chart_dir, parse_mirrors(list(mirrors)))
    with progress() as say:
        yield lambda: Renderer(Helm(), target, sources, say)


@click.group()
def charts() -> None:
    """Pin, render and check Helm charts.

    Exit code 0: done. 1: `charts check` found a difference. 2: it failed, and standard error says why.
    """


@charts.command("list", short_help="List the charts that the project pins.")
@config_option
def list_command(config: Path) -> None:
    """List the charts that the project's own store pins, and how many renderings each has.

    Exit code 0: done. 2: it failed, and standard error says why.
    """
    target = store.project_store(config)
    names = store.renderings(target)
    pinned = list(pins.every(target))
    if not pinned:
        click.echo(f"No chart is pinned in {target}.", err=True)
    for stem, pin in pinned:
        if not store.is_keyed(stem):
            count = sum(name == stem or (store.is_keyed(name) and name.rpartition("-")[0] == stem) for name in names)
            click.echo(f"{pin.name} {pin.version}  {pin.sha256[:12]}  renderings: {count}  {pin.repository}")


@charts.command("add")
@click.argument("repository")
@click.argument("name")
@click.argument("version")
@config_option
@sources_options
def add_command(  # noqa: PLR0913, PLR0917 -- click passes each by its name
    repository: str, name: str, version: str, config: Path, chart_dir: Path | None, mirrors: tuple[str, ...]
) -> None:
    """Pin a chart to the archive that its repository has now.

    Exit code 0: done. 2: it failed, and standard error says why.
    """
    with renderer(store.project_store(config), chart_dir, mirrors) as make:
        pin = make().pin(ChartReference.of(repository, name, version))
    click.echo(f"{pin.name} {pin.version} is pinned: sha256 {pin.sha256}")


@charts.command("upgrade", short_help="Move a plugin's chart to another version.")
@click.argument("name")
@click.argument("version")
@config_option
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@sources_options
def upgrade_command(  # noqa: PLR0913, PLR0917 -- click passes each by its name
    name: str,
    version: str,
    config: Path,
    dry_run: bool,  # noqa: FBT001 -- a flag of the command line
    chart_dir: Path | None,
    mirrors: tuple[str, ...],
) -> None:
    """Move a device plugin's chart to another version (down as well), and show what that changes in its objects.

    Helm is needed only with `values`, or for a version that does not come with this package. Nothing is deleted: other
    files may use what is rendered (see `charts prune`).

    Exit code 0: done. 2: it failed, and standard error says why.
    """
    with renderer(store.project_store(config), chart_dir, mirrors) as make:
        change = upgrade(config, name, version, make)
    for line in change.changes or ("nothing changes in the objects",):
        click.echo(line)
    if dry_run:
        return
    change.write()
    click.echo(f"{name} is {version} in {config}")


@charts.command("render", short_help="Render what the configuration needs.")
@config_option
@sources_options
def render_command(config: Path, chart_dir: Path | None, mirrors: tuple[str, ...]) -> None:
    """Render what the configuration needs and this package does not have: `values`, and other versions of the charts.

    Needs Helm 4; synthesis then needs neither Helm nor network.

    Exit code 0: done. 2: it failed, and standard error says why.
    """
    target = store.project_store(config)
    with renderer(target, chart_dir, mirrors) as make:
        files = record_plugins(load_cluster(config), make)
    for file in files:
        click.echo(str(file))
    if not files:
        click.echo("nothing to render: all that the configuration needs comes with this package")


@charts.command("check")
@config_option
@sources_options
def check_command(config: Path, chart_dir: Path | None, mirrors: tuple[str, ...]) -> None:
    """Render everything in the project's store again, and compare.

    Exit code 0: nothing differs. 1: something differs. 2: it could not be rendered, and standard error says why.
    """
    target = store.project_store(config)
    with renderer(target, chart_dir, mirrors) as make:
        differences = list(check(make()))
    for difference in differences:
        click.echo(difference)
    if differences:
        raise SystemExit(1)
    click.echo(f"{len(store.renderings(target))} renderings are what Helm renders now")


@charts.command("prune", short_help="Show or delete the renderings that nothing uses.")
@click.argument("configs", metavar="FILES...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--delete", is_flag=True, help="Delete them.")
def prune_command(configs: tuple[Path, ...], delete: bool) -> None:  # noqa: FBT001 -- a flag of the command line
    """Show the renderings of the device plugins that none of the configuration FILES uses.

    Renderings of other charts, which only an app uses, and those in this package are never listed.

    Exit code 0: done. 2: it failed, and standard error says why.
    """
    files = unused(configs)
    for file in files:
        click.echo(f"{'deleted' if delete else 'would delete'} {file}")
        if delete:
            file.unlink()
    if not files:
        click.echo("nothing to delete")
