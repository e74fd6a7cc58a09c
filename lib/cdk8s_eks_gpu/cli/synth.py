"""`eks-gpu synth`: the main job, for those who have a configuration but no app of their own."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("-c", "--config", "named", metavar="FILE", multiple=True, help="A configuration file; the same as FILE.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The output directory, or that of the clusters' folders.  [default: dist]",
)
@click.option("--no-preflight", is_flag=True, help="Write the manifests without checking them.")
def synth(files: tuple[str, ...], named: tuple[str, ...], output: Path | None, *, no_preflight: bool) -> None:
    """Turn configurations into the manifests in dist/.

    Without a FILE, all of the project are taken: cluster.yaml, which goes to dist/, and those of the folder clusters/,
    each of which goes to dist/CLUSTER/. So do several files that are named here; one alone goes to dist/.
    """
    # Starts Node.js.
    from cdk8s_eks_gpu.constructs.synthesis import synthesise  # noqa: PLC0415

    synthesise([*named, *files], output, preflight=not no_preflight)
