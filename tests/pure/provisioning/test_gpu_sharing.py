import pytest

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.objects.stack import stack_objects
from cdk8s_eks_gpu.provisioning.gpu_sharing import WHOLE, GpuSharing, sharing_configurations
from cdk8s_eks_gpu.verify.snapshot import objects_of_data

STACK = """
cluster: {name: c, kubernetesVersion: "1.34", karpenterVersion: "1.14"}
nodeClasses: {gpu: {role: nodes, ami: al2023@v20251112, discovery: c}}
nodePools: {gpu: {nodeClass: gpu}}
plugins: {nvidia: {version: 0.18.0, %s}}
"""
CHOSEN = {"nvidia.com/device-plugin.config": "shared"}


def sharing(options, labels=()):
    """Return how a node with the labels shares its GPUs, with the options of the plugin."""
    objects = [each for group in stack_objects(parse_cluster(STACK % options, "test")).values() for each in group]
    return sharing_configurations(objects_of_data("test", objects)).of(dict(labels))


def test_gpus_stay_whole():
    """Without a configuration every GPU counts once."""
    assert sharing("") == WHOLE


def test_sharing_for_all_nodes():
    """What is said for all nodes holds for those that choose nothing."""
    assert sharing("timeSlicing: {replicas: 4}") == GpuSharing(4)


@pytest.mark.parametrize("way", ["timeSlicing", "mps"])
def test_a_pool_that_chooses_a_configuration(way):
    """A node's label chooses a configuration; others keep their GPUs whole."""
    options = f"configurations: {{shared: {{{way}: {{replicas: 3}}}}}}"
    assert (sharing(options, CHOSEN), sharing(options)) == (GpuSharing(3), WHOLE)


def test_a_configuration_by_default():
    """The default configuration is for nodes that choose none."""
    options = "configurations: {shared: {timeSlicing: {replicas: 2}}}, defaultConfiguration: shared"
    assert sharing(options) == GpuSharing(2)


def test_shares_under_another_name():
    """With renameByDefault the shares are another resource."""
    options = "timeSlicing: {replicas: 4, renameByDefault: true}"
    assert sharing(options) == GpuSharing(4, "nvidia.com/gpu.shared")
