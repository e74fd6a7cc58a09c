"""What the kube-scheduler and the DaemonSet controller do on a node that we predicted: one node at a time."""

from __future__ import annotations

import contextlib
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rehearsal.api import wait_for
from rehearsal.launches import condition
from rehearsal.nodes import INSUFFICIENT, NOT_WANTED, PORTS, SELECTOR, TAINT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rehearsal.api import Api, Manifest
    from rehearsal.nodes import Question

Answers = dict[str, list[str]]
"""For each workload (`Pod/name`) why it does not run, in the words of `nodes`; nothing where it does."""

NODES = "/api/v1/nodes"
STAGE = "rehearsal/stage"
MERGE = "application/merge-patch+json"
LACKING = re.compile(r"Insufficient ([^\s,]*[^\s,.])")
PHRASES = {
    "untolerated taint": TAINT,
    "node affinity/selector": SELECTOR,
    "missing required label": SELECTOR,  # over which pods are to spread
    "free ports": PORTS,
    "Too many pods": INSUFFICIENT + "pods",
}
TIMEOUT = 15.0


def furnish(api: Api, manifests: Sequence[Manifest]) -> None:
    """Create the namespaces and service accounts that the workloads need."""
    for kind in ("Namespace", "ServiceAccount"):
        for manifest in manifests:
            if manifest["kind"] == kind:
                api.create(manifest)
    for namespace in _namespaces(manifests):
        place = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
        wait_for(lambda: api.request("GET", place).accepted)  # noqa: B023 -- asked before the next one


def ask(api: Api, question: Question, manifests: Sequence[Manifest]) -> tuple[Answers, Answers] | None:
    """Return what becomes of the workloads on the node as it joins, and in the end; None where the server refuses.

    What lands on the node does its work: its labels are put there, and the devices that it registers, until no more
    comes of it.
    """
    workloads = [manifest for manifest in manifests if manifest["kind"] in {"DaemonSet", "Pod"}]
    with _joined(api, question.node, _namespaces(workloads)) as node:
        start: Answers | None = None
        effects: set[str] = set()
        while True:
            answers = _place(api, node, workloads, stage=str(len(effects)))
            if answers is None:
                return None
            start = start or answers
            landed = {name for name, why in answers.items() if not why and name in question.labels}
            if landed == effects:
                return start, answers
            effects = landed
            labels = {key: value for name in landed for key, value in question.labels[name].items()}
            devices = {key: value for name in landed for key, value in question.devices[name].items()}
            api.request("PATCH", f"{NODES}/{node}", {"metadata": {"labels": labels}}, MERGE)
            status = {"status": {"allocatable": devices, "capacity": devices}}
            api.request("PATCH", f"{NODES}/{node}/status", status, MERGE)


@contextlib.contextmanager
def _joined(api: Api, node: Manifest, namespaces: set[str]) -> Iterator[str]:
    """Give the node a name and make it the only one, ready at once; take it and all that ran there away afterwards."""
    name = f"node-{time.monotonic_ns()}"
    labels = {**node["metadata"]["labels"], "kubernetes.io/hostname": name}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    ready = {"type": "Ready", "status": "True", "reason": "Rehearsal", "lastHeartbeatTime": now}
    answer = api.create(
        {
            **node,
            "metadata": {"name": name, "labels": labels},
            "status": {**node["status"], "conditions": [{**ready, "lastTransitionTime": now}]},
        }
    )
    if not answer.accepted:
        raise ValueError(answer.message)
    # The server adds a taint to every new node, which goes once the node is seen to be ready.
    api.request("PATCH", f"{NODES}/{name}", {"spec": {"taints": node["spec"]["taints"] or None}}, MERGE)
    try:
        yield name
    finally:
        api.request("DELETE", f"{NODES}/{name}")
        _clear(api, namespaces)


def _place(api: Api, node: str, workloads: Sequence[Manifest], stage: str) -> Answers | None:
    """Create the workloads anew, the DaemonSets first, and return what became of them."""
    daemon_sets = [manifest for manifest in workloads if manifest["kind"] == "DaemonSet"]
    pods = [manifest for manifest in workloads if manifest["kind"] == "Pod"]
    _clear(api, _namespaces(workloads))
    _await_controller(api, node, stage)
    answers: Answers = {}
    if not all(api.create(manifest).accepted for manifest in daemon_sets):
        return None
    for manifest in daemon_sets:
        answers[_key(manifest)] = _of_daemon_set(api, f"{api.path(manifest)}/{manifest['metadata']['name']}")
    for manifest in pods:
        if not api.create(manifest).accepted:
            return None
        place = f"{api.path(manifest)}/{manifest['metadata']['name']}"
        answers[_key(manifest)] = _of_pod(api, place)
        api.request("DELETE", f"{place}?gracePeriodSeconds=0")
    return answers


def _await_controller(api: Api, node: str, stage: str) -> None:
    """Wait until the DaemonSet controller knows the node as it is now: until it serves one that selects just that.

    Nobody schedules the pod of that DaemonSet, so that it takes nothing of the node.
    """
    api.request("PATCH", f"{NODES}/{node}", {"metadata": {"labels": {STAGE: stage}}}, MERGE)
    labels = {"app": "sentinel"}
    spec = {
        "schedulerName": "nobody",
        "nodeSelector": {STAGE: stage, "kubernetes.io/hostname": node},
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "main", "image": "busybox:1"}],
    }
    sentinel = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "sentinel", "namespace": "default"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }
    api.create(sentinel)
    place = "/apis/apps/v1/namespaces/default/daemonsets/sentinel"
    if not wait_for(lambda: _status(api, place).get("desiredNumberScheduled"), TIMEOUT, 0.05):
        raise TimeoutError(f"the DaemonSet controller does not see {node}")


def _of_daemon_set(api: Api, place: str) -> list[str]:
    if not wait_for(lambda: _status(api, place).get("observedGeneration"), TIMEOUT, 0.05):
        raise TimeoutError(f"nobody looked at {place}")
    if not _status(api, place).get("desiredNumberScheduled"):
        return [NOT_WANTED]
    owner = api.request("GET", place).body["metadata"]
    pods = f"/api/v1/namespaces/{owner['namespace']}/pods"

    def own() -> list[str]:
        return [
            pod["metadata"]["name"]
            for pod in api.items(pods)
            if any(each["uid"] == owner["uid"] for each in pod["metadata"].get("ownerReferences", []))
        ]

    if not wait_for(own, TIMEOUT, 0.05):
        raise TimeoutError(f"{place} has no pod")
    return _of_pod(api, f"{pods}/{own()[0]}")


def _of_pod(api: Api, place: str) -> list[str]:
    """Return why the scheduler binds a pod to no node, once it has decided."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        pod = api.request("GET", place).body
        if pod.get("spec", {}).get("nodeName"):
            return []
        scheduled = condition(pod, "PodScheduled")
        if scheduled.get("reason") == "Unschedulable":
            return reasons(scheduled["message"])
        time.sleep(0.03)
    raise TimeoutError(f"the scheduler does not decide about {place}")


def reasons(message: str) -> list[str]:
    """Return the reasons in a message of the scheduler about the only node, in the words of `nodes`."""
    about = message.partition(" preemption:")[0]
    found = {words for phrase, words in PHRASES.items() if phrase in about}
    found |= {INSUFFICIENT + resource for resource in LACKING.findall(about)}
    return sorted(found) or [about]


def _clear(api: Api, namespaces: set[str]) -> None:
    """Delete the DaemonSets and pods, without waiting for kubelets that are not there."""
    for namespace in namespaces | {"default"}:
        daemon_sets, pods = (f"/{root}/namespaces/{namespace}" for root in ("apis/apps/v1", "api/v1"))
        api.delete_all(f"{daemon_sets}/daemonsets")
        end = time.monotonic() + TIMEOUT
        while (api.items(f"{pods}/pods") or api.items(f"{daemon_sets}/daemonsets")) and time.monotonic() < end:
            api.delete_all(f"{pods}/pods")
            time.sleep(0.03)


def _status(api: Api, place: str) -> Manifest:
    return api.request("GET", place).body.get("status") or {}


def _key(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def _namespaces(manifests: Sequence[Manifest]) -> set[str]:
    named = {manifest["metadata"].get("namespace", "default") for manifest in manifests}
    return named | {manifest["metadata"]["name"] for manifest in manifests if manifest["kind"] == "Namespace"}
