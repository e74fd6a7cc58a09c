"""Karpenter's controller for AWS, as it runs in a cluster, on loopback."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from rehearsal import build
from rehearsal.aws.network import REGION
from rehearsal.processes import HOST, free_ports

if TYPE_CHECKING:
    from rehearsal.api import Api
    from rehearsal.processes import Processes

NAME = "karpenter"
GATES = {
    "ReservedCapacity": True,
    "NodeRepair": False,
    "SpotToSpotConsolidation": False,
    "NodeOverlay": False,
    "StaticCapacity": False,
}
NODE_POOLS = "/apis/karpenter.sh/v1/nodepools"
NODE_CLAIMS = "/apis/karpenter.sh/v1/nodeclaims"
NODE_CLASSES = "/apis/karpenter.k8s.aws/v1/ec2nodeclasses"
NODE_OVERLAYS = "/apis/karpenter.sh/v1alpha1/nodeoverlays"


@dataclass(frozen=True)
class Karpenter:
    """A controller that can be started.

    Attributes:
        version: Its release.
        processes: Where it runs.
        api: The control plane.
        aws: The address of the endpoint that it takes for AWS.
    """

    version: str
    processes: Processes
    api: Api
    aws: str

    def install_crds(self) -> None:
        """Create the CRDs of the release."""
        self.api.install_crds(yaml.safe_load(path.read_text()) for path in build.crds(self.version))

    def start(self, gates: dict[str, bool] | None = None, settings: dict[str, str] | None = None) -> None:
        """Start the controller, with empty caches; short batches of pods, since nobody else makes any."""
        metrics, health = free_ports(2)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.processes.folder),
            "KUBECONFIG": str(self.api.kubeconfig),
            "AWS_ENDPOINT_URL": self.aws,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "AWS_EC2_METADATA_DISABLED": "true",
            "CLUSTER_NAME": "rehearsal",
            "CLUSTER_ENDPOINT": f"https://{HOST}",
            "SYSTEM_NAMESPACE": "kube-system",
            "DISABLE_LEADER_ELECTION": "true",
            "METRICS_PORT": str(metrics),
            "HEALTH_PROBE_PORT": str(health),
            "BATCH_IDLE_DURATION": "500ms",
            "BATCH_MAX_DURATION": "3s",
            "KUBE_CLIENT_QPS": "500",
            "KUBE_CLIENT_BURST": "800",
            "FEATURE_GATES": ",".join(f"{name}={str(on).lower()}" for name, on in {**GATES, **(gates or {})}.items()),
            **(settings or {}),
        }
        self.processes.start(NAME, [str(build.karpenter(self.version))], environment)

    def stop(self) -> None:
        """End the controller."""
        self.processes.stop(NAME)

    def clean(self) -> None:
        """Take away all that it works on while it is not running, finalizers and all."""
        pods, daemon_sets = "/api/v1/namespaces/default/pods", "/apis/apps/v1/namespaces/default/daemonsets"
        for path in (pods, daemon_sets, NODE_POOLS, NODE_CLAIMS, NODE_CLASSES, NODE_OVERLAYS, "/api/v1/nodes"):
            for item in self.api.items(path):
                name = item["metadata"]["name"]
                if item["metadata"].get("finalizers"):
                    bare = {"metadata": {"finalizers": None}}
                    self.api.request("PATCH", f"{path}/{name}", bare, "application/merge-patch+json")
                self.api.request("DELETE", f"{path}/{name}?gracePeriodSeconds=0")
