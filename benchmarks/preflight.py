"""What `eks-gpu check` costs, next to kubernetes-validate on the same objects: `python benchmarks/preflight.py`.

Absolute times depend on the machine; what should hold anywhere is the last column of the first table, the time for
twice as many pools over the time for once as many, which is 2 for a cost that grows linearly.
"""

import subprocess
import sys
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import yaml

from cdk8s_eks_gpu.manifests import read_documents
from cdk8s_eks_gpu.preflight import check

POOLS = 1_000
REPEATS = 3
SELECTORS = {
    "by pool name": lambda number: {"karpenter.sh/nodepool": f"pool-{number}"},
    "by own label": lambda number: {"team": f"team-{number}"},
    "by nothing": lambda _: {},
}
CONTAINER = {"name": "main", "image": "train:1", "resources": {"limits": {"nvidia.com/gpu": 1}}}


def pool(number: int) -> list[dict[str, Any]]:
    """Return a pool, its node class, and three workloads."""
    name, terms = f"pool-{number}", [{"tags": {"karpenter.sh/discovery": "cluster"}}]
    node = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": name},
        "requirements": [{"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": ["g", "p"]}],
        "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
    }
    node_class = {
        "role": "nodes",
        "amiSelectorTerms": [{"alias": "al2023@v20251112"}],
        "subnetSelectorTerms": terms,
        "securityGroupSelectorTerms": terms,
    }
    template = {"metadata": {"labels": {"team": f"team-{number}"}}, "spec": node}
    return [
        {
            "apiVersion": "karpenter.sh/v1",
            "kind": "NodePool",
            "metadata": {"name": name},
            "spec": {"template": template},
        },
        {
            "apiVersion": "karpenter.k8s.aws/v1",
            "kind": "EC2NodeClass",
            "metadata": {"name": name},
            "spec": node_class,
        },
    ]


def workloads(number: int, selector: dict[str, str]) -> list[dict[str, Any]]:
    """Return a Deployment, a Job and a Pod that ask for a GPU."""
    spec = {"containers": [CONTAINER], "tolerations": [{"operator": "Exists"}], "nodeSelector": selector}
    labels = {"app": f"app-{number}"}
    metadata = {"name": f"app-{number}", "namespace": "default"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    deployment = {"selector": {"matchLabels": labels}, "template": template}
    job = {"template": {"spec": {**spec, "restartPolicy": "Never"}}}
    return [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": deployment},
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": job},
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec},
    ]


def stack(pools: int, selecting: str) -> str:
    """Return the manifests of so many pools with their workloads."""
    objects: list[dict[str, Any]] = []
    for number in range(pools):
        objects += [*pool(number), *workloads(number, SELECTORS[selecting](number))]
    return yaml.dump_all(objects, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))


def seconds(text: str, *groups: str) -> float:
    """Return the best time of some runs."""
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        check({"stack.yaml": text}, only=groups)
        times.append(perf_counter() - start)
    return min(times)


def growth() -> None:
    """Print what whole stacks cost, and how the cost grows."""
    print(f"{'workloads select':18} {'objects':>8} {'seconds':>8} {'objects/s':>10} {'twice/once':>11}")
    for selecting in SELECTORS:
        once, twice = seconds(stack(POOLS // 2, selecting)), seconds(stack(POOLS, selecting))
        count = POOLS * 5
        print(f"{selecting:18} {count:8} {twice:8.2f} {count / twice:10.0f} {twice / once:11.2f}")


def beside_kubernetes_validate() -> None:
    """Print objects a second on Kubernetes' own kinds, which is all that kubernetes-validate knows."""
    objects = [one for number in range(20) for one in workloads(number, {})]
    text = yaml.dump_all(objects, Dumper=yaml.SafeDumper)
    ours = len(objects) / seconds(text)
    print(f"\nKubernetes' own kinds, objects a second:\n  eks-gpu check        {ours:8.0f}")
    if find_spec("kubernetes_validate") is None:
        print("  kubernetes-validate  is not installed: pip install kubernetes-validate")
        return
    import kubernetes_validate  # noqa: PLC0415 -- optional

    start = perf_counter()
    for document in read_documents(text):
        kubernetes_validate.validate(document.data, "1.34", strict=True)  # type: ignore[union-attr]
    theirs = len(objects) / (perf_counter() - start)
    print(f"  kubernetes-validate  {theirs:8.0f}")


def start_up() -> None:
    """Print what the check adds to a process, reading included: the seed's stack, from a fresh Python."""
    code = (
        "from time import perf_counter as now; start = now();"
        "from cdk8s_eks_gpu.preflight import check_paths; check_paths(['dist']); print(now() - start)"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
        for _ in range(5)
    ]
    print(f"\ndist/ of this repository, imports included: {min(times):.3f} s")


if __name__ == "__main__":
    growth()
    beside_kubernetes_validate()
    start_up()
