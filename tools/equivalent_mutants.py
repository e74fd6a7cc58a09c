"""Mutants that no test can tell from the original."""

from __future__ import annotations

_REQUIREMENT = "cdk8s_eks_gpu.requirements.requirement"
_POOLS = "cdk8s_eks_gpu.provisioning.pools"
_OVERHEAD = "cdk8s_eks_gpu.provisioning.daemon_overhead"
_PLUGINS = "cdk8s_eks_gpu.provisioning.device_plugins"
_ARITHMETIC = "cdk8s_eks_gpu.provisioning.node_arithmetic"
_CLASS = "cdk8s_eks_gpu.provisioning.node_class"
_REGISTRATION = "cdk8s_eks_gpu.provisioning.registration"
_ROOM = "cdk8s_eks_gpu.provisioning"
_USER_DATA = "cdk8s_eks_gpu.provisioning.user_data"
_SHARING = "cdk8s_eks_gpu.provisioning.gpu_sharing"
_FIRST = "stands for the first type of the catalogue, which has no GPU of which labels tell"

EQUIVALENT: dict[tuple[str, str, str], str] = {
    (_REQUIREMENT, "Requirement.any", "self.lte >= 0 -> self.lte > 0"): "where the bound is 0, both sides give 0",
    (_REQUIREMENT, "Requirement.any", "self.lte >= 0 -> self.lte >= 1"): "where the bound is 0, both sides give 0",
    (_POOLS, "with_instance_types", "strict=True -> strict=False"): "the lists are made of the same pools",
    (_POOLS, "with_instance_types", "spec.replicas == 0 -> spec.replicas != 0"): "tells the same pools apart",
    (_POOLS, "_types_of", "len(_TYPES) > _MOST_TYPES -> len(_TYPES) >= _MOST_TYPES"): "how much is kept",
    (_OVERHEAD, "overhead_groups", "compatible & launchable -> compatible | launchable"): (
        "a short cut: where there is none, the split leaves the groups as they are"
    ),
    (_PLUGINS, "device_plugin", "' '.join -> ' ~'.join"): "no command has a space or a tilde in it",
    (_ARITHMETIC, "_reserved_cpu", "counted <= 0 -> counted < 0"): "no cores add nothing, and the next share ends it",
    (_CLASS, "read_node_class", "numbers_of(karpenter) < _ONLY_HARD -> numbers_of(karpenter) <= _ONLY_HARD"): (
        "a version has three numbers, and is never equal to two"
    ),
    (_REGISTRATION, "Registration._scheduled", "more.get(plugin.name, 0) -> more.get(plugin.name, 1)"): _FIRST,
    (
        _ROOM,
        "rehearsed_against",
        "numbers_of(release)[:2] <= version -> numbers_of(release)[:2] < version",
    ): "two numbers are less than three that begin alike",
    (_POOLS, "", "_MOST_TYPES = 32 -> _MOST_TYPES = 33"): "how much is kept",
    (_USER_DATA, "_mapping", "read_all(text, 'userData') -> read_all(text, 'userData~')"): "a name in no message",
    (_REGISTRATION, "Registration._labelled", "scheduled.get(plugin.name, 0) -> scheduled.get(plugin.name, 1)"): _FIRST,
    (
        _REGISTRATION,
        "Registration._labelled",
        "scheduled.get(plugin.through or plugin.name, 0) -> scheduled.get(plugin.through or plugin.name, 1)",
    ): _FIRST,
    (_SHARING, "_read", "'config' -> 'config~'"): "a name that nothing asks for",
}
"""By module, function and change, why."""
