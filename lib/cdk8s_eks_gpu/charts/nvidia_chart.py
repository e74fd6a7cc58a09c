"""NVIDIA's chart (nvidia-device-plugin 0.17.4 to 0.20.0): where its values go, and what follows from them."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Any, Final

from cdk8s_eks_gpu.charts.plugin_chart import Derived, PluginChart, Values
from cdk8s_eks_gpu.charts.slots import slot
from cdk8s_eks_gpu.charts.values import value_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue


_PRIVILEGED: Final[Mapping[str, JsonValue]] = {"capabilities": {"add": ["SYS_ADMIN"]}}
_UNPRIVILEGED: Final[Mapping[str, JsonValue]] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
_TEXTS: Final = ("migStrategy", "deviceListStrategy", "deviceIDStrategy", "priorityClassName")
_CONFIGURATIONS: Final[Mapping[str, JsonValue]] = {
    "config": {"map": {slot("config.map"): slot("config.map")}, "fallbackStrategies": ["empty"]}
}


def _variant(values: Values) -> str:
    with_features = "gfd" if value_at(values, ("gfd", "enabled")) else "plain"
    return f"{with_features}+config" if _has_configurations(values) else with_features


def _has_configurations(values: Values) -> bool:
    return bool(value_at(values, ("config", "map")) or value_at(values, ("config", "name")))


def _rules(values: Values) -> dict[str, Any]:
    """Return what the templates make of values: what the plugin is allowed to do on the node, and texts.

    The plugin may watch MIG devices, and so needs a capability, unless no configuration can have a MIG strategy.
    """
    configurations = _has_configurations(values)
    strategy, devices = values.get("migStrategy"), values.get("deviceListStrategy")
    mig = strategy != "none" if strategy else configurations
    mounts = "volume-mounts" in str(devices) if devices else configurations
    fallbacks, files = value_at(values, ("config", "fallbackStrategies")), value_at(values, ("config", "map"))
    return {
        "securityContext": _PRIVILEGED if mig or mounts else _UNPRIVILEGED,
        "migMonitorDevices": "all" if mig else None,
        "failOnInitError": _flag(values.get("failOnInitError")),
        "mofedEnabled": _flag(values.get("mofedEnabled")),
        "config.fallbackStrategies": ",".join(map(str, fallbacks)) if isinstance(fallbacks, list) else None,
        "config.text": _as_text(files if isinstance(files, dict) else {}),
    }


def _flag(value: JsonValue) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None


def _as_text(files: Mapping[str, JsonValue]) -> str:
    """Return the configurations as they stand in the text of their ConfigMap, whose digest the pods carry."""
    return "\n".join(f"  {name}: |-\n{indent(str(files[name]), '    ', lambda _: True)}" for name in sorted(files))


NVIDIA: Final = PluginChart(
    repository="https://nvidia.github.io/k8s-device-plugin",
    name="nvidia-device-plugin",
    full_names={"plugin": ((), "nvidia-device-plugin"), "nfd": (("nfd",), "node-feature-discovery")},
    marks={
        **{(key,): slot(key) for key in _TEXTS},
        ("failOnInitError",): True,
        ("mofedEnabled",): True,
        ("config", "map"): {},
        ("config", "default"): slot("config.default"),
        ("config", "fallbackStrategies"): [slot("config.fallbackStrategies")],
        ("tolerations",): [{"key": slot("tolerations")}],
        ("nodeSelector",): {slot("nodeSelector"): ""},
        ("resources",): {slot("resources"): ""},
        ("image", "repository"): slot("image.repository"),
        ("image", "tag"): slot("image.tag"),
        ("imagePullSecrets",): [{"name": slot("imagePullSecrets")}],
        ("nfd", "image", "repository"): slot("nfd.image.repository"),
        ("nfd", "image", "tag"): slot("nfd.image.tag"),
        ("nfd", "imagePullSecrets"): [{"name": slot("nfd.imagePullSecrets")}],
        ("nfd", "worker", "tolerations"): [{"key": slot("nfd.worker.tolerations")}],
    },
    sample={
        "migStrategy": "none",
        "deviceListStrategy": "volume-mounts",
        "deviceIDStrategy": "index",
        "priorityClassName": "a",
        "failOnInitError": False,
        "mofedEnabled": False,
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "nodeSelector": {"a": "b"},
        "resources": {"limits": {"cpu": "1"}},
        "image": {"repository": "r.example.com/a", "tag": "b"},
        "imagePullSecrets": [{"name": "a"}],
        "nfd": {
            "image": {"repository": "r.example.com/c", "tag": "d"},
            "imagePullSecrets": [{"name": "b"}],
            "worker": {"tolerations": [{"key": "b", "operator": "Exists"}]},
        },
    },
    derived=(
        Derived("securityContext", "securityContext", {"securityContext": dict(_PRIVILEGED)}),
        Derived("migMonitorDevices", "value", {"name": "NVIDIA_MIG_MONITOR_DEVICES", "value": "all"}),
        Derived("failOnInitError", "value", {"name": "FAIL_ON_INIT_ERROR", "value": "true"}),
        Derived("mofedEnabled", "value", {"name": "MOFED_ENABLED", "value": "true"}),
    ),
    variants={
        "gfd+config": {"gfd": {"enabled": True}, **_CONFIGURATIONS},
        "gfd": {"gfd": {"enabled": True}},
        "plain+config": {"gfd": {"enabled": False}, **_CONFIGURATIONS},
        "plain": {"gfd": {"enabled": False}},
    },
    whole=frozenset({"config"}),
    defaulted={("gfd", "enabled"): "gpu_feature_discovery"},
    variant=_variant,
    rules=_rules,
)
