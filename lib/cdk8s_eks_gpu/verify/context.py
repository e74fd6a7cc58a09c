"""What every check is given: the promise, the snapshot, and what several of them look up."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.status import Status
from cdk8s_eks_gpu.verify.conditions import age, is_deleted
from cdk8s_eks_gpu.verify.events import Events
from cdk8s_eks_gpu.verify.snapshot import NODE, NODE_CLAIM, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import KubernetesObject
    from cdk8s_eks_gpu.provisioning.pool import Pool
    from cdk8s_eks_gpu.provisioning.workload import Workload
    from cdk8s_eks_gpu.verify.promise import Promise


PATIENCE = timedelta(minutes=15)
"""How long something may take before it counts as failed. Karpenter gives a node as long to register, and then replaces
it (`registrationTimeout`, kubernetes-sigs/karpenter v1.15.0); for what comes after, it has no limit of its own."""


class PoolNode(Struct, frozen=True, dict=True):
    """A node of one of the promised pools.

    Attributes:
        node: The Node.
        pool: Its pool.
        claim: Its NodeClaim, if it was seen.
        instance_type: Its instance type, or None where the facts do not have it.
    """

    node: KubernetesObject
    pool: Pool
    claim: KubernetesObject | None
    instance_type: InstanceType | None

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The node's labels."""
        return {key: value.text() for key, value in self.node.cursor["metadata"]["labels"].entries()}

    @property
    def is_registered(self) -> bool:
        """Whether Karpenter has registered it: before that, labels and taints of the pool may be missing."""
        return self.labels.get("karpenter.sh/registered") == "true"

    @property
    def type_name(self) -> str:
        """The name of its instance type, as its label has it."""
        return self.node.cursor["metadata"]["labels"][vocabulary.INSTANCE_TYPE].text()

    @property
    def subject(self) -> str:
        """How reports call it."""
        return f"Node/{self.node.name}"


class Context(Struct, frozen=True, dict=True):
    """A promise and a snapshot.

    Attributes:
        promise: What the manifests promise.
        snapshot: What was seen.
    """

    promise: Promise
    snapshot: Snapshot

    @cached_property
    def events(self) -> Events:
        """The events of the snapshot."""
        return Events(self.snapshot)

    @cached_property
    def nodes(self) -> Sequence[PoolNode]:
        """The nodes of the promised pools that are there to stay."""
        catalogue = self.promise.cluster.catalogue
        found = []
        for node in self.snapshot.of_kind(NODE):
            labels = node.cursor["metadata"]["labels"]
            pool = self.promise.pools.get(labels[vocabulary.NODE_POOL].text())
            if pool is not None and not is_deleted(node):
                provider = node.cursor["spec"]["providerID"].text()
                claim = self._claims.get(node.name) or self._claims.get(provider)
                found.append(PoolNode(node, pool, claim, catalogue.get(labels[vocabulary.INSTANCE_TYPE].text())))
        return found

    @cached_property
    def _claims(self) -> Mapping[str, KubernetesObject]:
        """The NodeClaims by the name of their node, and by its provider's identifier."""
        claims = {}
        for claim in self.snapshot.of_kind(NODE_CLAIM):
            for key in (claim.cursor["status"]["nodeName"].text(), claim.cursor["status"]["providerID"].text()):
                if key:
                    claims[key] = claim
        return claims

    @cached_property
    def _scheduled(self) -> dict[tuple[int, int], frozenset[str]]:
        return {}

    def is_expected_on(self, workload: Workload, node: PoolNode) -> bool:
        """Return whether provisioning predicts that a DaemonSet lands on the node."""
        key = (id(node.pool), id(workload))
        if key not in self._scheduled:
            types = self.promise.cluster.fit(node.pool, workload).types
            self._scheduled[key] = frozenset(each.name for each in types)
        return node.type_name in self._scheduled[key]

    def registration_status(self, node: PoolNode) -> Status:
        """Return the status of what a node gets when it registers and has not: it may still come."""
        return Status.FAIL if node.is_registered else self.status_of_late(node.node)

    def status_of_late(self, manifest: KubernetesObject) -> Status:
        """Return the status of an object that is not what it should be: a young one may become so by itself."""
        return Status.WAITING if self.is_young(manifest) else Status.FAIL

    def is_young(self, manifest: KubernetesObject) -> bool:
        """Return whether an object may still become what it should be by itself."""
        return age(manifest, self.snapshot.now) < PATIENCE
