import pytest
from tests.pure.preflight.stacks import checked, daemon_set, efa_plugin, found

from cdk8s_eks_gpu.charts.nvidia import MOUNTS_MOFED
from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.charts.shapes import shipped_versions
from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions
from cdk8s_eks_gpu.objects.device_plugins import efa_device_plugin, nvidia_device_plugin

FINDING = "efa/mofed DaemonSet/nvidia-plugin"


def nvidia(version, **container):
    """Return NVIDIA's plugin at a version, with fields of its container."""
    result = daemon_set("nvidia-plugin", f"nvcr.io/nvidia/k8s-device-plugin:{version}", "nvidia-device-plugin")
    result["spec"]["template"]["spec"]["containers"][0] |= container
    return result


def says(*manifests):
    """Return whether the rule is among the findings."""
    return FINDING in found(checked(*manifests, only=["efa"]))


def variable(value):
    """Return the environment that says it."""
    return [{"name": "MOFED_ENABLED", **value}]


@pytest.mark.parametrize("version", ["v0.19.0", "v0.19.1", "v0.19.2", "v0.19.2-ubi9", f"v0.19.1@sha256:{'0' * 64}"])
def test_versions_that_mount_the_devices_by_default(version):
    """Beside the EFA plugin they are told of, alone they are not."""
    assert says(nvidia(version), efa_plugin())
    assert not says(nvidia(version))


@pytest.mark.parametrize("version", ["v0.18.0", "v0.18.2", "v0.19.3", "v0.19.10", "v0.20.0", "latest"])
def test_versions_that_leave_the_devices_alone(version):
    """Before 0.19.0 and from 0.19.3 on there is nothing to say, unless MOFED is asked for."""
    assert not says(nvidia(version), efa_plugin())
    assert says(nvidia(version, env=variable({"value": "true"})), efa_plugin())
    assert says(nvidia(version, args=["--mofed-enabled"]), efa_plugin())


@pytest.mark.parametrize(
    "container",
    [
        {"env": variable({"value": "false"})},
        {"env": variable({"value": "0"})},
        {"args": ["--mofed-enabled=false"], "env": variable({"value": "true"})},
        {"command": ["nvidia-device-plugin", "--mofed-enabled=false"]},
        {"env": variable({"valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}})},
    ],
)
def test_who_says_no_is_heard(container):
    """The environment, and a flag before it, switch it off; of a value from elsewhere nothing is said."""
    assert not says(nvidia("v0.19.1", **container), efa_plugin())


@pytest.mark.parametrize(
    "env", ["text", 3, variable({}), variable({"value": ""}), [None], [{"name": "OTHER", "value": "false"}]]
)
def test_an_empty_value_is_the_default(env):
    """What says nothing changes nothing."""
    assert says(nvidia("v0.19.1", env=env), efa_plugin())


def test_our_own_manifests_are_safe_with_both_plugins():
    """What the options make for both plugins, of every version, breaks no such rule."""
    for version in shipped_versions(NVIDIA):
        options = NvidiaDevicePluginOptions(version=version)
        manifests = [*nvidia_device_plugin(options, efa=True), *efa_device_plugin(EfaDevicePluginOptions())]
        assert [each for each in found(checked(*manifests, only=["efa"])) if each.startswith("efa/mofed")] == []
        lone = [*nvidia_device_plugin(options), *efa_device_plugin(EfaDevicePluginOptions())]
        warned = [each for each in found(checked(*lone, only=["efa"])) if each.startswith("efa/mofed")]
        assert bool(warned) == (version in MOUNTS_MOFED)
