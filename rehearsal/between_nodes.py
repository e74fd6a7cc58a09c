"""The test between nodes: are its objects accepted, do its Pods get what its script needs, and are they in one zone?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions, NodeTestOptions
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.objects.nccl_test import nccl_test
from cdk8s_eks_gpu.objects.node_test import node_test
from rehearsal.api import wait_for
from rehearsal.scheduling import MERGE, NODES

if TYPE_CHECKING:
    from rehearsal.api import Api, Manifest

INSTANCE_TYPE = "p5.48xlarge"
# The zones alternate, so that nodes next to each other in any order are of both.
ZONES = ("us-west-2a", "us-west-2b", "us-west-2a", "us-west-2b")
PODS = "/api/v1/namespaces/default/pods"
UID = "batch.kubernetes.io/controller-uid"
INDEX = "batch.kubernetes.io/job-completion-index"


def run(api: Api) -> int:
    """Create both tests on nodes of two zones, and return how many Pods were looked at.

    Raises:
        ValueError: Something is refused, a Pod lacks what the script asks of it, or they are in several zones.
    """
    zones = {_join(api, number, zone): zone for number, zone in enumerate(ZONES)}
    wait_for(lambda: api.request("GET", "/api/v1/namespaces/default/serviceaccounts/default").accepted)
    options = NcclTestOptions(instance_type=INSTANCE_TYPE)
    for manifest in (*nccl_test(options), node_test(NodeTestOptions(instance_type=INSTANCE_TYPE))):
        answer = api.create(manifest)
        if not answer.accepted:
            raise ValueError(f"{manifest['kind']} {manifest['metadata']['name']}: {answer.message}")
    if not wait_for(lambda: len(_scheduled(api)) == options.nodes + 1):
        raise ValueError("not all Pods of the tests have a node")
    pods = _scheduled(api)
    ours = [pod for pod in pods if pod["metadata"]["labels"]["app"] == options.name]
    for pod in ours:
        labels, spec = pod["metadata"]["labels"], pod["spec"]
        name = f"{options.name}-{labels[INDEX]}"
        if (spec["hostname"], spec["subdomain"], bool(labels[UID])) != (name, options.name, True):
            raise ValueError(f"{pod['metadata']['name']} is {spec['hostname']}.{spec['subdomain']}, {labels}")
    where = [pod["spec"]["nodeName"] for pod in ours]
    if len(set(where)) != options.nodes or len({zones[node] for node in where}) != 1:
        raise ValueError(f"the Pods are on {where}, of {zones}")
    return len(pods)


def _scheduled(api: Api) -> list[Manifest]:
    """Return the Pods that have a node."""
    return [pod for pod in api.items(PODS) if pod["spec"].get("nodeName")]


def _join(api: Api, number: int, zone: str) -> str:
    """Make a node of the type, ready at once, and return its name."""
    name, facts = f"between-{number}", catalogue().find(INSTANCE_TYPE)
    labels = {
        "kubernetes.io/hostname": name,
        vocabulary.INSTANCE_TYPE: INSTANCE_TYPE,
        vocabulary.ZONE: zone,
    }
    taint = {"key": vocabulary.GPU, "value": vocabulary.GPU_TAINT_VALUE, "effect": "NoSchedule"}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ready = {"type": "Ready", "status": "True", "reason": "Rehearsal", "lastHeartbeatTime": now}
    resources = dict(facts.quantities)
    status = {"capacity": resources, "allocatable": resources, "conditions": [{**ready, "lastTransitionTime": now}]}
    answer = api.create(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": status}
    )
    if not answer.accepted:
        raise ValueError(f"Node {name}: {answer.message}")
    # The server adds a taint to every new node, which goes once the node is seen to be ready.
    api.request("PATCH", f"{NODES}/{name}", {"spec": {"taints": [taint]}}, MERGE)
    return name
