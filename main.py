"""cluster.yaml -> App -> synth."""

from cdk8s_eks_gpu.interrupt import end_on_interrupt

end_on_interrupt()

import sys

from cdk8s_eks_gpu.short_lived import tune

tune()

from cdk8s_eks_gpu.constructs.synthesis import synthesise  # Node.js boots during the rest

# isort: split
from cdk8s_eks_gpu.errors import EksGpuError


def main(*files: str) -> None:
    """Write the manifests of the files; without any, of cluster.yaml and of all in clusters/."""
    synthesise(files)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except EksGpuError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
