"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES

config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    default=Path("cluster.yaml"),
    show_default=True,
    help="The configuration file.",
)

karpenter_option = click.option(
    "--karpenter",
    metavar="VERSION",
    help=f"Karpenter's version.  [default: that of the manifests' cluster, else {DEFAULT_KARPENTER}]",
)
kubernetes_option = click.option(
    "--kubernetes",
    metavar="VERSION",
    help=f"Kubernetes' version.  [default: that of the manifests' cluster, else {DEFAULT_KUBERNETES}]",
)
