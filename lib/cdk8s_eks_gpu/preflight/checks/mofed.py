"""MOFED: does NVIDIA's plugin hand out the devices that the EFA plugin hands out?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings.finding import finding_at
from cdk8s_eks_gpu.findings.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.findings.finding import Finding
    from cdk8s_eks_gpu.manifests import Cursor
    from cdk8s_eks_gpu.preflight.context import Context

MOFED = Rule(
    "efa/mofed",
    Severity.WARNING,
    "NVIDIA's device plugin mounts the fabric's devices into every GPU container, beside the EFA device plugin.",
    (
        "Version 0.19.0 made MOFED the default, 0.19.3 undid it. With it, each container with a GPU has every"
        " /dev/infiniband/uverbs* of the node, also those that the EFA device plugin gave to another pod, or to none."
    ),
    "https://github.com/NVIDIA/k8s-device-plugin/issues/1692",
    'Set MOFED_ENABLED to "false" (`mofedEnabled: false` in the chart), or take 0.19.3 or newer.',
)
RULES = (MOFED,)

_BY_DEFAULT = re.compile(r":v?0\.19\.[0-2](?![0-9.])")
_VARIABLE = "MOFED_ENABLED"
_FLAG = re.compile(r"--mofed-enabled(=(?P<value>.*))?")
# As strconv.ParseBool reads them, with which the plugin's flags are read.
_TRUE = {"1", "t", "T", "TRUE", "true", "True"}


def check(context: Context) -> Iterator[Finding]:
    """Yield the NVIDIA plugins that mount the fabric's devices although the EFA plugin is there."""
    plugins = context.cluster.device_plugins
    if not any(vocabulary.EFA in plugin.registers for plugin, _ in plugins):
        return
    for plugin, workload in plugins:
        for container in workload.containers() if vocabulary.GPU in plugin.registers else ():
            if _mounts_devices(container):
                image = container["image"]
                message = (
                    f"DaemonSet {workload.name} runs {image.text()} with MOFED, beside the EFA device plugin: each"
                    " container with a GPU gets every /dev/infiniband/uverbs* of its node."
                )
                yield finding_at(MOFED, workload.object, image.path, message, value=image.text())


def _mounts_devices(container: Cursor) -> bool:
    image, setting = container["image"].text(), _setting(container)
    return "k8s-device-plugin" in image and (
        setting in _TRUE or (setting is None and _BY_DEFAULT.search(image) is not None)
    )


def _setting(container: Cursor) -> str | None:
    """Return what a flag says of MOFED, which wins, or the environment; None if nothing."""
    for word in (*container["args"].texts(), *container["command"].texts()):
        match = _FLAG.fullmatch(word)
        if match is not None:
            return match["value"] or "true"
    for variable in container["env"].objects():
        if variable["name"].text() == _VARIABLE:
            # A value from elsewhere may be anything: nothing is said of it. An empty one is the default.
            return "unknown" if variable["valueFrom"] else str(variable["value"].value or "") or None
    return None
