"""A case: manifests that are created together, with one pod whose fate is watched, and how to write them shortly."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.api import Manifest

INSTANCE = "karpenter.k8s.aws/instance-"
TYPE = "node.kubernetes.io/instance-type"
ARCH = "kubernetes.io/arch"
OS = "kubernetes.io/os"
ZONE = "topology.kubernetes.io/zone"
CAPACITY = "karpenter.sh/capacity-type"
POOL = "karpenter.sh/nodepool"
CASE = "rehearsal/case"
"""The label of the pools of a case with several, and what its pod selects; with one pool its name does."""

Requirement = dict[str, Any]
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
TOLERATES_GPU = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


@dataclass(frozen=True)
class Case:
    """One question to Karpenter.

    Attributes:
        name: A name that no other case has; its pod, and its pool where there is one only, have it too.
        about: What it is about.
        manifests: What is created. Nothing of it concerns the pods and pools of other cases.
    """

    name: str
    about: str
    manifests: tuple[Manifest, ...]

    def of_kind(self, kind: str) -> list[Manifest]:
        """Return the manifests of a kind."""
        return [manifest for manifest in self.manifests if manifest["kind"] == kind]

    @property
    def pools(self) -> set[str]:
        """The names of its pools."""
        return {manifest["metadata"]["name"] for manifest in self.of_kind("NodePool")}


def requires(key: str, operator: str, *values: object, min_values: int | None = None) -> Requirement:
    """Return a requirement; a key without a slash is one of Karpenter's instance labels."""
    full = key if "/" in key or key in {"team", "rank"} else INSTANCE + key
    requirement: Requirement = {"key": full, "operator": operator}
    if values:
        requirement["values"] = [str(value) for value in values]
    if min_values is not None:
        requirement["minValues"] = min_values
    return requirement


def types(*names: str) -> Requirement:
    """Return the requirement of these instance types."""
    return requires(TYPE, "In", *names)


def families(*names: str) -> Requirement:
    """Return the requirement of these instance families."""
    return requires("family", "In", *names)


GPUS = requires("category", "In", "g", "p")
AMD64 = requires(ARCH, "In", "amd64")


def devices(**counts: int) -> Manifest:
    """Return resources with limits of devices: gpu, efa, neuron, neuroncore, gaudi, radeon, pod_eni."""
    names = {
        "gpu": "nvidia.com/gpu",
        "efa": "vpc.amazonaws.com/efa",
        "neuron": "aws.amazon.com/neuron",
        "neuroncore": "aws.amazon.com/neuroncore",
        "gaudi": "habana.ai/gaudi",
        "radeon": "amd.com/gpu",
        "pod_eni": "vpc.amazonaws.com/pod-eni",
    }
    return {"limits": {names[name]: count for name, count in counts.items()}}


def asks(limits: Manifest | None = None, **requests: str) -> Manifest:
    """Return resources with requests, `ephemeral_storage` being ephemeral-storage, beside limits of devices."""
    return {**(limits or {}), "requests": {name.replace("_", "-"): amount for name, amount in requests.items()}}


def required(*terms: list[Requirement]) -> Manifest:
    """Return an affinity for nodes that meet one of the terms."""
    selector = {"nodeSelectorTerms": [{"matchExpressions": term} for term in terms]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}


def preferred(*terms: tuple[int, list[Requirement]]) -> Manifest:
    """Return an affinity that prefers nodes by weight."""
    weighed = [{"weight": weight, "preference": {"matchExpressions": term}} for weight, term in terms]
    return {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": weighed}}


def node_class(**spec: Any) -> Manifest:
    """Return an EC2NodeClass, named after what it says, so that cases that say the same share it."""
    full = {
        "amiSelectorTerms": [{"alias": "al2023@latest"}],
        "role": "node",
        "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "rehearsal"}}],
        "securityGroupSelectorTerms": [{"tags": {"karpenter.sh/discovery": "rehearsal"}}],
        **spec,
    }
    name = "class-" + hashlib.sha256(json.dumps(full, sort_keys=True).encode()).hexdigest()[:10]
    return {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": name}, "spec": full}


def node_pool(
    name: str,
    requirements: list[Requirement],
    of_class: Manifest,
    *,
    labels: dict[str, str] | None = None,
    limits: Manifest | None = None,
    template: Manifest | None = None,
    **spec: Any,
) -> Manifest:
    """Return a NodePool that keeps the nodes that it makes; `template` has more for the nodes' own spec."""
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": of_class["metadata"]["name"]}
    nodes: Manifest = {"spec": {"nodeClassRef": reference, "requirements": requirements, **(template or {})}}
    if labels:
        nodes["metadata"] = {"labels": labels}
    kept = {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "Never"}
    full = {"template": nodes, "disruption": kept, **({"limits": limits} if limits else {}), **spec}
    return {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": name}, "spec": full}


def pod(name: str, wanted: Manifest | None, selector: dict[str, str], /, **spec: Any) -> Manifest:
    """Return a pod of one container; it tolerates the GPU taint unless it says otherwise."""
    container = {"name": "main", "image": "busybox:1", **({"resources": wanted} if wanted else {})}
    full = {
        "containers": [container],
        "nodeSelector": selector,
        "tolerations": TOLERATES_GPU,
        "terminationGracePeriodSeconds": 0,
        **spec,
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": full}


def daemon_set(name: str, wanted: Manifest, selector: dict[str, str], /, **spec: Any) -> Manifest:
    """Return a DaemonSet that tolerates everything unless it says otherwise."""
    labels = {"app": name}
    full = {
        "containers": [{"name": "main", "image": "busybox:1", "resources": wanted}],
        "nodeSelector": selector,
        "tolerations": [{"operator": "Exists"}],
        **spec,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": full}},
    }


def overlay(name: str, requirements: list[Requirement], **spec: Any) -> Manifest:
    """Return a NodeOverlay."""
    full = {"requirements": requirements, **spec}
    return {"apiVersion": "karpenter.sh/v1alpha1", "kind": "NodeOverlay", "metadata": {"name": name}, "spec": full}


def case(
    about: str,
    requirements: list[Requirement],
    wanted: Manifest | None = None,
    /,
    *,
    in_class: Manifest | None = None,
    pool: Manifest | None = None,
    selector: dict[str, str] | None = None,
    daemons: list[tuple[Manifest, Manifest]] | None = None,
    beside: list[Manifest] | None = None,
    without_pod: bool = False,
    **pod_spec: Any,
) -> Case:
    """Return a case of one pool and one pod.

    Args:
        about: What it is about, which is its name too.
        requirements: The pool's.
        wanted: The resources of the pod's container.
        in_class: What the node class says beside what it must.
        pool: What else `node_pool` takes.
        selector: The pod's nodeSelector beside the pool's name.
        daemons: DaemonSets of the pool's nodes: their containers' resources, and more of their pods' spec.
        beside: Other manifests.
        without_pod: Leave the pod out, for what pools do by themselves.
        pod_spec: More of the pod's spec.
    """
    name = slug(about)
    own = node_class(**(in_class or {}))
    here = {POOL: name}
    manifests = [own, node_pool(name, requirements, own, **(pool or {}))]
    manifests += _daemon_sets(name, daemons, here)
    manifests += beside or []
    if not without_pod:
        manifests.append(pod(name, wanted, {**here, **(selector or {})}, **pod_spec))
    return Case(name, about, tuple(manifests))


def case_of_pools(
    about: str,
    pools: list[tuple[list[Requirement], Manifest]],
    wanted: Manifest | None = None,
    /,
    *,
    selector: dict[str, str] | None = None,
    daemons: list[tuple[Manifest, Manifest]] | None = None,
    **pod_spec: Any,
) -> Case:
    """Return a case of several pools, each with what else `node_pool` takes; for the rest as `case`."""
    name = slug(about)
    own, here = node_class(), {CASE: name}
    manifests = [own]
    for number, (requirements, more) in enumerate(pools):
        labels = {**here, **more.get("labels", {})}
        manifests.append(node_pool(f"{name}-{number}", requirements, own, **{**more, "labels": labels}))
    manifests += _daemon_sets(name, daemons, here)
    manifests.append(pod(name, wanted, {**here, **(selector or {})}, **pod_spec))
    return Case(name, about, tuple(manifests))


def _daemon_sets(name: str, daemons: list[tuple[Manifest, Manifest]] | None, here: dict[str, str]) -> list[Manifest]:
    """Return the DaemonSets of a case, bound to its nodes beside what they select themselves."""
    result = []
    for number, (wanted, spec) in enumerate(daemons or []):
        rest = {key: value for key, value in spec.items() if key != "nodeSelector"}
        result.append(daemon_set(f"{name}-{number}", wanted, {**here, **spec.get("nodeSelector", {})}, **rest))
    return result


def slug(text: str) -> str:
    """Return a text as a name for Kubernetes objects."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:55].strip("-")
