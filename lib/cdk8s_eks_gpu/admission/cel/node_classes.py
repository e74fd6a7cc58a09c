"""What the CEL rules of EC2NodeClass mean."""

from __future__ import annotations

from cdk8s_eks_gpu.admission.cel.forms import NODE_CLASSES, CelMeaning, meaning


def _class(name: str, summary: str, fix: str, *expressions: str) -> CelMeaning:
    return meaning(name, NODE_CLASSES, summary, fix, *expressions)


MEANINGS = (
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
        "Add terms that select the AMIs.",
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
)
