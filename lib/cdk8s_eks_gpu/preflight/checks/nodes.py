"""Node classes whose nodes do not start, or do not join: disks, user data, role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.findings import Finding, Rule, Severity, finding_at
from cdk8s_eks_gpu.preflight.checks.names import owner
from cdk8s_eks_gpu.provisioning.ami_families import GIB, AmiFamily, family_of
from cdk8s_eks_gpu.provisioning.node_class import BOTTLEROCKET, read_ami
from cdk8s_eks_gpu.provisioning.user_data import user_data_problem
from cdk8s_eks_gpu.requirements import untolerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject, Path
    from cdk8s_eks_gpu.preflight.context import Context
    from cdk8s_eks_gpu.provisioning.cluster import Cluster


_CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/"

VOLUME_TOO_SMALL = Rule(
    "nodes/volume-below-snapshot",
    Severity.ERROR,
    "A volume is smaller than the snapshot of the AMI's disk that it takes the place of.",
    "EC2 refuses to start the instance; Karpenter says so in its log, and tries again forever.",
    f"{_CLASSES}#specblockdevicemappings",
    "Make the volume as large as the snapshot at least: 20Gi, for Bottlerocket's /dev/xvda 4Gi.",
)
DATA_VOLUME = Rule(
    "nodes/bottlerocket-data-volume",
    Severity.WARNING,
    "A Bottlerocket node class sizes the disk of the operating system, and not that of images and pods.",
    "Bottlerocket keeps container images and what pods write on /dev/xvdb, which stays as the AMI has it: 20 GiB.",
    f"{_CLASSES}#bottlerocket-1",
    "Give /dev/xvdb the size; /dev/xvda needs 4Gi.",
)
USER_DATA = Rule(
    "nodes/user-data",
    Severity.ERROR,
    "The user data has a form that the AMI family does not take, or is longer than EC2 takes.",
    "The node is not started, or starts without the settings, and may never join the cluster.",
    f"{_CLASSES}#specuserdata",
    "Use the form of the family: a MIME archive, a NodeConfig or a script for AL2023, TOML for Bottlerocket.",
)
ROLE_ARN = Rule(
    "nodes/role-arn",
    Severity.ERROR,
    "The role, or the instance profile, is an ARN.",
    "Karpenter takes the name and makes the instance profile with it: with an ARN the node class never gets ready.",
    f"{_CLASSES}#specrole",
    "Write the name alone, the part behind the last slash.",
)
OWN_PLUGIN = Rule(
    "nodes/bottlerocket-own-plugin",
    Severity.WARNING,
    "NVIDIA's device plugin lands on Bottlerocket nodes, which have one of their own.",
    (
        "Bottlerocket's NVIDIA variants run the device plugin as part of the system. Two of them register the same GPUs"
        " in turn, and settings such as time slicing hold or not, by who was last."
    ),
    "https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-k8s-device-plugin.html",
    "Keep the DaemonSet off these pools, by a taint that it does not tolerate or by its node affinity, and set time"
    " slicing, MPS or MIG by `settings.kubelet-device-plugins.nvidia` in the user data; or leave the DaemonSet out.",
)

_SYSTEM_DISK, _DATA_DISK = "/dev/xvda", "/dev/xvdb"


def check(context: Context) -> Iterator[Finding]:
    """Yield what keeps the nodes of node classes from starting, or from being what they are meant to be."""
    for manifest in context.cluster.node_classes:
        spec = manifest.cursor["spec"]
        family = family_of(read_ami(spec)[0])
        yield from _role(manifest, spec)
        yield from _user_data(manifest, spec["userData"], family)
        if family is not None:
            yield from _volumes(manifest, spec["blockDeviceMappings"], family)
    yield from _own_plugin(context.cluster)
    yield from _startup_taints(context)


def _role(manifest: KubernetesObject, spec: Cursor) -> Iterator[Finding]:
    for key in ("role", "instanceProfile"):
        name = spec[key].text()
        if name.startswith("arn:"):
            message = f"{key} takes the name, {name.rpartition('/')[2]!r}, and not the ARN."
            yield finding_at(ROLE_ARN, manifest, spec[key].path, message, value=name)


def _user_data(manifest: KubernetesObject, user_data: Cursor, family: AmiFamily | None) -> Iterator[Finding]:
    text = user_data.text()
    problem = user_data_problem(text, family) if text else None
    if problem is not None:
        yield finding_at(USER_DATA, manifest, user_data.path, f"userData {problem}.", value=text)


def _volumes(manifest: KubernetesObject, mappings: Cursor, family: AmiFamily) -> Iterator[Finding]:
    devices = {mapping["deviceName"].text(): mapping for mapping in mappings.objects()}
    for disk in family.disks:
        volume = devices[disk.device]["ebs"] if disk.device in devices else None
        size = volume["volumeSize"].quantity() if volume else None
        if volume and size is not None and size < disk.snapshot * GIB and not volume["snapshotID"]:
            written = volume["volumeSize"]
            message = f"{written.value} is less than the {disk.snapshot} GiB of {family.name}'s {disk.device}."
            yield finding_at(VOLUME_TOO_SMALL, manifest, written.path, message, value=written.value)
    if family.name == "Bottlerocket" and _SYSTEM_DISK in devices and _DATA_DISK not in devices:
        device = devices[_SYSTEM_DISK]["deviceName"]
        message = f"Images and pods' data lie on {_DATA_DISK}, for which there is no mapping."
        yield finding_at(DATA_VOLUME, manifest, device.path, message, value=_SYSTEM_DISK)


def _own_plugin(cluster: Cluster) -> Iterator[Finding]:
    pools = [
        pool
        for pool in cluster.pools
        if pool.node_class.ami_family == BOTTLEROCKET and not pool.not_evaluated and pool.with_device(vocabulary.GPU)
    ]
    for plugin, workload in cluster.device_plugins if pools else ():
        if vocabulary.GPU not in plugin.registers:
            continue
        names = [
            pool.name for pool in pools if any(each.count(vocabulary.GPU) for each in cluster.fit(pool, workload).types)
        ]
        if names:
            message = f"{owner(workload)} lands on pool {', '.join(names)}, whose AMI has a device plugin already."
            path: Path = (*workload.path, "tolerations")
            yield finding_at(OWN_PLUGIN, workload.object, path, message)


STARTUP_TAINT = Rule(
    "scheduling/startup-taint-stays",
    Severity.WARNING,
    "The pool's nodes start with a taint that nothing in the manifests could remove.",
    (
        "What removes a startup taint must run on the node first, and so tolerate it. Until it is removed Karpenter"
        " does not count the node as initialized, no pod lands on it, and the node cannot be consolidated."
    ),
    "https://karpenter.sh/docs/concepts/nodepools/#spectemplatespecstartuptaints",
    "Let the DaemonSet that removes it tolerate it, or remove the startup taint.",
)

_STARTUP_TAINTS: Path = ("spec", "template", "spec", "startupTaints")
# Startup taints that add-ons of EKS and well-known projects remove, which few keep beside their pools.
_REMOVED_BY_OTHERS = (
    "node.kubernetes.io/",
    "node.cloudprovider.kubernetes.io/",
    "ebs.csi.aws.com/",
    "efs.csi.aws.com/",
    "fsx.csi.aws.com/",
    "s3.csi.aws.com/",
    "node.cilium.io/",
    "node.eks.amazonaws.com/",
)


def _startup_taints(context: Context) -> Iterator[Finding]:
    """Yield the startup taints that no DaemonSet of the manifests tolerates, and so none can remove."""
    daemon_sets = [workload for workload in context.cluster.workloads if workload.is_daemon]
    for pool in context.cluster.pools if daemon_sets else ():
        for index, taint in enumerate(pool.spec.startup_taints):
            is_tolerated = any(not untolerated([taint], each.pod.tolerations) for each in daemon_sets)
            if not is_tolerated and not taint.key.startswith(_REMOVED_BY_OTHERS):
                message = f"No DaemonSet in the manifests tolerates the startup taint {taint} of pool {pool.name}."
                yield finding_at(STARTUP_TAINT, pool.manifest, (*_STARTUP_TAINTS, index), message, value=str(taint))
