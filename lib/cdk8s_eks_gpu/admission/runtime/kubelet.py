"""What Karpenter 1.15 and newer check of an EC2NodeClass's `kubelet`, of which the CRD takes anything.

Source: `pkg/apis/v1/kubeletconfiguration_validation.go` and `pkg/controllers/nodeclass/validation.go` of
aws/karpenter-provider-aws at v1.15.1. The fields and their types are those of the kubelet that it is built with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.field_error import FORBIDDEN, INVALID, REQUIRED, UNSUPPORTED, FieldError, supported_values
from cdk8s_eks_gpu.durations import seconds_of
from cdk8s_eks_gpu.findings import Rule, Severity
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.quantity import quantity_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Cursor
    from cdk8s_eks_gpu.releases import KarpenterRelease

_VALIDATION = (
    "https://github.com/aws/karpenter-provider-aws/blob/v1.15.1/pkg/apis/v1/kubeletconfiguration_validation.go"
)
_NOT_READY = (
    "The API server takes anything here; Karpenter sets the class not ready (ValidationSucceeded=False) and launches "
    "no node with it."
)
KUBELET = Rule(
    "runtime/kubelet",
    Severity.ERROR,
    "The kubelet's configuration has a field or a value that the kubelet does not take.",
    _NOT_READY,
    _VALIDATION,
    "Write the field as KubeletConfiguration (kubelet.config.k8s.io/v1beta1) has it.",
)
KUBELET_FAMILY = Rule(
    "runtime/kubelet-ami-family",
    Severity.ERROR,
    "The kubelet's configuration has a field that Karpenter cannot pass on to nodes of the AMI family.",
    f"{_NOT_READY} The reason is UnsupportedKubeletConfiguration.",
    "https://github.com/aws/karpenter-provider-aws/blob/v1.15.1/pkg/controllers/nodeclass/validation.go",
    "Leave the field out, or use the AMI family AL2023.",
)
KUBELET_EXPRESSION = Rule(
    "runtime/kubelet-expression",
    Severity.WARNING,
    "The kubelet's configuration has an expression, which the feature gate NodeClassCEL has to allow.",
    f"{_NOT_READY} That is while the gate is off, as it is by default; the reason is KubeletExpressionsDisabled.",
    "https://github.com/aws/karpenter-provider-aws/blob/v1.15.1/pkg/controllers/nodeclass/validation.go",
    "Turn the gate on, or write a number.",
)

# The fields that Karpenter reads itself, and passes on to nodes of every AMI family (ParsedKubeletConfig).
_MANAGED = frozenset(
    {
        "clusterDNS",
        "cpuCFSQuota",
        "evictionHard",
        "evictionMaxPodGracePeriod",
        "evictionSoft",
        "evictionSoftGracePeriod",
        "imageGCHighThresholdPercent",
        "imageGCLowThresholdPercent",
        "kubeReserved",
        "maxPods",
        "podsPerCore",
        "systemReserved",
    }
)
_SIGNALS = (
    "imagefs.available",
    "imagefs.inodesFree",
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "pid.available",
)
_RESERVED = ("cpu", "ephemeral-storage", "memory", "pid")
_PERCENTAGE = re.compile(r"\+?(\d+\.?\d*|\.\d+)%\Z", re.ASCII)
_FITS: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
    "strings": (dict,),
}


def kubelet_errors(spec: Cursor, release: KarpenterRelease) -> Iterator[FieldError]:
    """Yield what the release will not accept in `spec.kubelet` of an EC2NodeClass; nothing before 1.15."""
    kubelet = spec["kubelet"]
    known = release.kubelet_fields
    if not known or not kubelet.mapping():
        return
    for name, value in kubelet.entries():
        if name == "registerWithTaints":
            yield FieldError(KUBELET, value.path, FORBIDDEN, name, "Karpenter sets it itself")
        elif name not in known:
            detail = f"no field of KubeletConfiguration{did_you_mean(name, known)}"
            yield FieldError(KUBELET, value.path, INVALID, name, detail)
        elif (fault := _type_fault(name, value, known[name])) is not None:
            yield FieldError(KUBELET, value.path, INVALID, value.value, fault)
    yield from _eviction(kubelet)
    yield from _reserved(kubelet)
    yield from _numbers(kubelet)
    yield from _expressions(kubelet, release)
    yield from _unsupported(kubelet, spec)


def _type_fault(name: str, value: Cursor, kind: str) -> str | None:
    if value.value is None or (name == "maxPods" and isinstance(value.value, str)):
        return None
    if isinstance(value.value, bool) and kind != "boolean":
        return f"must be of type {kind}"
    if not isinstance(value.value, _FITS[kind]):
        return f"must be of type {'object of strings' if kind == 'strings' else kind}"
    if kind == "strings" and not all(isinstance(entry.value, str) for _, entry in value.entries()):
        return "must be of type object of strings"
    return None


def _eviction(kubelet: Cursor) -> Iterator[FieldError]:
    for name in ("evictionHard", "evictionSoft", "evictionMinimumReclaim", "evictionSoftGracePeriod"):
        for signal, value in kubelet[name].entries():
            if signal not in _SIGNALS:
                yield FieldError(KUBELET, value.path, UNSUPPORTED, signal, supported_values(_SIGNALS))
            if not isinstance(value.value, str):
                continue
            if name == "evictionSoftGracePeriod":
                if seconds_of(value.value) is None:
                    yield FieldError(KUBELET, value.path, INVALID, value.value, "must be a duration such as 1m30s")
            elif not _is_threshold(value.value):
                yield FieldError(KUBELET, value.path, INVALID, value.value, "must be a percentage or a quantity")
    soft, grace = kubelet["evictionSoft"], kubelet["evictionSoftGracePeriod"]
    for signal in sorted(soft.mapping().keys() - grace.mapping().keys()):
        yield FieldError(KUBELET, grace[signal].path, REQUIRED, None, f"evictionSoft has {signal}")
    for signal in sorted(grace.mapping().keys() - soft.mapping().keys()):
        yield FieldError(KUBELET, soft[signal].path, REQUIRED, None, f"evictionSoftGracePeriod has {signal}")


def _is_threshold(text: str) -> bool:
    if text.endswith("%"):
        match = _PERCENTAGE.match(text)
        return match is not None and float(match[1]) <= 100  # noqa: PLR2004 -- per cent
    return quantity_of(text) is not None and not text.startswith("-")


def _reserved(kubelet: Cursor) -> Iterator[FieldError]:
    for name in ("kubeReserved", "systemReserved"):
        for resource, value in kubelet[name].entries():
            if resource not in _RESERVED:
                yield FieldError(KUBELET, value.path, UNSUPPORTED, resource, supported_values(_RESERVED))
            if value.text().startswith("-"):
                yield FieldError(KUBELET, value.path, INVALID, value.value, "must not be negative")


def _numbers(kubelet: Cursor) -> Iterator[FieldError]:
    high, low = (kubelet[f"imageGC{name}ThresholdPercent"] for name in ("High", "Low"))
    for at in (high, low):
        number = at.integer()
        if number is not None and not 0 <= number <= 100:  # noqa: PLR2004 -- per cent
            yield FieldError(KUBELET, at.path, INVALID, number, "must be between 0 and 100")
    for name in ("podsPerCore", "evictionMaxPodGracePeriod", "maxPods"):
        number = kubelet[name].integer()
        if number is not None and number < 0:
            yield FieldError(KUBELET, kubelet[name].path, INVALID, number, "must not be negative")
    upper, lower = high.integer(), low.integer()
    if upper is not None and lower is not None and upper <= lower:
        detail = f"must be greater than imageGCLowThresholdPercent, {lower}"
        yield FieldError(KUBELET, high.path, INVALID, upper, detail)


def _expressions(kubelet: Cursor, release: KarpenterRelease) -> Iterator[FieldError]:
    gate = release.feature_gates["NodeClassCEL"]
    reserved = [value for name in ("kubeReserved", "systemReserved") for _, value in kubelet[name].entries()]
    found = [value for value in reserved if value.text() and value.quantity() is None]
    found += [kubelet["maxPods"]] if isinstance(kubelet["maxPods"].value, str) else []
    for value in found:
        detail = "no number, so it is read as an expression of vcpus, memory_mib, max_pods and the like"
        fix = f"Turn on the feature gate NodeClassCEL ({gate.turned_on_by}), or write a number."
        yield FieldError(KUBELET_EXPRESSION, value.path, INVALID, value.value, detail, fix)


def _unsupported(kubelet: Cursor, spec: Cursor) -> Iterator[FieldError]:
    family = ami_family(spec)
    if family in {"AL2023", "Custom"}:
        return
    for name, value in kubelet.entries():
        if name not in _MANAGED or (name == "podsPerCore" and family == "Bottlerocket"):
            detail = f"Karpenter does not pass {name} on to nodes of the AMI family {family}"
            yield FieldError(KUBELET_FAMILY, value.path, FORBIDDEN, None, detail)
    servers = kubelet["clusterDNS"]
    if len(list(servers.items())) > 1:
        detail = f"nodes of the AMI family {family} take one DNS server"
        yield FieldError(KUBELET_FAMILY, servers.path, FORBIDDEN, None, detail)


def ami_family(spec: Cursor) -> str:
    """Return the AMI family of an EC2NodeClass: the one that it names, that of its alias, or else Custom."""
    if spec["amiFamily"].text():
        return spec["amiFamily"].text()
    families = {"al2": "AL2", "al2023": "AL2023", "bottlerocket": "Bottlerocket"}
    for term in spec["amiSelectorTerms"].objects():
        name = term["alias"].text().partition("@")[0].lower()
        if name:
            return families.get(name, name.capitalize())
    return "Custom"
