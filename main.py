"""cluster.yaml -> App -> synth."""

import sys

from cdk8s_eks_gpu.constructs import GpuApp, GpuStack, load_cluster
from cdk8s_eks_gpu.errors import EksGpuError


def main(config: str = "cluster.yaml") -> None:
    """Write the manifests of the configuration file."""
    app = GpuApp()
    GpuStack(app, load_cluster(config), smoke_tests=app.smoke_tests)
    app.synth()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:2])
    except EksGpuError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
