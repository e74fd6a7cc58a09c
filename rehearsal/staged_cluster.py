"""A cluster whose control plane and Karpenter are real, and whose nodes, kubelets and plugins are played."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from rehearsal.api import wait_for
from rehearsal.karpenter import NODE_CLAIMS
from rehearsal.launches import condition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.api import Api, Manifest

NODES, PODS = "/api/v1/nodes", "/api/v1/pods"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"
PATIENCE = 90.0
DRIVER = {"major": "580", "minor": "95", "rev": "05"}
CUDA = {"major": "13", "minor": "0"}


class StagedCluster:
    """The nodes and kubelets of a cluster whose control plane is real."""

    def __init__(self, api: Api) -> None:
        """Take the control plane."""
        self.api = api
        self._phases = {"gpu-pod": "Succeeded"}

    def apply(self, manifests: Iterable[Manifest]) -> None:
        """Create objects, as `kubectl create` does.

        Raises:
            ValueError: One is refused.
        """
        for manifest in manifests:
            answer = self.api.create(manifest)
            if not answer.accepted and answer.body.get("reason") != "AlreadyExists":
                raise ValueError(f"{manifest['kind']} {manifest['metadata']['name']}: {answer.message}")

    def join_system_node(self) -> None:
        """Have a node of no pool, on which Karpenter and the controllers of the charts run."""
        labels = {vocabulary.INSTANCE_TYPE: "m7i.large", vocabulary.ARCH: "amd64", vocabulary.OS: "linux"}
        amounts = {"cpu": "2", "memory": "7934Mi", "pods": "29", "ephemeral-storage": "20Gi"}
        self._join(
            "ip-10-0-1-10.us-west-2.compute.internal", labels, [], amounts, amounts, "aws:///us-west-2a/i-system"
        )

    def join_claims(self, expected: int) -> list[str]:
        """Have a node join for each NodeClaim, once so many of them were launched, and return their names."""

        def launched() -> bool:
            return sum(bool(each.get("status", {}).get("providerID")) for each in self._claims()) >= expected

        wait_for(launched, PATIENCE)
        names = []
        for number, claim in enumerate(self._claims(), start=20):
            name = f"ip-10-0-2-{number}.us-west-2.compute.internal"
            devices = {vocabulary.GPU, vocabulary.EFA, vocabulary.POD_ENI}
            status = claim["status"]
            capacity = {key: value for key, value in status["capacity"].items() if key not in devices}
            allocatable = {key: value for key, value in status["allocatable"].items() if key not in devices}
            labels = {**claim["metadata"]["labels"], vocabulary.HOSTNAME: name, vocabulary.OS: "linux"}
            unregistered = {"key": "karpenter.sh/unregistered", "effect": "NoExecute"}
            own = {key: value for key, value in labels.items() if not key.startswith("karpenter.sh/registered")}
            taints = [unregistered, *claim["spec"].get("taints", [])]
            self._join(name, own, taints, capacity, allocatable, status["providerID"])
            names.append(name)
        return names

    def await_initialized(self) -> bool:
        """Return whether Karpenter sees every NodeClaim as initialized in time; kubelets go on meanwhile."""

        def initialized() -> bool:
            self.beat()
            claims = self._claims()
            return bool(claims) and all(condition(each, "Initialized").get("status") == "True" for each in claims)

        return wait_for(initialized, PATIENCE)

    def work(self, rounds: int = 6) -> None:
        """Let kubelets and plugins do their work, until the labels and devices that one brings have served the next."""
        for _ in range(rounds):
            self.beat()
            for node in self.api.items(NODES):
                if vocabulary.NODE_POOL in node["metadata"]["labels"]:
                    self._discover(node)
            time.sleep(2)

    def beat(self) -> None:
        """Renew the nodes' status, and start every pod that is bound."""
        for node in self.api.items(NODES):
            patch = {"status": {"conditions": _node_conditions()}}
            self.api.request("PATCH", f"{NODES}/{node['metadata']['name']}/status", patch, STRATEGIC)
        self.start_pods()

    def start_pods(self) -> None:
        """Renew the leases of the nodes, start every pod that is bound, and end those that are deleted."""
        for node in self.api.items(NODES):
            self._renew(node["metadata"]["name"])
        for pod in self.api.items(PODS):
            if pod["metadata"].get("deletionTimestamp"):
                place = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
                self.api.request("DELETE", f"{place}?gracePeriodSeconds=0")
            elif pod["spec"].get("nodeName") and pod["status"]["phase"] == "Pending":
                self._start(pod)

    def node_of(self, pool: str) -> str:
        """Return the name of the node of a pool."""
        labels = {each["metadata"]["name"]: each["metadata"]["labels"] for each in self.api.items(NODES)}
        return str(next(name for name, own in labels.items() if own.get(vocabulary.NODE_POOL) == pool))

    def _renew(self, name: str) -> None:
        """Renew a node's lease, by which the controllers see that its kubelet lives, whatever its status says."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now}
        lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name, "namespace": "kube-node-lease"},
            "spec": spec,
        }
        if not self.api.request("PATCH", f"{LEASES}/{name}", {"spec": spec}, MERGE).accepted:
            self.api.create(lease)

    def _claims(self) -> list[Manifest]:
        return self.api.items(NODE_CLAIMS)

    def _join(
        self,
        name: str,
        labels: dict[str, str],
        taints: list[Manifest],
        capacity: dict[str, str],
        allocatable: dict[str, str],
        provider: str,
    ) -> None:
        info = {
            "architecture": "amd64",
            "bootID": "b2d1e1f4-0000-4000-8000-000000000001",
            "containerRuntimeVersion": "containerd://2.1.4",
            "kernelVersion": "6.12.46-66.121.amzn2023.x86_64",
            "kubeProxyVersion": "",
            "kubeletVersion": "v1.34.4-eks-113cf36",
            "machineID": "ec2a0000000000000000000000000001",
            "operatingSystem": "linux",
            "osImage": "Amazon Linux 2023.9.20251105",
            "systemUUID": "ec2a0000-0000-4000-8000-000000000001",
        }
        status = {
            "capacity": capacity,
            "allocatable": allocatable,
            "nodeInfo": info,
            "conditions": _node_conditions(),
            "addresses": [
                {"type": "InternalIP", "address": name.split(".", maxsplit=1)[0].removeprefix("ip-").replace("-", ".")}
            ],
        }
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels},
            "spec": {"providerID": provider, "taints": taints},
            "status": status,
        }
        self.apply([node])

    def _discover(self, node: Manifest) -> None:
        """Put labels and devices on a node, of the DaemonSets whose pods run there."""
        name, labels = node["metadata"]["name"], node["metadata"]["labels"]
        there = " ".join(pod["metadata"]["name"] for pod in self.api.items(PODS) if pod["spec"].get("nodeName") == name)
        count = labels.get(vocabulary.GPU_COUNT)
        added: dict[str, str] = {}
        devices: dict[str, str] = {}
        if count and "node-feature-discovery-worker" in there:
            added["feature.node.kubernetes.io/pci-10de.present"] = "true"
        if count and "gpu-feature-discovery" in there:
            added |= {
                "nvidia.com/gpu.count": count,
                "nvidia.com/gpu.product": f"NVIDIA-{labels[vocabulary.GPU_NAME].upper()}",
                "nvidia.com/cuda.driver-version.full": ".".join(DRIVER.values()),
                "nvidia.com/cuda.runtime-version.full": ".".join(CUDA.values()),
                **{f"nvidia.com/cuda.driver.{key}": value for key, value in DRIVER.items()},
                **{f"nvidia.com/cuda.runtime.{key}": value for key, value in CUDA.items()},
            }
        if count and "nvdp-nvidia-device-plugin-" in there.replace("gpu-feature-discovery", ""):
            devices[vocabulary.GPU] = count
        claim = next(each for each in self._claims() if each["status"]["providerID"] == node["spec"]["providerID"])
        efa = claim["status"]["capacity"].get(vocabulary.EFA)
        if efa and "efa-k8s-device-plugin" in there:
            devices[vocabulary.EFA] = efa
        if added.items() - labels.items():
            self.api.request("PATCH", f"{NODES}/{name}", {"metadata": {"labels": added}}, MERGE)
        if devices.items() - node["status"]["allocatable"].items():
            patch = {"status": {"allocatable": devices, "capacity": devices}}
            self.api.request("PATCH", f"{NODES}/{name}/status", patch, MERGE)

    def _start(self, pod: Manifest) -> None:
        now = _now()
        place = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}/status"
        phase = self._phases.get(pod["metadata"]["name"], "Running")
        running = {"running": {"startedAt": now}}
        ended = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}}
        done = phase == "Succeeded"

        def statuses(containers: list[Manifest], *, over: bool) -> list[dict[str, Any]]:
            return [
                {
                    "name": each["name"],
                    "image": each["image"],
                    "imageID": f"{each['image']}@sha256:{'0' * 64}",
                    "containerID": f"containerd://{'0' * 64}",
                    "ready": not over,
                    "started": not over,
                    "restartCount": 0,
                    "state": ended if over else running,
                }
                for each in containers
            ]

        spec = pod["spec"]
        init = spec.get("initContainers", [])
        conditions = [
            {"type": kind, "status": "False" if done and kind != "Initialized" else "True", "lastTransitionTime": now}
            for kind in ("Initialized", "Ready", "ContainersReady")
        ]
        status = {
            "phase": phase,
            "startTime": now,
            "conditions": conditions,
            "containerStatuses": statuses(spec["containers"], over=done),
            **({"initContainerStatuses": statuses(init, over=True)} if init else {}),
        }
        self.api.request("PATCH", place, {"status": status}, STRATEGIC)


def karpenter_deployment(version: str, gates: dict[str, bool]) -> Manifest:
    """Return the Deployment as Karpenter's chart makes it, as far as it says which version runs with which gates."""
    labels = {"app.kubernetes.io/name": "karpenter", "app.kubernetes.io/instance": "karpenter"}
    setting = ",".join(f"{name}={str(on).lower()}" for name, on in gates.items())
    container = {
        "name": "controller",
        "image": f"public.ecr.aws/karpenter/controller:{version}",
        "env": [{"name": "FEATURE_GATES", "value": setting}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "karpenter",
            "namespace": "kube-system",
            "labels": {**labels, "app.kubernetes.io/version": version, "helm.sh/chart": f"karpenter-{version}"},
        },
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def _node_conditions() -> list[Manifest]:
    kinds = {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False", "Ready": "True"}
    reasons = {"Ready": ("KubeletReady", "kubelet is posting ready status")}
    now = _now()
    return [
        {
            "type": kind,
            "status": status,
            "reason": reasons.get(kind, (f"KubeletHasNo{kind}", ""))[0],
            "message": reasons.get(kind, ("", f"kubelet has no {kind}"))[1],
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }
        for kind, status in kinds.items()
    ]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
