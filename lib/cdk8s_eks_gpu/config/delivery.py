"""How the manifests reach the cluster, where a tool of Git wants them otherwise than kubectl does."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cdk8s_eks_gpu.config.model import Options, placed
from cdk8s_eks_gpu.config.scalars import DURATION
from cdk8s_eks_gpu.durations import LONGEST, seconds_of

NODE_START = 15 * 60
"""Seconds that Karpenter waits for a node to register before it takes another (karpenter v1.15.0, liveness.go)."""


class ArgoCd(Options):
    """What Argo CD is to find in the manifests (the annotations of its documentation, v3.5.1)."""

    sync_waves: bool = Field(
        default=False,
        description="Annotate each object with its sync wave: CRDs, namespaces, device plugins, node classes, node "
        "pools, then tests. Argo CD waits until one wave is healthy before it begins the next; objects of yours are in "
        "wave 0, after the pools and before the tests.",
    )
    smoke_tests: Literal["pods", "postSync", "application"] = Field(
        default="pods",
        description="pods: only the Pods in dist/smoke-tests/, to apply by hand. postSync: beside them, Jobs in dist/ "
        "that each sync runs as its last step. application: beside them, Jobs in dist/smoke-tests/ for an Application "
        "of their own, where a sync has less time than a node needs to start (EKS Capability for Argo CD: 120 s).",
    )
    smoke_test_timeout: Annotated[str, Field(pattern=DURATION)] = Field(
        default="30m",
        description="How long such a Job may take, the start of its node and the pull of its image included.",
    )

    @model_validator(mode="after")
    def _a_node_can_start_in_time(self) -> Self:
        seconds = seconds_of(self.smoke_test_timeout) or 0
        if seconds > LONGEST:
            raise placed([(("smokeTestTimeout",), "must be at most about 292 years, such as 30m")])
        if seconds <= NODE_START:
            message = (
                f"'{self.smoke_test_timeout}' can end before the node has started: Karpenter alone waits 15m for it; "
                "say more, such as 30m"
            )
            raise placed([(("smokeTestTimeout",), message)])
        return self

    @property
    def smoke_test_seconds(self) -> int:
        """The timeout in seconds."""
        return int(seconds_of(self.smoke_test_timeout) or 0)


class Delivery(Options):
    """How the manifests reach the cluster. docs/delivery.md has an example for each way."""

    argocd: ArgoCd | None = Field(default=None, description="What Argo CD is to find in the manifests.")
