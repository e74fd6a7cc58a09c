"""What questions about instance types cost: `python benchmarks/instances.py`.

Absolute times depend on the machine; what should hold anywhere is the last column, the time for twice as many pools
over the time for once as many, which is 2 for a cost that grows linearly.
"""

import subprocess
import sys
from time import perf_counter
from typing import Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.explain import explain
from cdk8s_eks_gpu.manifests import Document, objects_of
from cdk8s_eks_gpu.provisioning.cluster import Cluster

POOLS = 1_000
REPEATS = 5
LOAD = """
from time import perf_counter
import cdk8s_eks_gpu.instances as instances
from cdk8s_eks_gpu.requirements import Requirement, Requirements
start = perf_counter()
catalogue = instances.catalogue()
loaded = perf_counter()
catalogue.admitted(Requirements([Requirement.of("karpenter.k8s.aws/instance-category", "In", "g", "p")]))
print(loaded - start, perf_counter() - start)
"""
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "pod"},
    "spec": {"containers": [{"resources": {"limits": {vocabulary.GPU: 1, vocabulary.EFA: 1, "memory": "64Gi"}}}]},
}
DAEMON = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "agent"},
    "spec": {"template": {"spec": {"containers": [{"resources": {"requests": {"cpu": "100m", "memory": "1Gi"}}}]}}},
}


def pools(count: int) -> list[dict[str, Any]]:
    """Return so many different pools; each admits some hundred types."""
    return [
        {
            "apiVersion": "karpenter.sh/v1",
            "kind": "NodePool",
            "metadata": {"name": f"pool-{number}"},
            "spec": {
                "template": {
                    "spec": {
                        "requirements": [
                            {"key": vocabulary.ARCH, "operator": "In", "values": ["amd64"]},
                            {"key": vocabulary.INSTANCE_GENERATION, "operator": "Gt", "values": [str(number % 5)]},
                            {"key": vocabulary.INSTANCE_CPU, "operator": "Lt", "values": [str(8 + number)]},
                            {"key": vocabulary.INSTANCE_FAMILY, "operator": "NotIn", "values": ["m5", "c5"]},
                        ]
                    }
                }
            },
        }
        for number in range(count)
    ]


def seconds(manifests: list[dict[str, Any]]) -> float:
    """Return the best time of some runs, from plain manifests to the whole answer."""
    documents = [Document(manifest, number, 1, "") for number, manifest in enumerate(manifests, start=1)]
    best = float("inf")
    for _ in range(REPEATS):
        start = perf_counter()
        explain(Cluster(each for document in documents for each in objects_of("benchmark", document)))
        best = min(best, perf_counter() - start)
    return best


def main() -> None:
    """Print the figures."""
    load, query = min(
        tuple(map(float, subprocess.run([sys.executable, "-c", LOAD], check=True, capture_output=True).stdout.split()))
        for _ in range(REPEATS)
    )
    print(f"facts loaded in {load * 1000:.1f} ms, with the first question {query * 1000:.1f} ms")
    for title, more in (("pools", []), ("pools, a pod and a DaemonSet", [POD, DAEMON])):
        once, twice = seconds([*pools(POOLS), *more]), seconds([*pools(2 * POOLS), *more])
        print(f"{POOLS} {title}: {once:.2f} s; {2 * POOLS}: {twice:.2f} s; ratio {twice / once:.2f}")


if __name__ == "__main__":
    main()
