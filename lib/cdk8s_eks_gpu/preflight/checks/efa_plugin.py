"""The EFA device plugin: does it land on nodes without a device, and does it leave out types that need it?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.preflight.checks.names import some_types
from cdk8s_eks_gpu.requirements import untolerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.manifests import Cursor
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster
    from cdk8s_eks_gpu.provisioning.workload import Workload


PLUGIN_WITHOUT_DEVICE = Rule(
    "efa/plugin-without-device",
    Severity.WARNING,
    "The EFA device plugin lands on nodes that may have been started without an EFA device.",
    (
        "Karpenter attaches EFA only to nodes that it starts for a pod that asks for vpc.amazonaws.com/efa. On any"
        " other node of an EFA-capable type the plugin finds no device, exits, and restarts forever."
    ),
    "https://github.com/aws/eks-charts/issues/1239",
    (
        "Let the plugin select the nodes of an EFA pool only; or give every node EFA, with `networkInterfaces` in the"
        " node class (in cluster.yaml, `efa` of the pool; Karpenter 1.11 and newer)."
    ),
)
PLUGIN_SKIPS_TYPE = Rule(
    "efa/plugin-skips-type",
    Severity.WARNING,
    "The EFA device plugin's list of instance types leaves out some that could host the pod.",
    "On such a node EFA is not registered, and the pod stays pending there.",
    "https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin",
    "Use a newer chart, extend `supportedInstanceLabels.values`, or leave the types out of the pool.",
)
PLUGIN_TOO_OLD = Rule(
    "efa/plugin-too-old",
    Severity.WARNING,
    "The EFA device plugin is older than an instance type on which it lands.",
    "Before 0.5.6 it does not find the EFA devices of p6-b200, and none is registered there.",
    "https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin",
    "Use 0.5.10 or newer, which also counts devices right that are called ibp*.",
)

_TAG = re.compile(r":v?0\.(\d+)\.(\d+)", re.ASCII)
# The first plugin that knows a family.
_SINCE = {"p6-b200": (5, 6)}
_POOLS = 3  # as many are named in a message


def check(context: Context) -> Iterator[Finding]:
    """Yield where the EFA device plugin lands and should not, and where it is needed and does not land."""
    cluster = context.cluster
    for plugin, workload in cluster.device_plugins:
        if plugin.device == vocabulary.EFA:
            yield from _without_device(cluster, workload)
            yield from _skipped_types(context, workload)
            yield from _too_old(cluster, workload)
    yield from _mofed(context)


def _without_device(cluster: Cluster, plugin: Workload) -> Iterator[Finding]:
    pools = []
    for pool in cluster.pools:
        has_own_taint = any("efa" in taint.key for taint in pool.spec.taints)
        if pool.not_evaluated or pool.node_class.efa_interfaces or has_own_taint:
            continue
        types = tuple(each for each in cluster.fit(pool, plugin).types if each.count(vocabulary.EFA))
        if types:
            pools.append(f"{pool.name} (such as {some_types(types)})")
    if pools:
        more = f" and of {len(pools) - _POOLS} more pools" if len(pools) > _POOLS else ""
        message = (
            f"DaemonSet {plugin.name} lands on every EFA-capable node of pool {'; '.join(pools[:_POOLS])}{more}. A node"
            " that was not started for an EFA pod has no EFA device, and the plugin crash-loops there."
        )
        yield finding_at(PLUGIN_WITHOUT_DEVICE, plugin.object, (*plugin.path, "tolerations"), message)


def _skipped_types(context: Context, plugin: Workload) -> Iterator[Finding]:
    skipped: dict[str, InstanceType] = {}
    for pool in context.cluster.pools:
        users = context.efa_workloads_on(pool)
        if not users or untolerated(pool.spec.taints, plugin.pod.tolerations):
            continue  # what is not tolerated, scheduling/no-efa-registered reports
        types = pool.instance_types.node_class_types
        selected = hosts = 0
        for term in plugin.pod.terms:
            selected |= types.admitted(term)
        for workload in users:
            hosts |= context.cluster.fit(pool, workload.without_huge_pages).type_set
        if hosts & ~selected:
            skipped.update({each.name: each for each in types.catalogue.of_set(hosts & ~selected)})
    if skipped:
        some = some_types(tuple(skipped[name] for name in sorted(skipped)))
        message = f"DaemonSet {plugin.name} does not select {some}, which could host EFA pods."
        yield finding_at(PLUGIN_SKIPS_TYPE, plugin.object, (*plugin.path, "affinity"), message)


def _too_old(cluster: Cluster, plugin: Workload) -> Iterator[Finding]:
    for container in plugin.containers():
        tag = _TAG.search(container["image"].text())
        version = (int(tag[1]), int(tag[2])) if tag and "efa" in container["image"].text() else None
        newer = {family for family, since in _SINCE.items() if version is not None and version < since}
        types = [
            each
            for pool in cluster.pools
            if newer and not pool.not_evaluated
            for each in cluster.fit(pool, plugin).types
            if each.family in newer
        ]
        if types:
            image = container["image"]
            message = f"DaemonSet {plugin.name} lands on {some_types(types)}, which its version does not know."
            yield finding_at(PLUGIN_TOO_OLD, plugin.object, image.path, message, value=image.value)


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

_BY_DEFAULT = re.compile(r":v?0\.19\.[0-2](?![0-9.])")
_MOFED_VARIABLE = "MOFED_ENABLED"
_MOFED_FLAG = re.compile(r"--mofed-enabled(=(?P<value>.*))?")
# As strconv.ParseBool reads them, with which the plugin's flags are read.
_TRUE = {"1", "t", "T", "TRUE", "true", "True"}


def _mofed(context: Context) -> Iterator[Finding]:
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
        match = _MOFED_FLAG.fullmatch(word)
        if match is not None:
            return match["value"] or "true"
    for variable in container["env"].objects():
        if variable["name"].text() == _MOFED_VARIABLE:
            # A value from elsewhere may be anything: nothing is said of it. An empty one is the default.
            return "unknown" if variable["valueFrom"] else str(variable["value"].value or "") or None
    return None
