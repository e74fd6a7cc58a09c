import pytest

from cdk8s_eks_gpu.constructs import (
    EfaDevicePlugin,
    EfaDevicePluginOptions,
    NvidiaDevicePlugin,
    NvidiaDevicePluginOptions,
)
from cdk8s_eks_gpu.errors import RenderingMissingError

CLUSTER_SCOPED = {"Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"}


def test_minimal_nvidia(chart, manifests):
    """Without options, NVIDIA's plugin comes with GPU feature discovery, under the names that its users know."""
    plugin = NvidiaDevicePlugin(chart, "plugin")
    assert [name for name in plugin.objects if name.startswith("DaemonSet/")] == [
        "DaemonSet/nvidia/nvdp-node-feature-discovery-worker",
        "DaemonSet/nvidia/nvdp-nvidia-device-plugin",
        "DaemonSet/nvidia/nvdp-nvidia-device-plugin-gpu-feature-discovery",
        "DaemonSet/nvidia/nvdp-nvidia-device-plugin-mps-control-daemon",
    ]
    assert len(manifests(chart)) == len(plugin.objects)


def test_minimal_efa(chart, manifests):
    """Without options, the EFA plugin lands on tainted nodes too, and the namespace kube-system is not made."""
    plugin = EfaDevicePlugin(chart, "plugin")
    assert list(plugin.objects) == ["DaemonSet/kube-system/aws-efa-k8s-device-plugin"]
    pod = manifests(chart)["DaemonSet/aws-efa-k8s-device-plugin"]["spec"]["template"]["spec"]
    assert pod["tolerations"] == [{"key": "CriticalAddonsOnly", "operator": "Exists"}, {"operator": "Exists"}]


def test_every_object_is_in_its_namespace_and_no_cluster_scoped_one_is(chart, manifests):
    """Namespaces are right for kubectl and Argo CD, whatever namespace the user's chart has."""
    NvidiaDevicePlugin(chart, "nvidia")
    EfaDevicePlugin(chart, "efa")
    namespaces = {}
    for manifest in manifests(chart).values():
        namespaces.setdefault(manifest["kind"], set()).add(manifest["metadata"].get("namespace"))
    assert {kind for kind, found in namespaces.items() if found == {None}} == CLUSTER_SCOPED
    assert set.union(*(found for kind, found in namespaces.items() if kind not in CLUSTER_SCOPED)) == {
        "kube-system",
        "nvidia",
    }


def test_crds_come_without_descriptions_and_hooks_do_not_come(chart, manifests):
    """The NFD CRDs are there and lean; the Job that strips all node labels on deletion is not."""
    NvidiaDevicePlugin(chart, "plugin")
    found = manifests(chart)
    crds = [each for each in found.values() if each["kind"] == "CustomResourceDefinition"]
    assert len(crds) == 3
    assert "description" not in str(crds)
    assert "helm.sh/hook" not in str(found)
    assert not [name for name in found if name.startswith("Job/")]


@pytest.mark.parametrize(
    ("construct", "options"),
    [
        (NvidiaDevicePlugin, NvidiaDevicePluginOptions(values={"gfd": {"noTimestamp": True}})),
        (NvidiaDevicePlugin, NvidiaDevicePluginOptions(version="0.16.0")),
        (EfaDevicePlugin, EfaDevicePluginOptions(values={"nameOverride": "efa"})),
    ],
)
def test_what_was_never_rendered_is_an_error_that_names_the_command(chart, construct, options):
    """Synthesis never runs Helm where that is forbidden: it says what to run instead."""
    with pytest.raises(RenderingMissingError, match=r"then `eks-gpu charts render`.*EKS_GPU_CHARTS=frozen forbids it"):
        construct(chart, "plugin", options)


def test_both_plugins_together(chart, manifests):
    """Beside the EFA plugin, NVIDIA's is told to leave the devices of the fabric alone where it would take them."""
    NvidiaDevicePlugin(chart, "plugin", NvidiaDevicePluginOptions(version="0.19.1"), efa=True)
    daemon_set = manifests(chart)["DaemonSet/nvdp-nvidia-device-plugin"]
    container = daemon_set["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "MOFED_ENABLED", "value": "false"} in container["env"]
