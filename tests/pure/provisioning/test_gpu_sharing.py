import json

import pytest
from tests.pure.objects.everything import stack_objects
from tests.pure.provisioning.manifests import workload

from cdk8s_eks_gpu.config.load import parse_cluster
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
    assert sharing("") == WHOLE == GpuSharing(1, "nvidia.com/gpu")


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


def configured(*objects):
    """Return how a node without labels shares its GPUs, by ConfigMaps and the plugin as they are written."""
    return sharing_configurations(objects_of_data("test", list(objects))).of({})


def shares(replicas, **resource):
    """Return a configuration of the plugin as its ConfigMap holds it."""
    resources = [{"name": "nvidia.com/gpu", "replicas": replicas, **resource}]
    return json.dumps({"version": "v1", "sharing": {"timeSlicing": {"resources": resources}}})


def config_map(kind="ConfigMap", api_version="v1", **data):
    """Return an object that holds configurations."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "configs"}, "data": data}


def plugin(containers, **env):
    """Return a DaemonSet with a container of these variables."""
    variables = [{"name": name, "value": value} for name, value in env.items()]
    return workload("DaemonSet", **{containers: [{"name": "c", "image": "i", "env": variables}]})


@pytest.mark.parametrize("containers", ["initContainers", "containers"])
def test_the_default_that_the_plugin_names(containers):
    """Of several configurations that counts which the plugin's DEFAULT_CONFIG names, in whatever container."""
    named = plugin(containers, DEFAULT_CONFIG="four", FALLBACK_STRATEGIES="named,single")
    assert configured(config_map(default=shares(2), four=shares(4)), named) == GpuSharing(4)


@pytest.mark.parametrize(("kind", "api_version"), [("Secret", "v1"), ("ConfigMap", "example.com/v1")])
def test_only_config_maps_hold_configurations(kind, api_version):
    """What another kind, or a ConfigMap of another group, holds is no configuration of the plugin."""
    named = plugin("containers", FALLBACK_STRATEGIES="single")
    assert configured(config_map(kind, api_version, four=shares(4)), named) == WHOLE
    assert configured(config_map(four=shares(4)), named) == GpuSharing(4)


def test_shares_under_a_name_of_ones_own():
    """A resource may say itself under which name its shares are registered."""
    named = plugin("containers", FALLBACK_STRATEGIES="single")
    assert configured(config_map(a=shares(4, rename="example.com/slice")), named) == GpuSharing(4, "example.com/slice")
