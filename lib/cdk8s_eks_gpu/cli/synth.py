"""`eks-gpu synth`: the main job, for those who have a configuration but no app of their own."""

from __future__ import annotations

from pathlib import Path

import click

from cdk8s_eks_gpu.cli.options import config_option


@click.command()
@config_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The output directory.  [default: dist]")
@click.option("--no-preflight", is_flag=True, help="Write the manifests without checking them.")
def synth(config: Path, output: Path | None, *, no_preflight: bool) -> None:
    """Turn the configuration into the manifests in dist/."""
    from cdk8s_eks_gpu.constructs import GpuApp, GpuStack, load_cluster  # noqa: PLC0415 -- starts Node.js

    # isort: split
    from cdk8s_eks_gpu.charts.store import project_store  # noqa: PLC0415 -- while Node.js boots

    cluster = load_cluster(config)
    app = GpuApp(str(output) if output else None, preflight=not no_preflight)
    GpuStack(app, cluster, chart_store=project_store(config))
    app.synth()
