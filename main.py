"""cluster.yaml -> App -> synth."""

from cdk8s_eks_gpu.interrupt import end_on_interrupt

end_on_interrupt()

import sys
from pathlib import Path

from cdk8s_eks_gpu.short_lived import tune

tune()

from cdk8s_eks_gpu.constructs import GpuApp, GpuStack, load_cluster  # Node.js boots during the rest

# isort: split
from cdk8s_eks_gpu.charts.store import project_store
from cdk8s_eks_gpu.errors import EksGpuError


def main(config: str = "cluster.yaml") -> None:
    """Write the manifests of the configuration file."""
    cluster = load_cluster(config)
    app = GpuApp()
    GpuStack(app, cluster, chart_store=project_store(Path(config)))
    app.synth()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:2])
    except EksGpuError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
