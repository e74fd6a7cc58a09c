"""Rules about versions: what a Karpenter does not have, or has only behind a gate; and claims on devices."""

import pytest
from tests.pure.preflight.stacks import checked, efa_interfaces, efa_plugin, found, node_class, nvidia_plugin, pod, pool

CAPACITY = "karpenter.sh/capacity-type"
P5 = {"node.kubernetes.io/instance-type": ["p5.48xlarge"]}


def rules(*manifests, **versions):
    """Return the findings of the groups about versions and claims."""
    return found(checked(*manifests, only=["versions", "dra"], **versions))


def messages(*manifests, only=("versions", "dra"), **versions):
    """Return messages and fixes of the findings, in one text."""
    findings = checked(*manifests, only=list(only), **versions).findings
    return " ".join(f"{each.message} {each.fix}" for each in findings)


@pytest.mark.parametrize("kubernetes", [f"1.{minor}" for minor in range(29, 38)])
@pytest.mark.parametrize("karpenter", [f"1.{minor}" for minor in range(16)])
def test_kubernetes_against_karpenter(karpenter, kubernetes):
    """Every pair of versions is accepted or refused as Karpenter's compatibility page has it."""
    first = {"1.32": 2, "1.33": 5, "1.34": 6, "1.35": 9, "1.36": 13, "1.37": 15}.get(kubernetes, 0)
    supported = int(karpenter.partition(".")[2]) >= first
    report = rules(pool(), node_class(), karpenter=karpenter, kubernetes=kubernetes)
    assert report == ([] if supported else ["versions/kubernetes NodePool/gpu"])


def test_a_patch_release_may_be_too_old():
    """Kubernetes 1.31 needs 1.0.5; the message names the release that is needed."""
    assert rules(pool(), karpenter="1.0.5", kubernetes="1.31") == []
    assert "1.31 needs Karpenter 1.0.5 or newer" in messages(pool(), karpenter="1.0.4", kubernetes="1.31")


@pytest.mark.parametrize("karpenter", ["1.0", "1.10", "1.15"])
def test_versions_that_are_not_named_are_no_finding(karpenter):
    """Where only Karpenter's version is named, Kubernetes' is one that goes with it; and the other way round."""
    assert rules(pool(), karpenter=karpenter) == []
    assert rules(pool(), kubernetes="1.25") == []


@pytest.mark.parametrize(("karpenter", "is_known"), [("1.0", False), ("1.2", False), ("1.3", True), ("1.15", True)])
@pytest.mark.parametrize("values", [["reserved"], ["reserved", "on-demand"]])
def test_reserved_came_with_1_3(karpenter, is_known, values):
    """Before, a pool that names it is an error, and no other rule speaks of the reservation."""
    gpu = pool(requirements={**P5, CAPACITY: values})
    report = found(checked(gpu, node_class(), only=["versions", "capacity", "instances"], karpenter=karpenter))
    assert ("versions/reserved NodePool/gpu" in report) is not is_known
    assert is_known or [each for each in report if each.startswith("capacity/")] == []


RESERVATION = {"capacityReservationSelectorTerms": [{"id": "cr-0123456789abcdef0"}]}
OVERLAY = {"apiVersion": "karpenter.sh/v1alpha1", "kind": "NodeOverlay", "metadata": {"name": "more"}}
OVERLAY["spec"] = {"requirements": [], "capacity": {"example.com/x": "1"}}
SHARING = node_class()
SHARING["metadata"]["annotations"] = {"karpenter.k8s.aws/nvidia-consumable-capacity": "4"}


@pytest.mark.parametrize(
    ("manifest", "karpenter", "gate", "how"),
    [
        (pool(replicas=2), "1.8", "StaticCapacity", "settings.featureGates.staticCapacity=true"),
        (pool(replicas=2), "1.15", "StaticCapacity", "FEATURE_GATES=StaticCapacity=true"),
        (OVERLAY, "1.7", "NodeOverlay", "settings.featureGates.nodeOverlay=true"),
        (node_class(**RESERVATION), "1.5", "ReservedCapacity", "settings.featureGates.reservedCapacity=true"),
        (SHARING, "1.15", "DRANVIDIAGPU", "settings.awsFeatureGates.draNVIDIAGPU=true"),
    ],
)
def test_a_gate_that_must_be_on_is_named(manifest, karpenter, gate, how):
    """What needs a gate that is off by default says which, what happens while it is off, and how to turn it on."""
    assert rules(manifest, karpenter=karpenter) == [
        f"versions/feature-gate {manifest['kind']}/{manifest['metadata']['name']}"
    ]
    text = messages(manifest, karpenter=karpenter)
    assert gate in text
    assert how in text
    assert "off by default" in text


@pytest.mark.parametrize(
    ("manifest", "karpenter"),
    [(node_class(**RESERVATION), "1.6"), (pool(), "1.15"), (SHARING, "1.14"), (node_class(), "1.15")],
)
def test_no_gate_is_named_where_none_is_needed(manifest, karpenter):
    """ReservedCapacity is on by default since 1.6; what has no such field, or came later, needs no gate."""
    assert rules(manifest, karpenter=karpenter) == []


def claiming(device_class, version="v1", **spec):
    """Return a pod that claims a device of a class, and its claim template."""
    exactly = {"deviceClassName": device_class}
    request = {"name": "device", **(exactly if version == "v1beta1" else {"exactly": exactly})}
    template = {
        "apiVersion": f"resource.k8s.io/{version}",
        "kind": "ResourceClaimTemplate",
        "metadata": {"name": "device"},
        "spec": {"spec": {"devices": {"requests": [request]}}},
    }
    claims = [{"name": "device", "resourceClaimTemplateName": "device"}]
    return [pod(limits={"cpu": 1}, resourceClaims=claims, **spec), template]


def driver(image, tolerations=()):
    """Return the DaemonSet of a DRA driver."""
    labels = {"app": "driver"}
    spec = {"containers": [{"name": "driver", "image": image}], "tolerations": list(tolerations)}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "driver", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }


GPU_DRIVER, DRANET = "registry.k8s.io/dra-driver-nvidia/dra-driver-nvidia-gpu:v26.4.0", "eks/dranet:v1.2.0"
ANYWHERE = {"operator": "Exists"}


@pytest.mark.parametrize(
    ("karpenter", "said"),
    [
        ("1.6", "dra/claims-ignored"),
        ("1.7", "scheduling/no-host"),
        ("1.14", "scheduling/no-host"),
        ("1.15", "scheduling/no-host"),
    ],
)
def test_claims_by_version(karpenter, said):
    """Karpenter takes no notice of claims before 1.7, rejects such pods up to 1.14, and has gates for them since."""
    stack = [pool(), node_class(), *claiming("gpu.nvidia.com")]
    report = checked(*stack, karpenter=karpenter, only=["versions", "dra", "scheduling"])
    assert f"{said} Pod/train" in found(report)
    fixes = " ".join(each.fix for each in report.findings if each.rule.id == said)
    assert ("DRANVIDIAGPU" in fixes and "enableDRA" in fixes) is (karpenter == "1.15")
    assert "DRAEFA" not in fixes


def test_claims_on_devices_without_a_gate():
    """Of a class that no gate is for, no gate is named as the fix."""
    report = checked(pool(), node_class(), *claiming("neuron.aws.com"), karpenter="1.15")
    (fix,) = [each.fix for each in report.findings if each.rule.id == "scheduling/no-host"]
    assert fix == (
        "Its gates are for devices of gpu.nvidia.com and dra.net, and none is for neuron.aws.com: ask for the devices"
        " by the resource of their device plugin."
    )


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_claims_and_a_plugin_for_the_same_devices(version):
    """A pool whose GPUs are given out both ways is a warning; one of them alone, or other devices, are none."""
    gpus, claims = [pool(), node_class()], claiming("gpu.nvidia.com", version)
    expected = "dra/claims-and-plugin NodePool/gpu"
    assert expected in rules(*gpus, *nvidia_plugin(), *claims)
    assert expected in rules(*gpus, *nvidia_plugin(), driver(GPU_DRIVER, [ANYWHERE]))
    assert expected not in rules(*gpus, *claims, driver(GPU_DRIVER, [ANYWHERE]))
    assert expected not in rules(*gpus, *nvidia_plugin(), *claiming("efa.networking.k8s.aws"))
    elsewhere = claiming("gpu.nvidia.com", nodeSelector={"karpenter.sh/nodepool": "other"})
    assert expected not in rules(*gpus, *nvidia_plugin(), *elsewhere)


def test_a_device_class_of_ones_own_is_known_by_its_driver():
    """A DeviceClass in the manifests says by its CEL which driver it is of."""
    selector = {"cel": {"expression": "device.driver == 'dra.net'"}}
    own = {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": "own"}}
    stack = [pool(), node_class(), efa_plugin(), *claiming("own")]
    assert rules(*stack) == []
    assert "dra/claims-and-plugin NodePool/gpu" in rules(*stack, own | {"spec": {"selectors": [selector]}})


def test_interfaces_of_the_node_class_and_claims_on_efa():
    """What Karpenter does where both lay out EFA is not defined."""
    claims = claiming("efa.networking.k8s.aws")
    expected = "dra/network-interfaces EC2NodeClass/gpu"
    assert expected in rules(pool(), node_class(networkInterfaces=efa_interfaces(2)), *claims)
    assert expected not in rules(pool(), node_class(), *claims)


def test_a_driver_that_does_not_tolerate_the_pool():
    """The chart aws-dranet does not tolerate nvidia.com/gpu: the claims of its devices are never allocated."""
    stack = [pool(), node_class(), *claiming("efa.networking.k8s.aws")]
    critical = {"key": "CriticalAddonsOnly", "operator": "Exists"}
    assert "dra/driver-kept-off NodePool/gpu" in rules(*stack, driver(DRANET, [critical]))
    assert "dra/driver-kept-off NodePool/gpu" not in rules(*stack, driver(DRANET, [ANYWHERE]))
