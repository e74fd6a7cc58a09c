"""What the CEL rules of NodePool, NodeClaim and NodeOverlay mean."""

from __future__ import annotations

import re

from cdk8s_eks_gpu.admission.cel.forms import NODE_OVERLAYS, NODE_POOLS, CelMeaning, meaning

_DOMAIN = "self.find('^([^/]+)')"


def _pool(name: str, summary: str, fix: str, *expressions: str) -> CelMeaning:
    return meaning(name, NODE_POOLS, summary, fix, *expressions)


def _label(name: str, summary: str, fix: str, test: str) -> CelMeaning:
    """Return a rule that a CRD says of a requirement's key and of a template's labels, each in its way."""
    of_labels = re.sub(r"\bself\b", "x", test)
    return _pool(name, summary, fix, test, f"self.all(x, {of_labels})")


MEANINGS = (
    # Requirements and labels of a pool
    _pool(
        "in-without-values",
        "A requirement with operator In has no values, or `values` is missing.",
        "List the values that are allowed, or use Exists.",
        "self.all(x, x.operator == 'In' ? x.values.size() != 0 : true)",
    ),
    meaning(
        "not-in-without-values",
        NODE_OVERLAYS,
        "A requirement with operator NotIn has no values, or `values` is missing.",
        "List the values that are excluded, or drop the requirement.",
        "self.all(x, x.operator == 'NotIn' ? x.values.size() != 0 : true)",
    ),
    _pool(
        "bound-not-an-integer",
        "A requirement with operator Gt, Lt, Gte or Lte needs exactly one value, a whole number of at least 0.",
        'Write one whole number, in quotes: `values: ["7"]`.',
        "self.all(x, (x.operator == 'Gt' || x.operator == 'Lt') ?"
        " (x.values.size() == 1 && int(x.values[0]) >= 0) : true)",
        "self.all(x, (x.operator == 'Gt' || x.operator == 'Lt' || x.operator == 'Gte' || x.operator == 'Lte') ?"
        " (x.values.size() == 1 && int(x.values[0]) >= 0) : true)",
    ),
    _pool(
        "min-values-too-many",
        "A requirement asks for more different values (`minValues`) than it lists.",
        "List at least as many values as `minValues` says, or lower it.",
        "self.all(x, (x.operator == 'In' && has(x.minValues)) ? x.values.size() >= x.minValues : true)",
    ),
    _label(
        "label-kubernetes-io",
        "A label key of the domain kubernetes.io is used that only Kubernetes may set.",
        "Use a well-known label, or a key of a domain of your own.",
        f"self in ['a'] || {_DOMAIN}.endsWith('node.kubernetes.io') ||"
        f" {_DOMAIN}.endsWith('node-restriction.kubernetes.io') || !{_DOMAIN}.endsWith('kubernetes.io')",
    ),
    _label(
        "label-k8s-io",
        "A label key of the domain k8s.io is used that only Kubernetes may set.",
        "Use a key of a domain of your own.",
        f"{_DOMAIN}.endsWith('kops.k8s.io') || !{_DOMAIN}.endsWith('k8s.io')",
    ),
    _label(
        "label-karpenter-sh",
        "A label key of the domain karpenter.sh is used that Karpenter keeps for itself.",
        "Only karpenter.sh/capacity-type may be used here. Otherwise use a key of a domain of your own.",
        f"self in ['a'] || !{_DOMAIN}.endsWith('karpenter.sh')",
    ),
    _label(
        "label-karpenter-k8s-aws",
        "A label key of the domain karpenter.k8s.aws is used that this Karpenter version does not know.",
        "Correct the key: the scheduling page lists those of each version. Own labels need a domain of their own.",
        f"self in ['a'] || !{_DOMAIN}.endsWith('karpenter.k8s.aws')",
    ),
    _label(
        "label-hostname",
        "kubernetes.io/hostname is used, which differs for every node.",
        "Remove it: a pool cannot ask for one node.",
        "self != 'kubernetes.io/hostname'",
    ),
    _label(
        "label-nodepool",
        "karpenter.sh/nodepool is used, which Karpenter sets to the pool's own name.",
        "Remove it. Pods may select it.",
        "self != 'karpenter.sh/nodepool'",
    ),
    # The pool itself
    _pool(
        "empty-text",
        "A field that must have a value is empty.",
        "Give it a value, or leave the field out.",
        "self != ''",
    ),
    _pool(
        "budget-schedule-without-duration",
        "A disruption budget has a schedule without a duration, or a duration without a schedule.",
        "Give both, or neither: then the budget is always in force.",
        "self.all(x, has(x.schedule) == has(x.duration))",
    ),
    _pool(
        "static-pool-limits",
        "A pool with a fixed number of replicas may limit nothing but `nodes`.",
        "Remove the other limits, or `replicas`.",
        "!has(self.replicas) || (!has(self.limits) || size(self.limits) == 0 ||"
        " (size(self.limits) == 1 && 'nodes' in self.limits))",
    ),
    _pool(
        "static-pool-weight",
        "A pool with a fixed number of replicas has a weight, which means nothing there.",
        "Remove `weight`, or `replicas`.",
        "!has(self.replicas) || !has(self.weight)",
    ),
    _pool(
        "consolidate-after-underutilized",
        "`consolidateAfter` goes with WhenEmpty only, or says Never (v1beta1).",
        "Remove `consolidateAfter`, or use WhenEmpty.",
        "has(self.consolidateAfter) ? self.consolidationPolicy != 'WhenUnderutilized' ||"
        " self.consolidateAfter == 'Never' : true",
    ),
    _pool(
        "consolidate-after-missing",
        "WhenEmpty needs `consolidateAfter` (v1beta1).",
        "Set how long a node must be empty before it is removed.",
        "self.consolidationPolicy == 'WhenEmpty' ? has(self.consolidateAfter) : true",
    ),
    # Overlays
    meaning(
        "overlay-price-twice",
        NODE_OVERLAYS,
        "An overlay has both `price` and `priceAdjustment`.",
        "Keep one of them.",
        "!has(self.price) || !has(self.priceAdjustment)",
    ),
    meaning(
        "overlay-capacity-known",
        NODE_OVERLAYS,
        "An overlay changes the capacity of cpu, memory, ephemeral-storage or pods, which Karpenter finds out itself.",
        "Remove the resource: an overlay adds extended resources only.",
        "self.all(x, !(x in ['a']))",
    ),
)
