"""Dumps of a cluster: the good one that was recorded (tests/verify/good), and changes that break it."""

import json
from functools import cache
from pathlib import Path

from tests.pure.verify.tool_output import fi_info, nvidia_smi

from cdk8s_eks_gpu.manifests import read_paths
from cdk8s_eks_gpu.verify import Promise, read_folder, verify

ROOT = Path(__file__).parents[2] / "verify"
GOOD = ROOT / "good"
EFA_NODE, GPU_NODE = "p5.48xlarge", "g5.xlarge"


@cache
def promise():
    """Return what the manifests promise that were applied to the recorded cluster."""
    objects = read_paths([str(ROOT / "applied.json")]).objects
    return Promise(objects, "1.14.1", "1.34", named_versions=True)


class Dump:
    """The recorded dump, to be changed."""

    def __init__(self):
        """Read it, with logs of the tests as a good cluster gives them."""
        self.files = {file.name: json.loads(file.read_text()) for file in sorted(GOOD.glob("*.json"))}
        self.logs = {
            "gpu-pod": nvidia_smi("NVIDIA A10G", memory=23028),
            "efa-test-pod-fi_info": fi_info(32),
        }

    def items(self, plural):
        """Return the objects of a kind."""
        return self.files[f"{plural}.json"]["items"]

    def find(self, plural, name):
        """Return the first object whose name begins so, or has it in it."""
        return next(each for each in self.items(plural) if name in each["metadata"]["name"])

    def remove(self, plural, name):
        """Take the objects away that have the name, and return them."""
        items = self.items(plural)
        gone = [each for each in items if name in each["metadata"]["name"]]
        items[:] = [each for each in items if each not in gone]
        return gone

    def node(self, instance_type=EFA_NODE):
        """Return the node of an instance type."""
        key = "node.kubernetes.io/instance-type"
        return next(each for each in self.items("nodes") if each["metadata"]["labels"].get(key) == instance_type)

    def claim(self, pool="train"):
        """Return the NodeClaim of a pool."""
        return self.find("nodeclaims", f"{pool}-")

    def pods_of(self, daemon_set):
        """Return the pods of a DaemonSet."""
        return [
            each
            for each in self.items("pods")
            if any(owner["name"] == daemon_set for owner in each["metadata"].get("ownerReferences", []))
        ]

    def pod_on(self, daemon_set, instance_type=EFA_NODE):
        """Return the pod of a DaemonSet on the node of a type."""
        name = self.node(instance_type)["metadata"]["name"]
        return next(each for each in self.pods_of(daemon_set) if each["spec"].get("nodeName") == name)

    def condition(self, plural, name, kind, status, reason, message="", since=None):
        """Set a condition of an object, and Ready with it."""
        found = self.find(plural, name)
        for each in found["status"]["conditions"]:
            if each["type"] in {kind, "Ready"}:
                own = each["type"] == kind
                each.update(
                    status=status,
                    reason=reason if own else "UnhealthyDependents",
                    message=message if own else f"{kind}={status}",
                )
                if since:
                    each["lastTransitionTime"] = since
        return found

    def event(self, kind, name, reason, message, *, by="karpenter", namespace=""):
        """Add a warning."""
        self.items("events").append(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": f"{name}.17f", "namespace": namespace or "default"},
                "involvedObject": {"kind": kind, "name": name, **({"namespace": namespace} if namespace else {})},
                "reason": reason,
                "message": message,
                "type": "Warning",
                "source": {"component": by},
                "reportingComponent": by,
                "lastTimestamp": "2026-11-26T03:26:40Z",
                "count": 3,
            }
        )

    def write(self, folder):
        """Write the dump into a folder, and return it."""
        for name, data in self.files.items():
            (folder / name).write_text(json.dumps(data))
        (folder / "logs").mkdir()
        for name, text in self.logs.items():
            (folder / "logs" / f"{name}.log").write_text(text)
        return folder


def verified(dump, folder):
    """Return the report of a dump."""
    kinds = {(each.group, each.kind) for each in promise().objects}
    return verify(promise(), read_folder(dump.write(folder), kinds))
