"""What Argo CD's own code makes of dist/: which files it reads, in which order it applies, which drift it sees.

The Go program in `argocd/` is Argo CD's repository server, sync engine and diff, with its health checks. Nodes are
played: what is scheduled onto them runs, and the pods of Jobs end, fail, or go on.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal import build, drift, recording
from rehearsal.versions import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.api import Api, Manifest

RECORDED = recording.FOLDER / "argocd.jsonl"
NODES = "/api/v1/nodes"
_TOLD = 2000
GPU_NODE = {
    "labels": {"karpenter.sh/nodepool": "gpu"},
    "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
    "allocatable": {"nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": "1"},
}
SOURCES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "as the examples say": ({"recurse": False}, {}),
    "nothing said": ({}, {}),
    "recurse": ({"recurse": True}, {}),
    "recurse, smoke tests excluded": ({"recurse": True, "exclude": "smoke-tests/*"}, {}),
    "a kustomization.yaml": ({"recurse": False}, {"kustomization.yaml": "resources: []\n"}),
    "a kustomization.yaml that says its kind": (
        {"recurse": False},
        {
            "kustomization.yaml": (
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: x}\nresources: []\n"
            )
        },
    ),
}
"""Directory sources by name: what their `directory` says, and what lies in the folder beside dist/'s own files."""


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what Argo CD reads of a folder, for each of the sources.

    Raises:
        ValueError: The program fails otherwise than by refusing the source.
    """
    for name, (directory, files) in SOURCES.items():
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as repository:
            shutil.copytree(folder, Path(repository, "dist"))
            for file, text in files.items():
                Path(repository, "dist", file).write_text(text, encoding="utf-8")
            source = {"repoURL": "https://git.example.com/gpu.git", "path": "dist", "directory": directory}
            ended = _program("manifests", repository, json.dumps(source))
        objects = sorted(drift.name(json.loads(line)) for line in ended.stdout.splitlines())
        said = {"refused": ended.stderr.strip().splitlines()[-1]} if ended.returncode else {"objects": objects}
        yield {"source": name, **said}


def synchronize(api: Api, manifests: list[Manifest], tests: str, seconds: int) -> dict[str, Any]:
    """Return what a sync does: the waves as they end, the hooks, the operation, and which Jobs are there afterwards.

    Args:
        api: A control plane with controllers, scheduler and Karpenter.
        manifests: What Argo CD read.
        tests: How the pods of Jobs end: `Succeeded`, `Failed`, or `Running` if they do not.
        seconds: How long the sync may take.

    Raises:
        ValueError: The program fails.
    """
    with _nodes(api, tests):
        ended = _program("sync", str(api.kubeconfig), "default", f"{seconds}s", text=json.dumps(manifests))
    if ended.returncode:
        raise ValueError(ended.stderr[-_TOLD:])
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    return {
        "tests": tests,
        "waves": [[event["phase"], event["wave"]] for event in events if "wave" in event],
        "hooks": {event["hook"]: event["phase"] for event in events if "hook" in event},
        "operation": events[-1]["operation"],
        "jobs": sorted(job["metadata"]["name"] for job in api.items("/apis/batch/v1/namespaces/default/jobs")),
    }


def differences(api: Api, manifests: list[Manifest]) -> list[dict[str, Any]]:
    """Return what Argo CD takes for out of sync, by its strategy of comparison.

    Raises:
        ValueError: The program fails.
    """
    ended = _program("diff", str(api.kubeconfig), "default", text=json.dumps(manifests))
    if ended.returncode:
        raise ValueError(ended.stderr[-_TOLD:])
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    return [
        {**line, "modified": sorted(f"{each['kind']}/{each['name']}" for each in line["modified"])} for line in found
    ]


def change(api: Api, pool: Manifest) -> None:
    """Change a pool behind Argo CD's back."""
    path = f"{api.path(pool)}/{pool['metadata']['name']}"
    _patch(api, path, {"spec": {"template": {"spec": {"expireAfter": "7h"}}}})


def _program(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(build.argocd()), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=ROOT)


@contextlib.contextmanager
def _nodes(api: Api, tests: str) -> Iterator[None]:
    """Have a node for the system and one with GPUs, on which all that is scheduled runs."""
    ended = threading.Event()
    _join(api, "system", {})
    _join(api, "gpu", GPU_NODE)

    def play() -> None:
        while not ended.wait(0.5):
            for name in ("system", "gpu"):
                _heartbeat(api, name)
            for pod in api.items("/api/v1/pods"):
                _run(api, pod, tests)

    player = threading.Thread(target=play, daemon=True)
    player.start()
    try:
        yield
    finally:
        ended.set()
        player.join()


def _join(api: Api, name: str, node: dict[str, Any]) -> None:
    allocatable = {"cpu": "32", "memory": "128Gi", "pods": "100", **node.get("allocatable", {})}
    api.create(
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **node.get("labels", {})}},
            "status": {"allocatable": allocatable, "capacity": allocatable},
        }
    )
    _heartbeat(api, name)
    # The server adds a taint to every new node, which goes once the node is seen to be ready.
    _patch(api, f"{NODES}/{name}", {"spec": {"taints": node.get("taints")}})


def _heartbeat(api: Api, name: str) -> None:
    now = _now()
    ready = {"type": "Ready", "status": "True", "reason": "Rehearsal", "lastHeartbeatTime": now}
    _patch(api, f"{NODES}/{name}/status", {"status": {"conditions": [{**ready, "lastTransitionTime": now}]}})


def _run(api: Api, pod: Manifest, tests: str) -> None:
    """Do what a kubelet does with a pod: run it, or end it if it is a Job's, or forget it when it is deleted."""
    metadata = pod["metadata"]
    place = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
    if metadata.get("deletionTimestamp"):
        api.request("DELETE", f"{place}?gracePeriodSeconds=0")
    elif pod["spec"].get("nodeName") and pod["status"]["phase"] == "Pending":
        is_test = any(owner["kind"] == "Job" for owner in metadata.get("ownerReferences", []))
        phase = tests if is_test else "Running"
        ready = {"type": "Ready", "status": str(phase == "Running"), "lastTransitionTime": _now()}
        _patch(api, f"{place}/status", {"status": {"phase": phase, "conditions": [ready], "startTime": _now()}})


def _patch(api: Api, path: str, body: Manifest) -> None:
    api.request("PATCH", path, body, "application/merge-patch+json")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
