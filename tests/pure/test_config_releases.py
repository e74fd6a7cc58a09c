"""What a cluster.yaml says and its karpenterVersion does not have is refused by field."""

import pytest
from pydantic import ValidationError

from cdk8s_eks_gpu.config.cluster import ClusterConfig
from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.errors import ConfigError

FILE = """
cluster: {{name: train, kubernetesVersion: "1.33", karpenterVersion: "{version}"}}
nodeClasses:
  gpu: {{ami: al2023@v20250920, role: nodes, discovery: train{node_class}}}
nodePools:
  gpu: {{nodeClass: gpu{node_pool}}}
"""

INTERFACE = "{networkCardIndex: 0, deviceIndex: 0, interfaceType: interface}"
NEWER = [
    (
        "networkInterfaces: [{networkCardIndex: 0, deviceIndex: 0, interfaceType: interface}]",
        "1.11",
        "networkInterfaces",
    ),
    ("enclaveOptions: {enabled: true}", "1.15", "enclaveOptions"),
    ("capacityReservationSelectorTerms: [{id: cr-1}]", "1.3", "capacityReservationSelectorTerms"),
    ("placementGroupSelector: {name: a}", "1.11", "placementGroupSelector"),
    ("connectionTracking: {udpTimeout: 30}", "1.13", "connectionTracking"),
    ("kubelet: {containerLogMaxSize: 50Mi}", "1.15", "kubelet.containerLogMaxSize"),
    ("kubelet: {maxPods: vcpus * 10}", "1.15", "kubelet.maxPods"),
    ("kubelet: {kubeReserved: {memory: memory_mib / 10}}", "1.15", "kubelet.kubeReserved.memory"),
]
POOLS = [
    ("replicas: 2", "1.8", "replicas"),
    ("capacityTypes: [spot, reserved]", "1.3", "capacityTypes[1]"),
    (
        "requirements: [{key: karpenter.sh/capacity-type, operator: NotIn, values: [reserved]}]",
        "1.3",
        "requirements[0].values[0]",
    ),
    (
        "requirements: [{key: karpenter.k8s.aws/instance-tenancy, operator: Exists}]",
        "1.9",
        "requirements[0].key",
    ),
    (
        "requirements: [{key: karpenter.k8s.aws/instance-cpu, operator: Gte, values: ['8']}]",
        "1.9",
        "requirements[0].operator",
    ),
]


def before(version):
    """Return the minor version before."""
    return f"1.{int(version.split('.')[1]) - 1}"


def problems(version, node_class="", node_pool=""):
    """Return the path and message of every problem of the file."""
    text = FILE.format(
        version=version,
        node_class=f", {node_class}" if node_class else "",
        node_pool=f", {node_pool}" if node_pool else "",
    )
    try:
        parse_cluster(text, "cluster.yaml")
    except ConfigError as error:
        return [(problem.path, problem.message) for problem in error.problems]
    return []


@pytest.mark.parametrize(("options", "version", "path"), NEWER)
def test_a_field_of_a_node_class_is_refused_before_it_came(options, version, path):
    """Each field is refused with the version that brought it, and taken from that version on."""
    found = problems(before(version), node_class=options)
    assert [where for where, _ in found] == [f"nodeClasses.gpu.{path}"]
    assert f"came with Karpenter {version}; karpenterVersion is {before(version)}" in found[0][1]
    assert problems(version, node_class=options) == []


@pytest.mark.parametrize(("options", "version", "path"), POOLS)
def test_what_a_pool_says_is_refused_before_it_came(options, version, path):
    """Fields, capacity types, operators and well-known labels are those of the file's Karpenter."""
    found = problems(before(version), node_pool=options)
    assert [where for where, _ in found] == [f"nodePools.gpu.{path}"]
    assert f"came with Karpenter {version}; karpenterVersion is {before(version)}" in found[0][1]
    assert problems(version, node_pool=options) == []


def test_options_created_in_python_are_checked_too():
    """Not only a file: the model itself refuses what its karpenterVersion does not have."""
    data = {
        "cluster": {"name": "train", "kubernetesVersion": "1.33", "karpenterVersion": "1.10"},
        "nodeClasses": {"gpu": {"ami": "al2023@v20250920", "role": "nodes", "discovery": "train"}},
        "nodePools": {"gpu": {"nodeClass": "gpu"}},
    }
    ClusterConfig.model_validate(data)
    interface = {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}
    data["nodeClasses"]["gpu"]["networkInterfaces"] = [interface]
    with pytest.raises(ValidationError, match=r"networkInterfaces came with Karpenter 1\.11"):
        ClusterConfig.model_validate(data)


def test_of_a_karpenter_that_is_not_known_only_the_version_is_a_problem():
    """Nothing can be said of fields for a version that nobody has read."""
    assert [path for path, _ in problems("1.99", node_pool="replicas: 2")] == ["cluster.karpenterVersion"]
