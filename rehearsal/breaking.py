"""Ways in which a live cluster breaks: what is done to the real API server, and what `verify` is to find then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from rehearsal.karpenter import NODE_POOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.api import Api, Manifest

NODES = "/api/v1/nodes"
PODS = "/api/v1/namespaces/default/pods"
MERGE, STRATEGIC = "application/merge-patch+json", "application/strategic-merge-patch+json"
GPU, EFA = vocabulary.GPU, vocabulary.EFA
NODE_FEATURE = "feature.node.kubernetes.io/pci-10de.present"
POOL, CLASS = "train", "gpu-efa-p5"
TAINT = {"key": GPU, "value": "present", "effect": "NoSchedule"}


@dataclass(frozen=True)
class Break:
    """One way to break the cluster.

    Attributes:
        name: What is broken.
        patches: What is changed: path, patch, and the patch that mends it. `{node}` stands for the node of the pool.
        finds: The check and the status of the result that names it.
        creates: Objects that are created in addition, and deleted afterwards.
        content: How the patches are merged.
    """

    name: str
    patches: Sequence[tuple[str, Manifest, Manifest]]
    finds: tuple[str, str]
    creates: Sequence[Manifest] = field(default_factory=tuple)
    content: str = MERGE

    def do(self, api: Api, node: str) -> None:
        """Break the cluster.

        Raises:
            ValueError: The API server refuses it.
        """
        for path, patch, _ in self.patches:
            _done(api.request("PATCH", path.format(node=node), patch, self.content))
        for manifest in self.creates:
            _done(api.create(manifest))

    def undo(self, api: Api, node: str) -> None:
        """Mend it."""
        for path, _, patch in self.patches:
            api.request("PATCH", path.format(node=node), patch, self.content)
        for manifest in self.creates:
            place = f"{api.path(manifest)}/{manifest['metadata']['name']}"
            api.request("DELETE", f"{place}?gracePeriodSeconds=0")


def _done(answer: Any) -> None:
    if not answer.accepted:
        raise ValueError(answer.message)


def _devices(**amounts: str) -> Manifest:
    named = {GPU if key == "gpu" else EFA: amount for key, amount in amounts.items()}
    return {"status": {"allocatable": named, "capacity": named}}


def _labels(**labels: str | None) -> Manifest:
    return {"metadata": {"labels": labels}}


def breaks() -> list[Break]:
    """Return the ways to break the cluster, those that Karpenter has to notice last."""
    node, status, pool = f"{NODES}/{{node}}", f"{NODES}/{{node}}/status", f"{NODE_POOLS}/{POOL}"
    foreign = {"key": "example.com/broken", "effect": "NoSchedule"}
    unready = {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "cni plugin not initialized"}
    ready = {**unready, "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}
    efa, feature = vocabulary.EFA_ATTACHED, NODE_FEATURE
    return [
        Break("one GPU of eight", [(status, _devices(gpu="7"), _devices(gpu="8"))], ("nodes/devices", "fail")),
        Break("no GPU", [(status, _devices(gpu="0"), _devices(gpu="8"))], ("nodes/devices", "waiting")),
        Break("one EFA of 32", [(status, _devices(efa="31"), _devices(efa="32"))], ("nodes/devices", "fail")),
        Break(
            "the pool's label",
            [(node, _labels(**{efa: None}), _labels(**{efa: "attached"}))],
            ("nodes/labels", "fail"),
        ),
        Break(
            "the pool's label, for the EFA plugin",
            [(node, _labels(**{efa: None}), _labels(**{efa: "attached"}))],
            ("daemonsets/landing", "fail"),
        ),
        Break(
            "the label of node features",
            [(node, _labels(**{feature: None}), _labels(**{feature: "true"}))],
            ("daemonsets/landing", "waiting"),
        ),
        Break(
            "the pool's taint",
            [(node, {"spec": {"taints": None}}, {"spec": {"taints": [TAINT]}})],
            ("nodes/taints", "fail"),
        ),
        Break(
            "a foreign taint",
            [(node, {"spec": {"taints": [TAINT, foreign]}}, {"spec": {"taints": [TAINT]}})],
            ("nodes/taints", "fail"),
        ),
        Break(
            "a node that is not ready",
            [(status, {"status": {"conditions": [unready]}}, {"status": {"conditions": [ready]}})],
            ("nodes/ready", "waiting"),
            content=STRATEGIC,
        ),
        Break(
            "a pod that no pool can host",
            [],
            ("pods/pending", "fail"),
            [_pod("sixteen-gpus", {GPU: "16"})],
        ),
        Break(
            "a limit that somebody changed",
            [(pool, {"spec": {"limits": {"cpu": "400"}}}, {"spec": {"limits": None}})],
            ("applied/equal", "fail"),
        ),
        Break("a pool that is left over", [], ("applied/left-over", "fail"), [_left_over()]),
        Break(
            "a node class that is not there",
            [(f"{NODE_POOLS}/gpu", _node_class("nowhere"), _node_class("gpu"))],
            ("conditions/ready", "fail"),
        ),
    ]


def _node_class(name: str) -> Manifest:
    return {"spec": {"template": {"spec": {"nodeClassRef": {"name": name}}}}}


def _pod(name: str, limits: dict[str, str]) -> Manifest:
    container = {"name": "main", "image": "busybox:1", "resources": {"limits": limits}}
    spec = {"containers": [container], "tolerations": [{"operator": "Exists"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def _left_over() -> Manifest:
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": CLASS}
    requirement = {"key": vocabulary.INSTANCE_TYPE, "operator": "In", "values": ["p4d.24xlarge"]}
    template = {"spec": {"nodeClassRef": reference, "requirements": [requirement]}}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "train-old", "labels": {vocabulary.CLUSTER: "rehearsal"}},
        "spec": {"template": template},
    }
