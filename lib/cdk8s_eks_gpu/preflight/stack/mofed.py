"""MOFED: does NVIDIA's plugin hand out the devices that the EFA plugin hands out?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.preflight.finding import found
from cdk8s_eks_gpu.preflight.rules import efa as rules
from cdk8s_eks_gpu.preflight.stack.chain import EFA_PLUGIN, NVIDIA_PLUGIN, role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.preflight.finding import Finding
    from cdk8s_eks_gpu.preflight.world import World

_BY_DEFAULT = re.compile(r":v?0\.19\.[0-2](?![0-9.])")
_VARIABLE = "MOFED_ENABLED"
_FLAG = re.compile(r"--mofed-enabled(=(?P<value>.*))?")
# As strconv.ParseBool reads them, with which the plugin's flags are read.
_TRUE = {"1", "t", "T", "TRUE", "true", "True"}


def check(world: World) -> Iterator[Finding]:
    """Yield the NVIDIA plugins that mount the fabric's devices although the EFA plugin is there."""
    daemons = [pods for pods in world.pods if pods.owner.kind == "DaemonSet"]
    if not any(role(pods) == EFA_PLUGIN for pods in daemons):
        return
    for pods in daemons:
        if role(pods) != NVIDIA_PLUGIN:
            continue
        for path, container in pods.containers():
            if _mounts_devices(container):
                image = container.get("image")
                message = (
                    f"DaemonSet {pods.owner.name} runs {image} with MOFED, beside the EFA device plugin: each container"
                    " with a GPU gets every /dev/infiniband/uverbs* of its node."
                )
                yield found(rules.MOFED, pods.owner, (*path, "image"), message, value=image)


def _mounts_devices(container: dict[str, Any]) -> bool:
    image, told = str(container.get("image", "")), _told(container)
    return "k8s-device-plugin" in image and (told in _TRUE or (told is None and _BY_DEFAULT.search(image) is not None))


def _told(container: dict[str, Any]) -> str | None:
    """Return what the container is told of MOFED by a flag, which wins, or by its environment; None if nothing."""
    for field in ("args", "command"):
        for word in _items(container.get(field)):
            match = _FLAG.fullmatch(str(word))
            if match is not None:
                return match["value"] or "true"
    for variable in _items(container.get("env")):
        if isinstance(variable, dict) and variable.get("name") == _VARIABLE:
            # A value from elsewhere may be anything: nothing is said of it. An empty one is the default.
            return "unknown" if "valueFrom" in variable else str(variable.get("value") or "") or None
    return None


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
