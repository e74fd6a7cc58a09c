"""`eks-gpu synth`: the main job, for those who have a configuration but no app of their own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from cdk8s_eks_gpu.cli.options import TARGET, configs_option
from cdk8s_eks_gpu.config.project import project_files
from cdk8s_eks_gpu.manifests.sources import STDIN


@click.command()
@click.argument("files", nargs=-1, type=TARGET, metavar="[FILE | -]...")
@configs_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="The output directory, or that of the clusters' folders; - for standard output.  [default: dist]",
)
@click.option("--no-preflight", is_flag=True, help="Write the manifests without checking them.")
def synth(files: tuple[str, ...], configs: tuple[str, ...], output: Path | None, *, no_preflight: bool) -> None:
    """Turn configurations into the manifests in dist/.

    Without a FILE, the whole project is synthesised: cluster.yaml to dist/, and each file in clusters/ to
    dist/CLUSTER/. A single FILE is written to dist/, several to dist/CLUSTER/ each.

    With `-o -`, standard output gets what `kubectl apply -f dist/` would apply for one cluster, without smoke tests.

    Exit code 0: the manifests are written. 2: nothing is written, and standard error says why.
    """
    # Starts Node.js.
    from cdk8s_eks_gpu.constructs.synthesis import synthesise  # noqa: PLC0415

    named = [*configs, *files]
    if output != Path(STDIN):
        synthesise(named, output, preflight=not no_preflight)
        return
    named = named or project_files()
    if len(named) > 1:
        raise click.UsageError(f"-o - is for one cluster, and these are {len(named)}: name one of them.")
    with tempfile.TemporaryDirectory(prefix="cdk8s-eks-gpu-") as folder:
        synthesise(named, Path(folder, "dist"), preflight=not no_preflight, name_output=False)
        texts = [file.read_bytes() for file in sorted(Path(folder, "dist").glob("*.yaml"))]
    click.echo(b"---\n".join(texts), nl=False)
