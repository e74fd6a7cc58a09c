"""Node classes whose machines do not start or join, in anybody's manifests."""

import pytest
from tests.pure.preflight.stacks import GPU_TAINT, checked, found, node_class, nvidia_plugin, pod, pool

BOTTLEROCKET = [{"alias": "bottlerocket@1.46.0"}]


def rules_of(*manifests, only=("nodes",)):
    """Return what the group says."""
    return found(checked(*manifests, only=only))


def volume(device, size, **more):
    """Return a block device mapping."""
    return {"deviceName": device, "ebs": {"volumeSize": size, **more}}


@pytest.mark.parametrize(
    ("spec", "rule"),
    [
        ({"blockDeviceMappings": [volume("/dev/xvda", "19Gi")]}, "volume-below-snapshot"),
        ({"blockDeviceMappings": [volume("/dev/xvda", "20Gi")]}, None),
        ({"blockDeviceMappings": [volume("/dev/xvda", "8Gi", snapshotID="snap-1")]}, None),
        ({"blockDeviceMappings": [volume("/dev/xvdz", "8Gi")]}, None),
        ({"amiSelectorTerms": [{"id": "ami-1"}], "amiFamily": "Custom"}, None),
        (
            {"amiSelectorTerms": BOTTLEROCKET, "blockDeviceMappings": [volume("/dev/xvda", "300Gi")]},
            "bottlerocket-data-volume",
        ),
        (
            {
                "amiSelectorTerms": BOTTLEROCKET,
                "blockDeviceMappings": [volume("/dev/xvda", "4Gi"), volume("/dev/xvdb", "300Gi")],
            },
            None,
        ),
        ({"amiSelectorTerms": BOTTLEROCKET, "userData": "#!/bin/bash\nls\n"}, "user-data"),
        ({"userData": "[settings]\n"}, "user-data"),
        ({"userData": "#!/bin/bash\n" + "#" * 2**14}, "user-data"),
        ({"userData": "#!/bin/bash\nls\n"}, None),
        ({"role": "arn:aws:iam::123456789012:role/nodes"}, "role-arn"),
    ],
)
def test_what_keeps_instances_from_starting(spec, rule):
    """Volumes, user data and roles that EC2, Karpenter or the AMI does not take."""
    assert rules_of(node_class(**spec)) == ([f"nodes/{rule} EC2NodeClass/gpu"] if rule else [])


def test_bottlerocket_brings_its_own_device_plugin():
    """NVIDIA's lands beside it and is found; where it does not land, GPUs are registered all the same."""
    plain = node_class(amiSelectorTerms=BOTTLEROCKET)
    only = ("nodes", "scheduling")
    assert rules_of(pool(), plain, nvidia_plugin(), only=only) == [
        "nodes/bottlerocket-own-plugin DaemonSet/nvidia-plugin"
    ]
    other = pool(taints=[GPU_TAINT, {"key": "team", "value": "ml", "effect": "NoSchedule"}])
    assert rules_of(other, plain, nvidia_plugin(), pod(), only=only) == []
    assert "scheduling/no-gpu-registered NodePool/gpu" in rules_of(other, node_class(), nvidia_plugin(), only=only)
