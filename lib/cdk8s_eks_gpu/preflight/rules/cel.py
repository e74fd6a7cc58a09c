"""The CEL rules of Karpenter's CRDs, each in our own words.

A CRD says a rule as an expression. The lists of label keys in them grow from release to release while the rule stays
the same, so an expression is known by its form: every list of texts in it reads `[]`, and spaces do not count.
"""

from __future__ import annotations

import re

from cdk8s_eks_gpu.preflight.rule import Rule, Severity

_LIST = re.compile(r"""\[(?:\s*["'][^"'\]]*["']\s*,?)+\]""")
_WHY = "Karpenter's CRD carries the rule, so the API server refuses the object."
_NODE_POOLS = "https://karpenter.sh/docs/concepts/nodepools/"
_NODE_CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/"
_OVERLAYS = "https://karpenter.sh/docs/concepts/nodeoverlays/"

_BY_FORM: dict[str, Rule] = {}


def form(expression: str) -> str:
    """Return the form by which an expression is known: spaces dropped, lists of texts emptied."""
    return re.sub(r"\s", "", _LIST.sub("[]", expression)).replace('"', "'")


def _rule(name: str, source: str, summary: str, cure: str, *expressions: str, why: str = _WHY) -> Rule:
    rule = Rule(f"cel/{name}", Severity.ERROR, summary, why, source, cure)
    _BY_FORM.update({form(expression): rule for expression in expressions})
    return rule


def _pool(name: str, summary: str, cure: str, *expressions: str) -> Rule:
    return _rule(name, _NODE_POOLS, summary, cure, *expressions)


def _class(name: str, summary: str, cure: str, *expressions: str) -> Rule:
    return _rule(name, _NODE_CLASSES, summary, cure, *expressions)


def _label(name: str, summary: str, cure: str, test: str) -> Rule:
    """Add a rule that a CRD says of a requirement's key and of a template's labels, each in its way."""
    of_labels = re.sub(r"\bself\b", "x", test)
    return _rule(name, _NODE_POOLS, summary, cure, test, f"self.all(x, {of_labels})")


_DOMAIN = "self.find('^([^/]+)')"
OTHER = _rule(
    "other",
    _NODE_POOLS,
    "A rule of the CRD that has no page of its own does not hold.",
    "Read the expression in the message: it must be true of the value.",
)

RULES = (
    # Requirements and labels of a pool
    _pool(
        "in-without-values",
        "A requirement with operator In has no values, or `values` is missing.",
        "List the values that are allowed, or use Exists.",
        "self.all(x, x.operator == 'In' ? x.values.size() != 0 : true)",
    ),
    _rule(
        "not-in-without-values",
        _OVERLAYS,
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
        "A label key of the domain kubernetes.io is used that nobody but Kubernetes may set.",
        "Use a well-known label, or a key of a domain of your own.",
        f"self in ['a'] || {_DOMAIN}.endsWith('node.kubernetes.io') ||"
        f" {_DOMAIN}.endsWith('node-restriction.kubernetes.io') || !{_DOMAIN}.endsWith('kubernetes.io')",
    ),
    _label(
        "label-k8s-io",
        "A label key of the domain k8s.io is used that nobody but Kubernetes may set.",
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
        "Remove it: a pool cannot ask for one machine.",
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
        "A field that must say something is empty.",
        "Say it, or leave the field out.",
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
        "Say after how long an empty node may go.",
        "self.consolidationPolicy == 'WhenEmpty' ? has(self.consolidateAfter) : true",
    ),
    # AMIs
    _class(
        "ami-term-empty",
        "A term of `amiSelectorTerms` selects by nothing.",
        "Give it an alias, an id, a name, tags, or (from 1.4 on) an ssmParameter.",
        "self.all(x, has(x.tags) || has(x.id) || has(x.name) || has(x.alias))",
        "self.all(x, has(x.tags) || has(x.id) || has(x.name) || has(x.alias) || has(x.ssmParameter))",
    ),
    _class(
        "ami-term-id-alone",
        "A term of `amiSelectorTerms` has an id and something else.",
        "An id says everything: remove the rest, or make it a term of its own.",
        "!self.exists(x, has(x.id) && (has(x.alias) || has(x.tags) || has(x.name) || has(x.owner)))",
        "!self.all(x, has(x.id) && (has(x.tags) || has(x.name) || has(x.owner)))",
    ),
    _class(
        "ami-term-alias-alone",
        "A term of `amiSelectorTerms` has an alias and something else.",
        "An alias says everything: remove the rest.",
        "!self.exists(x, has(x.alias) && (has(x.id) || has(x.tags) || has(x.name) || has(x.owner)))",
    ),
    _class(
        "ami-alias-only-term",
        "`amiSelectorTerms` has an alias beside other terms.",
        "Keep the alias alone, or select every AMI in another way.",
        "!(self.exists(x, has(x.alias)) && self.size() != 1)",
    ),
    _class(
        "ami-alias-form",
        "An AMI alias does not have the form family@version.",
        "Write it like al2023@v20251112.",
        "self.matches('^[a-zA-Z0-9]+@.+$')",
    ),
    _class(
        "ami-alias-family",
        "An AMI alias names a family that this Karpenter version does not know.",
        "Use al2, al2023, bottlerocket, windows2019, windows2022 or (from 1.9 on) windows2025, in lower case.",
        "self.split('@')[0] in ['a']",
    ),
    _class(
        "ami-alias-windows-version",
        "A Windows AMI alias asks for a version other than latest, and Windows has no other.",
        "Write windows2022@latest.",
        "self.split('@')[0] in ['a'] ? self.split('@')[1] == 'latest' : true",
    ),
    _class(
        "ami-family-alias-differ",
        "`amiFamily` is not the family that the AMI alias names.",
        "Remove `amiFamily`, make it the alias's family, or use Custom.",
        *(
            f"!has(self.amiFamily) || (self.amiSelectorTerms.exists(x, has(x.alias) &&"
            f" x.alias.find('^[^@]+') == '{family.lower()}') ?"
            f" (self.amiFamily == 'Custom' || self.amiFamily == '{family}') : true)"
            for family in ("AL2", "AL2023", "Bottlerocket", "Windows2019", "Windows2022", "Windows2025")
        ),
    ),
    _class(
        "ami-family-missing",
        "`amiFamily` is missing, and no AMI alias names the family.",
        "Add `amiFamily`, or select the AMI by an alias.",
        "self.amiSelectorTerms.exists(x, has(x.alias)) ? true : has(self.amiFamily)",
    ),
    _class(
        "ami-custom-without-terms",
        "`amiFamily` Custom has no `amiSelectorTerms` (v1beta1).",
        "Say which AMIs to use.",
        "self.amiFamily == 'Custom' ? self.amiSelectorTerms.size() != 0 : true",
    ),
    # Networks and reservations
    _class(
        "terms-empty",
        "The list of selector terms is empty.",
        "Add a term, by tags for instance.",
        "self.size() != 0",
    ),
    _class(
        "security-group-term-empty",
        "A term selects by nothing.",
        "Give it an id, a name or tags.",
        "self.all(x, has(x.tags) || has(x.id) || has(x.name))",
    ),
    _class(
        "term-empty",
        "A term selects by nothing.",
        "Give it an id or tags.",
        "self.all(x, has(x.tags) || has(x.id))",
    ),
    _class(
        "reservation-term-empty",
        "A term of `capacityReservationSelectorTerms` selects by nothing.",
        "Give it an id, tags or `instanceMatchCriteria`.",
        "self.all(x, has(x.tags) || has(x.id) || has(x.instanceMatchCriteria))",
    ),
    _class(
        "term-id-alone",
        "A term has an id and something else.",
        "An id says everything: remove the rest, or make it a term of its own.",
        "!self.all(x, has(x.id) && has(x.tags))",
        "!self.all(x, has(x.id) && (has(x.tags) || has(x.name)))",
        "!self.all(x, has(x.id) && (has(x.tags) || has(x.ownerID)))",
        "!self.all(x, has(x.id) && (has(x.tags) || has(x.ownerID) || has(x.instanceMatchCriteria)))",
    ),
    _class(
        "security-group-term-name-alone",
        "A term of `securityGroupSelectorTerms` has a name and something else.",
        "A name says everything: remove the rest, or make it a term of its own.",
        "!self.all(x, has(x.name) && (has(x.tags) || has(x.id)))",
    ),
    _class(
        "selector-tag-empty",
        "A tag that selects has an empty key or an empty value.",
        'Fill both in; the value "*" stands for any.',
        "self.all(k, k != '' && self[k] != '')",
    ),
    _class(
        "network-interfaces-primary",
        "`networkInterfaces` has no primary interface: card 0, device 0, of type interface.",
        "Add `{networkCardIndex: 0, deviceIndex: 0, interfaceType: interface}`.",
        "self.size() == 0 || self.exists(x, x.deviceIndex == 0 && x.networkCardIndex == 0 &&"
        " x.interfaceType == 'interface')",
    ),
    _class(
        "network-interfaces-repeated",
        "Two `networkInterfaces` stand at the same place, or a network card has two efa-only interfaces.",
        "Give each interface its own card and device, and each card at most one efa-only interface.",
        "self.all(x, self.filter(y, x.networkCardIndex == y.networkCardIndex && x.deviceIndex == y.deviceIndex)"
        ".size() == 1 && (x.interfaceType != 'efa-only' || self.filter(y, x.networkCardIndex == y.networkCardIndex"
        " && y.interfaceType == 'efa-only').size() == 1))",
    ),
    _class(
        "placement-group-empty",
        "`placementGroupSelector` selects by nothing.",
        "Give it a name or an id.",
        "has(self.name) || has(self.id)",
    ),
    _class(
        "placement-group-both",
        "`placementGroupSelector` has both a name and an id.",
        "Keep one of them.",
        "!(has(self.name) && has(self.id))",
    ),
    _class(
        "connection-tracking-empty",
        "`connectionTracking` sets no timeout.",
        "Set one of its timeouts, or remove it.",
        "has(self.tcpEstablishedTimeout) || has(self.udpStreamTimeout) || has(self.udpTimeout)",
    ),
    # Identity, disks, tags
    _class(
        "role-or-instance-profile",
        "The node class needs either `role` or `instanceProfile`, and has none or both.",
        "Keep one of them.",
        "(has(self.role) && !has(self.instanceProfile)) || (!has(self.role) && has(self.instanceProfile))",
    ),
    _class(
        "root-volume-twice",
        "More than one block device is the root volume.",
        "Set `rootVolume` on one of them.",
        "self.filter(x, has(x.rootVolume)?x.rootVolume==true:false).size() <= 1",
    ),
    _class(
        "volume-size-missing",
        "An EBS volume has neither a size nor a snapshot.",
        "Add `volumeSize` or `snapshotID`.",
        "has(self.snapshotID) || has(self.volumeSize)",
    ),
    _class(
        "volume-rate-without-snapshot",
        "`volumeInitializationRate` is set, but the volume comes from no snapshot.",
        "Add `snapshotID`, or remove the rate.",
        "!has(self.volumeInitializationRate) || (has(self.snapshotID) && self.snapshotID != '')",
    ),
    _class(
        "tag-key-empty",
        "A tag has an empty key.",
        "Give it a key.",
        "self.all(k, k != '')",
    ),
    _class(
        "tag-restricted",
        "A tag is set that Karpenter or EKS sets itself.",
        "Remove the tag.",
        "self.all(k, k != 'eks:eks-cluster-name')",
        "self.all(k, !k.startsWith('kubernetes.io/cluster'))",
        "self.all(k, k != 'karpenter.sh/nodepool')",
        "self.all(k, k != 'karpenter.sh/nodeclaim')",
        "self.all(k, k != 'karpenter.k8s.aws/ec2nodeclass')",
        "self.all(k, k != 'karpenter.sh/managed-by')",
    ),
    # The kubelet
    _class(
        "kubelet-image-gc-thresholds",
        "The kubelet's high threshold for image collection is not above the low one.",
        "Raise `imageGCHighThresholdPercent`, or lower `imageGCLowThresholdPercent`.",
        "has(self.imageGCHighThresholdPercent) && has(self.imageGCLowThresholdPercent) ?"
        " self.imageGCHighThresholdPercent > self.imageGCLowThresholdPercent : true",
    ),
    _class(
        "kubelet-eviction-grace",
        "`evictionSoft` and `evictionSoftGracePeriod` do not name the same signals.",
        "Give each soft threshold its grace period, and no other.",
        "has(self.evictionSoft) ? self.evictionSoft.all(e, (e in self.evictionSoftGracePeriod)) : true",
        "has(self.evictionSoftGracePeriod) ? self.evictionSoftGracePeriod.all(e, (e in self.evictionSoft)) : true",
    ),
    _class(
        "kubelet-eviction-signal",
        "An eviction threshold names a signal that the kubelet does not know.",
        "Use memory.available, nodefs.available, nodefs.inodesFree, imagefs.available, imagefs.inodesFree or"
        " pid.available.",
        "self.all(x, x in ['a'])",
    ),
    _class(
        "kubelet-reserved-resource",
        "Something is reserved that cannot be.",
        "Reserve cpu, memory, ephemeral-storage or pid.",
        "self.all(x, x=='cpu' || x=='memory' || x=='ephemeral-storage' || x=='pid')",
    ),
    _class(
        "kubelet-reserved-negative",
        "A negative amount is reserved.",
        "Reserve a positive amount.",
        "self.all(x, !self[x].startsWith('-'))",
    ),
    # Overlays
    _rule(
        "overlay-price-twice",
        _OVERLAYS,
        "An overlay has both `price` and `priceAdjustment`.",
        "Keep one of them.",
        "!has(self.price) || !has(self.priceAdjustment)",
    ),
    _rule(
        "overlay-capacity-known",
        _OVERLAYS,
        "An overlay changes the capacity of cpu, memory, ephemeral-storage or pods, which Karpenter finds out itself.",
        "Remove the resource: an overlay adds extended resources only.",
        "self.all(x, !(x in ['a']))",
    ),
    OTHER,
)

# These compare with the object's former state. Offline there is none, and for a new object Kubernetes skips them.
TRANSITIONS = frozenset(
    form(expression)
    for expression in (
        "self == oldSelf",
        "self.group == oldSelf.group",
        "self.kind == oldSelf.kind",
        "has(self.replicas) == has(oldSelf.replicas)",
        "(has(oldSelf.role) && has(self.role)) || (has(oldSelf.instanceProfile) && has(self.instanceProfile))",
    )
)


def rule_for(expression: str) -> Rule:
    """Return the rule that a CRD's expression stands for; `OTHER` when it has no page of its own."""
    return _BY_FORM.get(form(expression), OTHER)
