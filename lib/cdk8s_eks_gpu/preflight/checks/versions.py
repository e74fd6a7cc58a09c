"""What the versions of Karpenter and Kubernetes do not have, or have only behind a feature gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import describe_gate
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.provisioning.gates import needed_gates
from cdk8s_eks_gpu.provisioning.offerings import RESERVED
from cdk8s_eks_gpu.releases import incompatibility, since

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.preflight.context import Context


_COMPATIBILITY = "https://karpenter.sh/docs/upgrading/compatibility/"

UNSUPPORTED = Rule(
    "versions/kubernetes",
    Severity.ERROR,
    "The Karpenter version does not support the Kubernetes version.",
    (
        "Karpenter's log then says at every start that it is not compatible with the cluster. What it computes of AMIs,"
        " kubelets and the API is not tested there, and AWS gives no support for it."
    ),
    _COMPATIBILITY,
    "Upgrade Karpenter before Kubernetes; `eks-gpu upgrade` says what that changes.",
)
TOO_NEW = Rule(
    "versions/reserved",
    Severity.ERROR,
    "The pool names the capacity type `reserved`, which came with Karpenter 1.3.",
    "An older Karpenter knows no offering of that name: it launches nothing for it, and no reservation is used.",
    "https://karpenter.sh/docs/upgrading/upgrade-guide/",
    "Upgrade to Karpenter 1.3 or newer, or remove `reserved`.",
)
GATE = Rule(
    "versions/feature-gate",
    Severity.WARNING,
    "A field does nothing, or is refused, unless a feature gate of Karpenter is on that is off by default.",
    "The manifests apply without an error either way; that the gate is off, only the missing nodes tell.",
    "https://karpenter.sh/docs/reference/settings/#feature-gates",
    "Turn on the feature gate as the message says. If it is on, say so in `cluster.featureGates` of cluster.yaml, or"
    " ignore the rule for the object with that reason.",
)


def check(context: Context) -> Iterator[Finding]:
    """Yield what the versions do not support, and the feature gates that the manifests need."""
    yield from _kubernetes(context)
    yield from _reserved(context)
    yield from _gates(context)


def _kubernetes(context: Context) -> Iterator[Finding]:
    """Yield the finding that the versions do not go together, at the first object of a Karpenter of one's own."""
    why = incompatibility(context.named_karpenter, context.kubernetes)
    of_others = {pool.manifest for pool in context.cluster.pools if pool.not_evaluated}
    of_karpenter = (each for each in context.cluster.objects if each.group in vocabulary.KARPENTER_GROUPS)
    first = next((each for each in of_karpenter if each not in of_others), None)
    if why is not None and first is not None:
        yield finding_at(UNSUPPORTED, first, ("apiVersion",), f"{why}.")


def _reserved(context: Context) -> Iterator[Finding]:
    release = context.cluster.karpenter
    if RESERVED in release.capacity_types:
        return
    for pool in context.cluster.pools:
        if pool.not_evaluated:
            continue
        for requirement in pool.manifest.cursor.at("spec", "template", "spec", "requirements").objects():
            values = list(requirement["values"].items())
            named = [value for value in values if value.text() == RESERVED]
            if (
                requirement["key"].text() == vocabulary.CAPACITY_TYPE
                and requirement["operator"].text() == "In"
                and named
            ):
                version = since("capacityTypes", RESERVED)
                message = f"`reserved` came with Karpenter {version}; this is {release.minor}."
                yield finding_at(TOO_NEW, pool.manifest, named[0].path, message, value=RESERVED)


def _gates(context: Context) -> Iterator[Finding]:
    release = context.cluster.karpenter
    for manifest in context.cluster.objects:
        for needed in needed_gates(manifest, release):
            gate = needed.gate
            fix = (
                f"Turn it on by {gate.turned_on_by}; where it is on, say `featureGates: {{{gate.name}: true}}` under"
                " `cluster` of cluster.yaml, or ignore this rule for the object with that reason."
            )
            yield finding_at(GATE, manifest, needed.use.path, describe_gate(needed), fix=fix)
