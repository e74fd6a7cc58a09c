"""`eks-gpu check`: judge manifests before they are applied."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from cdk8s_eks_gpu.manifests import read_documents
from cdk8s_eks_gpu.manifests.files import files_of, read_stream, read_text
from cdk8s_eks_gpu.preflight import DEFAULT_KARPENTER, DEFAULT_KUBERNETES
from cdk8s_eks_gpu.preflight import check as judge
from cdk8s_eks_gpu.preflight.formats import FORMATS
from cdk8s_eks_gpu.preflight.rules import GROUPS

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.manifests.files import Unreadable

_STDIN = "-"


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--karpenter", metavar="VERSION", help=f"Karpenter's version.  [default: cluster.yaml's, or {DEFAULT_KARPENTER}]"
)
@click.option(
    "--kubernetes", metavar="VERSION", help=f"Kubernetes' version.  [default: cluster.yaml's, or {DEFAULT_KUBERNETES}]"
)
@click.option("--only", metavar="GROUP,...", default="", help=f"Check these groups only: {', '.join(GROUPS)}.")
@click.option(
    "--format", "form", type=click.Choice(tuple(FORMATS)), default="text", show_default=True, help="What to print."
)
@click.pass_context
def check(  # noqa: PLR0913, PLR0917 -- one parameter an option
    ctx: click.Context, paths: tuple[str, ...], karpenter: str | None, kubernetes: str | None, only: str, form: str
) -> None:
    """Judge the manifests in files and folders; `-` reads them from the standard input.

    Of a cluster.yaml, the manifests are judged that it leads to, for the versions that it names.

    Exit code 0: no error. 1: errors were found. 2: the check could not run.
    """
    texts: dict[str, str | Unreadable] = {}
    for path in paths:
        if path == _STDIN:
            texts[_STDIN] = read_stream(sys.stdin.buffer, _STDIN)
        else:
            texts.update({file: read_text(file) for file in files_of([path])})
        config = _cluster(path, texts.get(path))
        if config is not None:
            del texts[path]
            texts.update(_manifests(path, config))
            karpenter = karpenter or config.cluster.karpenter_version
            kubernetes = kubernetes or config.cluster.kubernetes_version
    groups = [group.strip() for group in only.split(",") if group.strip()]
    report = judge(
        texts, karpenter=karpenter or DEFAULT_KARPENTER, kubernetes=kubernetes or DEFAULT_KUBERNETES, only=groups
    )
    click.echo(FORMATS[form](report), nl=False)
    ctx.exit(0 if report.ok else 1)


def _cluster(path: str, text: object) -> ClusterConfig | None:
    """Return the configuration if the file that the user names is a cluster.yaml."""
    if path == _STDIN or not isinstance(text, str):
        return None
    data = getattr(next(read_documents(text), None), "data", None)
    if not isinstance(data, dict) or "cluster" not in data or "kind" in data:
        return None
    from cdk8s_eks_gpu.config.load import load_cluster  # noqa: PLC0415 -- manifests do not need pydantic

    return load_cluster(path)


def _manifests(path: str, config: ClusterConfig) -> dict[str, str]:
    """Return the manifests of each chart, smoke tests included, by what to call the chart in the report."""
    from cdk8s_eks_gpu.objects.stack import smoke_test_objects, stack_objects  # noqa: PLC0415 -- as above

    charts = {**stack_objects(config), **smoke_test_objects(config)}
    return {f"{path}/{chart}": "\n---\n".join(map(json.dumps, manifests)) for chart, manifests in charts.items()}
