from cdk8s_eks_gpu.config.containers import ContainerResources
from cdk8s_eks_gpu.config.scheduling import Toleration
from cdk8s_eks_gpu.constructs import EfaSmokeTest, EfaSmokeTestOptions, GpuSmokeTest, GpuSmokeTestOptions

ZONE = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["us-west-2a"]}
AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [ZONE]}]}
    }
}
TOLERATION = Toleration(key="team", operator="Equal", value="ml", effect="NoExecute", toleration_seconds=60)


def test_minimal_gpu(chart, manifests, snapshot):
    """Without options, the GPU test is a Pod that runs nvidia-smi once, on any node with a GPU."""
    GpuSmokeTest(chart, "test")
    assert manifests(chart) == snapshot


def test_all_options_gpu(chart, manifests, snapshot, assert_every_option_is_set):
    """Every option of the GPU test reaches the Pod."""
    options = GpuSmokeTestOptions(
        name="gpu-check",
        namespace="training",
        labels={"app": "gpu-check"},
        annotations={"karpenter.sh/do-not-disrupt": "true"},
        node_pool="gpu",
        tolerations=[TOLERATION],
        affinity=AFFINITY,
        resources=ContainerResources(requests={"cpu": 2, "memory": "4Gi"}, limits={"hugepages-2Mi": "5Gi"}),
        image_pull_secrets=["login"],
        image="example.com/cuda:1",
        command=["nvidia-smi"],
        args=["-L"],
        gpus=8,
    )
    assert_every_option_is_set(options)
    GpuSmokeTest(chart, "test", options)
    assert manifests(chart) == snapshot


def test_minimal_efa(chart, manifests, snapshot):
    """Without options, the EFA test is a Pod that waits, with one EFA interface and one GPU."""
    EfaSmokeTest(chart, "test")
    assert manifests(chart) == snapshot


def test_all_options_efa(chart, manifests, snapshot, assert_every_option_is_set):
    """Every option of the EFA test reaches the Pod."""
    options = EfaSmokeTestOptions(
        name="efa-check",
        namespace="training",
        labels={"app": "efa-check"},
        annotations={"karpenter.sh/do-not-disrupt": "true"},
        node_pool="gpu",
        tolerations=[TOLERATION],
        affinity=AFFINITY,
        resources=ContainerResources(requests={"cpu": 2, "memory": "4Gi"}, limits={"ephemeral-storage": "5Gi"}),
        image_pull_secrets=["login"],
        image="example.com/efa:1",
        command=["sleep", "1"],
        gpus=8,
        efa_interfaces=32,
        cpu=96,
        memory="512Gi",
        huge_pages="5120Mi",
        shared_memory="64Gi",
    )
    assert_every_option_is_set(options)
    EfaSmokeTest(chart, "test", options)
    assert manifests(chart) == snapshot


def test_efa_without_huge_pages(chart, manifests):
    """Huge pages of 0 tell EFA to do without, where no node offers any."""
    EfaSmokeTest(chart, "test", EfaSmokeTestOptions(huge_pages=0))
    container = manifests(chart)["Pod/efa-test-pod"]["spec"]["containers"][0]
    assert container["env"] == [{"name": "FI_EFA_USE_HUGE_PAGE", "value": "0"}]
    assert "hugepages-2Mi" not in container["resources"]["limits"]


def test_efa_without_gpu(chart, manifests):
    """The fabric can be tested on machines without GPUs, such as hpc7a."""
    EfaSmokeTest(chart, "test", EfaSmokeTestOptions(gpus=0, tolerations=[]))
    spec = manifests(chart)["Pod/efa-test-pod"]["spec"]
    assert spec["containers"][0]["resources"]["limits"] == {"vpc.amazonaws.com/efa": 1}
    assert "tolerations" not in spec
