"""EKS Auto Mode beside a Karpenter of one's own: each has labels and a node class that the other does not know.

Source: https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html and create-node-class.html (2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests.templates import is_placeholder
from cdk8s_eks_gpu.preflight.checks.instances import UNKNOWN_VALUE
from cdk8s_eks_gpu.preflight.checks.names import REQUIREMENTS
from cdk8s_eks_gpu.provisioning.node_pool import NotEvaluated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Cursor
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.pool import Pool


_DOCUMENT = "https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html"

OTHERS_LABEL = Rule(
    "instances/label-of-others",
    Severity.WARNING,
    "A requirement names a label of the other Karpenter: of EKS Auto Mode, or of one's own.",
    (
        "Auto Mode knows instance types by labels that begin with eks.amazonaws.com/, a Karpenter of your own by those"
        " that begin with karpenter.k8s.aws/. To each, the other's are labels of yours, which restrict nothing: the"
        " pool launches instance types that were not intended."
    ),
    _DOCUMENT,
    "Name the label of the Karpenter that launches the pool's nodes.",
)
OTHERS_FIELD = Rule(
    "instances/field-of-others",
    Severity.ERROR,
    "A NodeClass of EKS Auto Mode has a field of an EC2NodeClass, which Auto Mode does not have.",
    "The API server refuses it: Auto Mode chooses the AMI, its user data and its volumes itself.",
    "https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html",
    "Remove the field; for what Auto Mode cannot do, keep a Karpenter of your own beside it.",
)

_AUTO, _OWN = "eks.amazonaws.com/instance-", "karpenter.k8s.aws/instance-"
_FIELDS_OF_EC2 = (
    "amiFamily",
    "amiSelectorTerms",
    "associatePublicIPAddress",
    "blockDeviceMappings",
    "context",
    "detailedMonitoring",
    "instanceStorePolicy",
    "kubelet",
    "metadataOptions",
    "networkInterfaces",
    "placementGroupSelector",
    "userData",
)


def check(context: Context) -> Iterator[Finding]:
    """Yield what of one Karpenter is said to the other."""
    for pool in context.cluster.pools:
        if pool.not_evaluated is None:
            yield from _labels_of_others(pool, _AUTO, _OWN)
        elif pool.not_evaluated is NotEvaluated.EKS_AUTO_MODE:
            yield from _labels_of_others(pool, _OWN, _AUTO)
            yield from _unknown_values(pool)
    for node_class in context.cluster.of_kind("eks.amazonaws.com", "NodeClass"):
        for field in _FIELDS_OF_EC2:
            if node_class.cursor.at("spec", field):
                message = f"NodeClass {node_class.name} has {field}, which EKS Auto Mode does not have."
                yield finding_at(OTHERS_FIELD, node_class, ("spec", field), message)


def _requirements(pool: Pool) -> Iterator[tuple[str, Cursor]]:
    for requirement in pool.manifest.cursor.at(*REQUIREMENTS).objects():
        yield requirement["key"].text(), requirement


def _labels_of_others(pool: Pool, others: str, own: str) -> Iterator[Finding]:
    for key, requirement in _requirements(pool):
        if key.startswith(others):
            meant = key.replace(others, own)
            message = f"Pool {pool.name} requires {key}, which restricts nothing there."
            yield finding_at(
                OTHERS_LABEL, pool.manifest, requirement["key"].path, message, value=key, fix=f"Write {meant}."
            )


def _unknown_values(pool: Pool) -> Iterator[Finding]:
    """Yield the values of Auto Mode's labels that no instance type has."""
    for key, requirement in _requirements(pool):
        own = key.replace(_AUTO, _OWN) if key.startswith(_AUTO) else key
        known = (
            catalogue().label_values(own) if own.startswith(_OWN) or own == vocabulary.INSTANCE_TYPE else frozenset()
        )
        if not known or requirement["operator"].text() != "In":
            continue
        for value in requirement["values"].items():
            if value.text() not in known and not is_placeholder(value.value):
                hint = did_you_mean(value.text(), known) or "."
                message = f"{key}: no known instance type has {value.text()!r}{hint}"
                yield finding_at(UNKNOWN_VALUE, pool.manifest, value.path, message, value=value.text())
