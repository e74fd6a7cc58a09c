import textwrap

import pytest

from cdk8s_eks_gpu.charts.nvidia import nvidia_values
from cdk8s_eks_gpu.charts.plugins import nvidia_release
from cdk8s_eks_gpu.config.containers import ContainerResources, Image
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions
from cdk8s_eks_gpu.config.nvidia_configuration import Mps, NvidiaConfiguration, SharedResource, TimeSlicing
from cdk8s_eks_gpu.config.scheduling import Toleration

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
    version="0.20.0", release="gpu", namespace="gpus", create_namespace=False, values={"gfd": {"noTimestamp": True}}
)


@pytest.mark.parametrize(("options", "values"), TABLE)
def test_options_become_values(options, values):
    """Each option becomes the values of its name in the chart; what is left out leaves the chart's own default."""
    assert nvidia_values(NvidiaDevicePluginOptions(**options)) == WITH_GFD | values


def test_every_option_is_in_the_table(assert_every_option_is_set):
    """An option that becomes nothing, or is not tested, is found here."""
    assert_every_option_is_set(*(NvidiaDevicePluginOptions(**options) for options, _ in TABLE), ELSEWHERE)


def test_what_is_no_value_becomes_the_release():
    """Version, release and namespace are Helm's arguments; other values of the user are a layer over ours."""
    release = nvidia_release(ELSEWHERE, "1.34")
    assert (release.version, release.release, release.namespace) == ("0.20.0", "gpu", "gpus")
    assert not release.create_namespace
    assert release.values == (WITH_GFD, {"gfd": {"noTimestamp": True}})


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
