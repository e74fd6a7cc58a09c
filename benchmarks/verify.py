"""`eks-gpu verify` on a thousand nodes and ten thousand pods, as a multiple of merely reading the same dumps.

The cluster is the one that the tests recorded, with its nodes and pods many times over; in a second run a tenth of the
pods wait for a node, each with an event.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent.parent / "tests" / "verify"
NODES, PODS = 1_000, 10_000
RUNS = 3
READ = "import json, pathlib, sys; [json.loads(file.read_bytes()) for file in pathlib.Path(sys.argv[1]).glob('*.json')]"


def main() -> None:
    """Print the times, and the ratio."""
    for waiting in (0, PODS // 10):
        with tempfile.TemporaryDirectory() as folder:
            enlarge(Path(folder), waiting)
            size = sum(file.stat().st_size for file in Path(folder).glob("*.json")) / 1024**2
            read = fastest([sys.executable, "-c", READ, folder])
            applied = str(RECORDED / "applied.json")
            command = [sys.executable, "-m", "cdk8s_eks_gpu", "verify", applied, "--from", folder, "--format", "json"]
            verified = fastest(command)
        print(
            f"{NODES} nodes, {PODS} pods of which {waiting} wait ({size:.0f} MB): reading {read:.2f} s, "
            f"verify {verified:.2f} s, {verified / read:.1f} times as long"
        )


def enlarge(folder: Path, waiting: int) -> None:
    """Write the recorded dumps into the folder, with many nodes, their claims and the pods on them."""
    files = {file.name: json.loads(file.read_text()) for file in (RECORDED / "good").glob("*.json")}
    pool = "karpenter.sh/nodepool"
    nodes = [each for each in files["nodes.json"]["items"] if pool in each["metadata"]["labels"]]
    claims = {each["status"]["nodeName"]: each for each in files["nodeclaims.json"]["items"]}
    pods = files["pods.json"]["items"]
    on_node: dict[str, list[dict[str, Any]]] = {}
    for pod in pods:
        on_node.setdefault(pod["spec"].get("nodeName", ""), []).append(pod)
    test = next(each for each in pods if each["metadata"]["name"] == "efa-test-pod")
    for number in range(NODES // len(nodes)):
        for node in nodes:
            name = node["metadata"]["name"]
            files["nodes.json"]["items"].append(renamed(node, name, number))
            files["nodeclaims.json"]["items"].append(renamed(claims[name], name, number))
            pods += [renamed(pod, name, number) for pod in on_node[name] if pod["metadata"].get("ownerReferences")]
    for number in range(PODS - len(pods)):
        pod = renamed(test, "efa-test-pod", number)
        pod["metadata"]["labels"] = {"app": "train"}
        if number < waiting:
            del pod["spec"]["nodeName"]
            pod["status"] = {"phase": "Pending"}
            files["events.json"]["items"].append(event(pod["metadata"]["name"]))
        pods.append(pod)
    for name, data in files.items():
        (folder / name).write_text(json.dumps(data))


def renamed(item: dict[str, Any], name: str, number: int) -> dict[str, Any]:
    """Return a copy in which a name has a number behind it."""
    found: dict[str, Any] = json.loads(json.dumps(item).replace(name, f"{name}-{number}"))
    if name not in item["metadata"]["name"]:
        found["metadata"]["name"] += f"-{number}"
    return found


def event(pod: str) -> dict[str, Any]:
    """Return Karpenter's event about a pod that waits."""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{pod}.1", "namespace": "default"},
        "involvedObject": {"kind": "Pod", "name": pod, "namespace": "default"},
        "reason": "FailedScheduling",
        "message": "Failed to schedule pod, no instance type satisfied resources",
        "type": "Warning",
        "reportingComponent": "karpenter",
        "lastTimestamp": "2026-11-26T03:26:40Z",
    }


def fastest(command: list[str]) -> float:
    """Return the shortest time of some runs in seconds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False)
        times.append(time.perf_counter() - start)
        if done.returncode > 1:
            sys.exit(done.stderr.decode())
    return min(times)


if __name__ == "__main__":
    main()
