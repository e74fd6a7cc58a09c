"""The kinds that Karpenter had before `v1`, and what became of each of their fields.

Sources: the migration guides of Karpenter 0.32 (v1alpha5 and v1alpha1 to v1beta1) and 1.0 (v1beta1 to v1), and the CRDs
of 0.32, which had both.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

_CORE, _AWS = "karpenter.sh/v1", "karpenter.k8s.aws/v1"
_ALPHA = "karpenter.k8s.aws/v1alpha1"


class OldField(Struct, frozen=True):
    """A field of an old kind that has another name or place today, or none.

    Attributes:
        path: Its path in the old object.
        became: What to write instead; empty where nothing took its place.
        value: The value that this is about; None for any.
    """

    path: tuple[str, ...]
    became: str
    value: str | None = None

    @property
    def name(self) -> str:
        """The field's own name, with the value where it is about one."""
        return self.path[-1] if self.value is None else f"{self.path[-1]}: {self.value}"


class OldKind(Struct, frozen=True):
    """A kind that Karpenter had, under an `apiVersion` that it no longer has.

    Attributes:
        api_version: The `apiVersion` of today's kind.
        kind: Today's kind.
        since: The release of Karpenter that brought it.
        gone: The release that no longer took the old one.
        fields: The fields that did not keep their place.
        required: What today's kind asks for where the old one had a default: the path in the old object, and what to
            write where there is nothing at that path.
    """

    api_version: str
    kind: str
    since: str
    gone: str
    fields: tuple[OldField, ...]
    required: tuple[tuple[tuple[str, ...], str], ...] = ()


def _spec(*fields: tuple[str, str]) -> tuple[OldField, ...]:
    return tuple(OldField(("spec", *path.split(".")), became) for path, became in fields)


_PROVISIONER = _spec(
    ("annotations", "spec.template.metadata.annotations"),
    ("labels", "spec.template.metadata.labels"),
    ("requirements", "spec.template.spec.requirements"),
    ("taints", "spec.template.spec.taints"),
    ("startupTaints", "spec.template.spec.startupTaints"),
    ("limits.resources", "spec.limits, which has the resources at once"),
    ("providerRef", "spec.template.spec.nodeClassRef, with group: karpenter.k8s.aws, kind: EC2NodeClass and the name"),
    ("provider", "an EC2NodeClass, which spec.template.spec.nodeClassRef names"),
    ("kubeletConfiguration", "spec.kubelet of the EC2NodeClass"),
    ("kubeletConfiguration.containerRuntime", ""),
    ("consolidation", "spec.disruption.consolidationPolicy: WhenEmptyOrUnderutilized, with a consolidateAfter"),
    ("ttlSecondsAfterEmpty", "spec.disruption.consolidateAfter, with consolidationPolicy: WhenEmpty"),
    ("ttlSecondsUntilExpired", "spec.template.spec.expireAfter, a duration such as 720h"),
)
_UBUNTU = OldField(("spec", "amiFamily"), "amiFamily: Custom, with the AMI in spec.amiSelectorTerms", "Ubuntu")
_NODE_TEMPLATE = (
    *_spec(
        (
            "amiSelector",
            "spec.amiSelectorTerms, a list: `tags`, `id` or `name`, or an `alias` such as al2023@v20250920",
        ),
        ("subnetSelector", "spec.subnetSelectorTerms, a list: `tags` or `id`"),
        ("securityGroupSelector", "spec.securityGroupSelectorTerms, a list: `tags`, `id` or `name`"),
        ("launchTemplate", ""),
    ),
    _UBUNTU,
)
_MACHINE = _spec(
    ("kubelet", "spec.kubelet of the EC2NodeClass"),
    ("machineTemplateRef", "spec.nodeClassRef, with group: karpenter.k8s.aws, kind: EC2NodeClass and the name"),
)
_NODE_POOL = (
    *_spec(
        ("disruption.expireAfter", "spec.template.spec.expireAfter"),
        ("template.spec.kubelet", "spec.kubelet of the EC2NodeClass"),
        ("template.spec.nodeClassRef.apiVersion", "nodeClassRef.group, which is karpenter.k8s.aws"),
        ("template.spec.resources", ""),
    ),
    OldField(
        ("spec", "disruption", "consolidationPolicy"),
        "consolidationPolicy: WhenEmptyOrUnderutilized, with a consolidateAfter",
        "WhenUnderutilized",
    ),
)
_NODE_CLASS = (_UBUNTU,)
_NODE_CLAIM = _spec(
    ("kubelet", "spec.kubelet of the EC2NodeClass"),
    ("nodeClassRef.apiVersion", "nodeClassRef.group, which is karpenter.k8s.aws"),
)

_CONSOLIDATE_AFTER = (("spec", "disruption", "consolidateAfter"), "spec.disruption.consolidateAfter, such as 0s")
_PROVISIONER_NEEDS = (
    (
        ("spec", "requirements"),
        "requirements (a webhook added linux, amd64, on-demand, category In [c, m, r], instance-generation Gt 2)",
    ),
    (("spec", "providerRef"), "spec.template.spec.nodeClassRef"),
)
_AMI_NEEDS = (
    (("spec", "amiSelectorTerms"), "spec.amiSelectorTerms, such as `- alias: al2023@v20250920`"),
    (
        ("spec", "metadataOptions", "httpPutResponseHopLimit"),
        "metadataOptions.httpPutResponseHopLimit: 2, now 1 by default",
    ),
)
_TEMPLATE_NEEDS = (
    (("spec", "instanceProfile"), "spec.role or spec.instanceProfile, since there is no default instance profile"),
    (("spec", "amiSelector"), _AMI_NEEDS[0][1]),
    _AMI_NEEDS[1],
)

OLD_KINDS: Mapping[tuple[str, str], OldKind] = MappingProxyType(
    {
        ("karpenter.sh/v1alpha5", "Provisioner"): OldKind(
            _CORE, "NodePool", "0.32", "0.33", _PROVISIONER, _PROVISIONER_NEEDS
        ),
        ("karpenter.sh/v1alpha5", "Machine"): OldKind(_CORE, "NodeClaim", "0.32", "0.33", _MACHINE),
        (_ALPHA, "AWSNodeTemplate"): OldKind(_AWS, "EC2NodeClass", "0.32", "0.33", _NODE_TEMPLATE, _TEMPLATE_NEEDS),
        ("karpenter.sh/v1beta1", "NodePool"): OldKind(
            _CORE, "NodePool", "1.0", "1.1", _NODE_POOL, (_CONSOLIDATE_AFTER,)
        ),
        ("karpenter.sh/v1beta1", "NodeClaim"): OldKind(_CORE, "NodeClaim", "1.0", "1.1", _NODE_CLAIM),
        ("karpenter.k8s.aws/v1beta1", "EC2NodeClass"): OldKind(
            _AWS, "EC2NodeClass", "1.0", "1.1", _NODE_CLASS, _AMI_NEEDS
        ),
    }
)
"""The old kinds by `apiVersion` and `kind`."""


def old_kind(api_version: str, kind: str) -> OldKind | None:
    """Return what became of a kind. A kind that one version alone had is found under any `apiVersion` of its group."""
    found = OLD_KINDS.get((api_version, kind))
    if found is not None:
        return found
    group = api_version.partition("/")[0]
    candidates = [
        old
        for (version, name), old in OLD_KINDS.items()
        if name == kind != old.kind and version.partition("/")[0] == group
    ]
    return candidates[0] if candidates else None
