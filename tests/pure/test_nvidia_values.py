import textwrap

import pytest

from cdk8s_eks_gpu.charts.nvidia import MOUNTS_MOFED, nvidia_values
from cdk8s_eks_gpu.config.containers import ContainerResources, Image
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions
from cdk8s_eks_gpu.config.nvidia_configuration import Mps, NvidiaConfiguration, SharedResource, TimeSlicing
from cdk8s_eks_gpu.config.scheduling import Toleration
from cdk8s_eks_gpu.errors import ChartError, RenderingMissingError
from cdk8s_eks_gpu.objects.device_plugins import nvidia_device_plugin

WITH_GFD = {"gfd": {"enabled": True}}
SPOT = {"key": "example.com/spot", "operator": "Equal", "value": "yes", "effect": "NoExecute"}
GPU = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}


def file(text):
    """Return the text as it stands in the ConfigMap."""
    return textwrap.dedent(text).strip()


# Options, and the chart values that they make beside `gfd.enabled: true`.
TABLE = [
    ({}, {}),
    ({"gpu_feature_discovery": False}, {"gfd": {"enabled": False}}),
    ({"mig_strategy": "single"}, {"migStrategy": "single"}),
    ({"fail_on_init_error": False}, {"failOnInitError": False}),
    ({"device_list_strategy": ["envvar", "cdi-cri"]}, {"deviceListStrategy": "envvar,cdi-cri"}),
    ({"device_id_strategy": "index"}, {"deviceIDStrategy": "index"}),
    ({"node_selector": {"nodeType": "nvidia"}}, {"nodeSelector": {"nodeType": "nvidia"}}),
    (
        {"resources": ContainerResources(requests={"cpu": "50m"}, limits={"memory": "128Mi"})},
        {"resources": {"requests": {"cpu": "50m"}, "limits": {"memory": "128Mi"}}},
    ),
    ({"priority_class_name": "gpu"}, {"priorityClassName": "gpu"}),
    (
        {"image": Image(repository="r.example.com/a", tag="v1"), "nfd_image": Image(tag="v2")},
        {"image": {"repository": "r.example.com/a", "tag": "v1"}, "nfd": {"image": {"tag": "v2"}}},
    ),
    (
        {"image_pull_secrets": ["login"]},
        {"imagePullSecrets": [{"name": "login"}], "nfd": {"imagePullSecrets": [{"name": "login"}]}},
    ),
    (
        {"tolerations": [Toleration(**{**SPOT, "toleration_seconds": 60})]},
        {
            "tolerations": [
                {"key": "CriticalAddonsOnly", "operator": "Exists"},
                GPU,
                SPOT | {"tolerationSeconds": 60},
            ],
            "nfd": {
                "worker": {
                    "tolerations": [
                        {
                            "key": "node-role.kubernetes.io/master",
                            "operator": "Equal",
                            "value": "",
                            "effect": "NoSchedule",
                        },
                        GPU,
                        SPOT | {"tolerationSeconds": 60},
                    ]
                }
            },
        },
    ),
    (
        {"time_slicing": TimeSlicing(replicas=4), "mig_strategy": "none"},
        {
            "migStrategy": "none",
            "config": {
                "map": {
                    "default": file("""
                        version: v1
                        sharing:
                          timeSlicing:
                            resources:
                            - name: nvidia.com/gpu
                              replicas: 4
                    """)
                },
                "default": "default",
            },
        },
    ),
    ({"mofed_enabled": False}, {"mofedEnabled": False}),
    (
        {"mps": Mps(replicas=48, rename_by_default=True)},
        {
            "config": {
                "map": {
                    "default": file("""
                        version: v1
                        sharing:
                          mps:
                            renameByDefault: true
                            resources:
                            - name: nvidia.com/gpu
                              replicas: 48
                    """)
                },
                "default": "default",
            }
        },
    ),
    (
        {
            "configurations": {
                "slices": NvidiaConfiguration(
                    mig_strategy="mixed",
                    fail_on_init_error=False,
                    device_list_strategy=["envvar"],
                    device_id_strategy="index",
                    time_slicing=TimeSlicing(
                        resources=[
                            SharedResource(name="nvidia.com/gpu", replicas=2),
                            SharedResource(name="nvidia.com/mig-1g.10gb", replicas=3),
                        ],
                        rename_by_default=False,
                        fail_requests_greater_than_one=True,
                    ),
                ),
                "parts": NvidiaConfiguration(mps=Mps(replicas=2)),
                "whole": NvidiaConfiguration(),
            },
            "default_configuration": "whole",
        },
        {
            "config": {
                "map": {
                    "slices": file("""
                        version: v1
                        flags:
                          migStrategy: mixed
                          failOnInitError: false
                          plugin:
                            deviceListStrategy:
                            - envvar
                            deviceIDStrategy: index
                        sharing:
                          timeSlicing:
                            renameByDefault: false
                            failRequestsGreaterThanOne: true
                            resources:
                            - name: nvidia.com/gpu
                              replicas: 2
                            - name: nvidia.com/mig-1g.10gb
                              replicas: 3
                    """),
                    "parts": file("""
                        version: v1
                        sharing:
                          mps:
                            resources:
                            - name: nvidia.com/gpu
                              replicas: 2
                    """),
                    "whole": "version: v1",
                },
                "default": "whole",
            }
        },
    ),
]

ELSEWHERE = NvidiaDevicePluginOptions(
    version="0.20.0",
    release="gpu",
    namespace="gpus",
    create_namespace=False,
    namespace_labels={"pod-security.kubernetes.io/enforce": "privileged"},
    values={"gfd": {"noTimestamp": True}},
)


@pytest.mark.parametrize(("options", "values"), TABLE)
def test_options_become_values(options, values):
    """Each option becomes the values of its name in the chart; what is left out leaves the chart's own default."""
    assert nvidia_values(NvidiaDevicePluginOptions(**options)) == WITH_GFD | values


def test_every_option_is_in_the_table(assert_every_option_is_set):
    """An option that becomes nothing, or is not tested, is found here."""
    assert_every_option_is_set(*(NvidiaDevicePluginOptions(**options) for options, _ in TABLE), ELSEWHERE)


def test_what_is_no_value_is_in_the_objects():
    """Release and namespace are in every object, and the Namespace comes first, with its labels, unless it is there."""
    options = ELSEWHERE.model_copy(update={"values": {}})
    found = nvidia_device_plugin(options)
    assert {each["metadata"].get("namespace") for each in found} == {"gpus", None}
    labelled = [each["metadata"]["labels"] for each in found if each["kind"] == "DaemonSet"]
    assert {labels["app.kubernetes.io/instance"] for labels in labelled} == {"gpu"}
    assert {labels["helm.sh/chart"] for labels in labelled} == {"nvidia-device-plugin-0.20.0", "nfd-0.19.0"}
    result = nvidia_device_plugin(options.model_copy(update={"create_namespace": True}))
    labels = {"pod-security.kubernetes.io/enforce": "privileged"}
    assert result == [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gpus", "labels": labels}}, *found]


def test_other_values_need_helm_once():
    """Values that Helm never rendered are an error that says what to run, for a clone and for a wheel, and where."""
    with pytest.raises(RenderingMissingError, match=r"`make helm` \(Linux on x86-64\).*With the wheel: install Helm 4"):
        nvidia_device_plugin(ELSEWHERE)


@pytest.mark.parametrize(
    ("options", "values", "path"),
    [
        ({"tolerations": [Toleration(operator="Exists")]}, {"tolerations": []}, "tolerations"),
        ({"image": Image(tag="v1")}, {"image": {"tag": "v2"}}, "image.tag"),
        ({"resources": ContainerResources(limits={"cpu": 1})}, {"resources": None}, "resources"),
        ({"time_slicing": TimeSlicing(replicas=2)}, {"config": {"name": "mine"}}, "config.name"),
        ({"gpu_feature_discovery": True}, {"gfd": {"enabled": False}}, "gfd.enabled"),
    ],
)
def test_a_value_that_an_option_sets_too_is_refused(options, values, path):
    """Nobody has to know which of the two wins."""
    with pytest.raises(ChartError, match=rf"values\.{path} of nvidia-device-plugin is what an option"):
        nvidia_device_plugin(NvidiaDevicePluginOptions(**options, values=values))


@pytest.mark.parametrize("values", [{"gfd": {"enabled": False}}, {"image": {"pullPolicy": "Always"}}])
def test_a_value_that_no_option_sets_is_not_refused(values):
    """An option that was left out does not stand against a value, nor does a neighbour of the value."""
    with pytest.raises(RenderingMissingError):
        nvidia_device_plugin(
            NvidiaDevicePluginOptions(image=Image(tag="v1"), values=values), image_registry="r.example.com"
        )


def test_a_version_that_does_not_come_with_the_package():
    """The message names the versions that do, and the nearest."""
    with pytest.raises(
        RenderingMissingError, match=r"'0\.18\.3' is none of .*did you mean '0\.1\d\.\d'\? \(0\.20\.0, "
    ):
        nvidia_device_plugin(NvidiaDevicePluginOptions(version="0.18.3"))


@pytest.mark.parametrize("version", MOUNTS_MOFED)
def test_beside_the_efa_plugin_the_devices_of_the_fabric_are_left_to_it(version):
    """Where NVIDIA's plugin takes them by default, it is told not to; what the user says of it stays."""
    options = NvidiaDevicePluginOptions(version=version)
    assert nvidia_values(options, efa=True) == WITH_GFD | {"mofedEnabled": False}
    assert nvidia_values(options) == WITH_GFD
    asked = NvidiaDevicePluginOptions(version=version, mofed_enabled=True)
    assert nvidia_values(asked, efa=True) == WITH_GFD | {"mofedEnabled": True}


@pytest.mark.parametrize("version", ["0.17.4", "0.18.0", "0.18.2", "0.19.3", "0.20.0"])
def test_where_the_plugin_leaves_them_alone_nothing_is_set(version):
    """Before 0.19.0 and from 0.19.3 on, the default is the safe one."""
    assert nvidia_values(NvidiaDevicePluginOptions(version=version), efa=True) == WITH_GFD


def test_pull_secrets_of_the_cluster_are_those_of_the_plugin_unless_it_has_its_own():
    """A secret for all registries is said once; none at all is said with an empty list."""
    secrets = [{"name": "login"}]
    assert nvidia_values(NvidiaDevicePluginOptions(), image_pull_secrets=["login"]) == WITH_GFD | {
        "imagePullSecrets": secrets,
        "nfd": {"imagePullSecrets": secrets},
    }
    assert nvidia_values(NvidiaDevicePluginOptions(image_pull_secrets=[]), image_pull_secrets=["login"]) == WITH_GFD


@pytest.mark.parametrize(
    ("names", "default", "expected"),
    [
        (["shared"], None, {"fallbackStrategies": ["empty"]}),
        (["shared", "more"], None, {"fallbackStrategies": ["empty"]}),
        (["shared", "default"], None, {"default": "default"}),
        (["shared", "default"], "shared", {"default": "shared"}),
    ],
)
def test_a_node_that_chooses_no_configuration_keeps_its_gpus_whole(names, default, expected):
    """Left alone, the chart would share the GPUs of every node as soon as there is one configuration."""
    configurations = {name: NvidiaConfiguration(time_slicing=TimeSlicing(replicas=2)) for name in names}
    options = NvidiaDevicePluginOptions(configurations=configurations, default_configuration=default)
    config = nvidia_values(options)["config"]
    assert list(config.pop("map")) == names
    assert config == expected


def test_all_images_come_from_the_registry():
    """One setting moves the plugin's and NFD's images, but for one whose repository is named."""
    assert nvidia_values(NvidiaDevicePluginOptions(), "r.example.com/m") == WITH_GFD | {
        "image": {"repository": "r.example.com/m/nvidia/k8s-device-plugin"},
        "nfd": {"image": {"repository": "r.example.com/m/nfd/node-feature-discovery"}},
    }
    own = NvidiaDevicePluginOptions(image=Image(repository="own.example.com/plugin"), nfd_image=Image(tag="v1"))
    assert nvidia_values(own, "r.example.com") == WITH_GFD | {
        "image": {"repository": "own.example.com/plugin"},
        "nfd": {"image": {"repository": "r.example.com/nfd/node-feature-discovery", "tag": "v1"}},
    }
