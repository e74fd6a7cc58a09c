import pytest

from cdk8s_eks_gpu.config.scheduling import Toleration
from cdk8s_eks_gpu.constructs import NcclTest, NcclTestOptions, NodeTest, NodeTestOptions
from cdk8s_eks_gpu.errors import MissingOptionError

TOLERATION = Toleration(key="team", operator="Equal", value="ml", effect="NoExecute", toleration_seconds=60)
COMMON = {
    "labels": {"team": "ml"},
    "annotations": {"example.com/why": "acceptance"},
    "node_pool": "train",
    "instance_type": "p5.48xlarge",
    "tolerations": [TOLERATION],
    "gpus": 4,
    "efa_interfaces": 16,
    "image_pull_secrets": ["login"],
    "active_deadline_seconds": 600,
}


def test_minimal_node(chart, manifests, snapshot):
    """With its type alone, the test of one node is a Job that takes all of it."""
    NodeTest(chart, "test", NodeTestOptions(instance_type="p5.48xlarge"))
    assert manifests(chart) == snapshot


def test_all_options_node(chart, manifests, snapshot, assert_every_option_is_set):
    """Every option of the node test reaches the Job."""
    options = NodeTestOptions(name="node-check", namespace="training", image="example.com/efa:1", **COMMON)
    assert_every_option_is_set(options)
    NodeTest(chart, "test", options)
    assert manifests(chart) == snapshot


@pytest.mark.parametrize("launcher", ["job", "mpi-operator"])
def test_minimal_nccl(chart, manifests, snapshot, launcher):
    """With its type alone, the test between nodes takes two of them."""
    test = NcclTest(chart, "test", NcclTestOptions(instance_type="p5.48xlarge", launcher=launcher))
    assert manifests(chart) == snapshot
    assert test.resource.kind == {"job": "Job", "mpi-operator": "MPIJob"}[launcher]


@pytest.mark.parametrize("launcher", ["job", "mpi-operator"])
def test_all_options_nccl(chart, manifests, snapshot, assert_every_option_is_set, launcher):
    """Every option of the NCCL test reaches its objects."""
    options = NcclTestOptions(
        name="nccl-check",
        namespace="training",
        nodes=4,
        launcher=launcher,
        zone="us-west-2a",
        image="example.com/nccl-tests:1",
        program="all_gather",
        program_folder="/usr/local/bin",
        min_size="1M",
        max_size="8G",
        iterations=20,
        env={"NCCL_ALGO": "Ring", "NCCL_DEBUG": "WARN"},
        cpu=96,
        memory="512Gi",
        shared_memory="64Gi",
        huge_pages="5120Mi",
        **COMMON,
    )
    # One launcher is the default: the other's turn sets it.
    assert_every_option_is_set(options, NcclTestOptions(launcher="mpi-operator"))
    NcclTest(chart, "test", options)
    assert manifests(chart) == snapshot


def test_without_a_type(chart):
    """In an app of one's own the instance type has to be said."""
    with pytest.raises(MissingOptionError):
        NcclTest(chart, "test", NcclTestOptions())
