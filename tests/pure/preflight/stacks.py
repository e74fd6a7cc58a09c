"""Small stacks for tests: pools, node classes, plugins and pods, with what matters to a test said at the call."""

from typing import Any

import yaml

from cdk8s_eks_gpu.preflight import Report, check

GPU_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
Manifest = dict[str, Any]


def pool(name: str = "gpu", *, taints: Any = (GPU_TAINT,), labels: Any = None, **spec: Any) -> Manifest:
    """Return a NodePool of at most 8 p5.48xlarge, or of what `requirements` says; empty nodes go after half an hour."""
    requirements = spec.pop("requirements", {"node.kubernetes.io/instance-type": ["p5.48xlarge"]})
    node = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": spec.pop("node_class", "gpu")},
        "requirements": [{"key": key, "operator": "In", "values": values} for key, values in requirements.items()],
        "taints": list(taints),
    }
    if "replicas" not in spec:
        patience = {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "30m"}
        spec = {"limits": {"nvidia.com/gpu": "64"}, "disruption": patience, **spec}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {"template": {"metadata": {"labels": labels or {}}, "spec": node}, **spec},
    }


def node_class(name: str = "gpu", **spec: Any) -> Manifest:
    """Return an EC2NodeClass with a pinned AMI."""
    terms = [{"tags": {"karpenter.sh/discovery": "cluster"}}]
    base = {
        "role": "nodes",
        "amiSelectorTerms": [{"alias": "al2023@v20251112"}],
        "subnetSelectorTerms": terms,
        "securityGroupSelectorTerms": terms,
    }
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": name},
        "spec": {**base, **spec},
    }


def efa_interfaces(count: int) -> list[Manifest]:
    """Return network interfaces: a primary one, and as many efa-only ones, each on a card of its own."""
    primary = {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}
    return [primary] + [
        {"networkCardIndex": card, "deviceIndex": 1, "interfaceType": "efa-only"} for card in range(count)
    ]


def pod(name: str = "train", *, limits: Any = None, tolerate: Any = ({"operator": "Exists"},), **spec: Any) -> Manifest:
    """Return a Pod that tolerates everything and asks for one GPU."""
    container = {"name": "main", "image": "train:1", "resources": {"limits": limits or {"nvidia.com/gpu": 1}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], "tolerations": list(tolerate), **spec},
    }


def job(name: str, template: Manifest, **spec: Any) -> Manifest:
    """Return a Job of the pod."""
    body = {"template": {"spec": {**template["spec"], "restartPolicy": "Never"}}, **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": body}


def daemon_set(name: str, image: str, command: str, *, tolerate: Any = (), terms: Any = ()) -> Manifest:
    """Return a DaemonSet in kube-system; `terms` are the alternatives of its node affinity, as labels."""
    spec: Manifest = {
        "containers": [{"name": "main", "image": image, "command": [command]}],
        "tolerations": list(tolerate),
    }
    if terms:
        written = [
            {"matchExpressions": [{"key": key, "operator": "In", "values": values} for key, values in term.items()]}
            for term in terms
        ]
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": written}}
        spec["affinity"] = {"nodeAffinity": required}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def nvidia_plugin() -> list[Manifest]:
    """Return the NVIDIA plugin, GFD and the NFD worker, scheduled as NVIDIA's chart 0.18.0 schedules them."""
    any_gpu_taint = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    waits = ({"feature.node.kubernetes.io/pci-10de.present": ["true"]}, {"nvidia.com/gpu.present": ["true"]})
    image = "nvcr.io/nvidia/k8s-device-plugin:v0.18.0"
    nfd = "registry.k8s.io/nfd/node-feature-discovery:v0.17.3"
    return [
        daemon_set("nfd-worker", nfd, "nfd-worker", tolerate=[GPU_TAINT]),
        daemon_set("nvidia-plugin", image, "nvidia-device-plugin", tolerate=[any_gpu_taint], terms=waits),
        daemon_set("gfd", image, "gpu-feature-discovery", tolerate=[any_gpu_taint], terms=waits),
    ]


def efa_plugin(*, tolerate: Any = ({"operator": "Exists"},), types: Any = ("p5.48xlarge",)) -> Manifest:
    """Return the EFA plugin, which selects instance types as its chart does."""
    image = "eks/aws-efa-k8s-device-plugin:v0.5.20"
    terms = [{"node.kubernetes.io/instance-type": list(types)}]
    return daemon_set("efa-plugin", image, "efa-device-plugin", tolerate=tolerate, terms=terms)


def checked(*manifests: Manifest | list[Manifest], only: Any = (), **versions: Any) -> Report:
    """Return the report on the manifests, all in one file."""
    flat = [each for entry in manifests for each in (entry if isinstance(entry, list) else [entry])]
    return check({"stack.yaml": yaml.safe_dump_all(flat)}, only=only, **versions)


def found(report: Report) -> list[str]:
    """Return the rules and objects of the findings, sorted."""
    return sorted(f"{each.rule.id} {each.kind}/{each.name}" for each in report.findings)
