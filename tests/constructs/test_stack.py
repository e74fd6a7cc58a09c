import cdk8s

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.constructs import GpuStack, load_cluster

MINIMAL = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
  efa: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu: {nodeClass: gpu}
  spot: {nodeClass: gpu, capacityTypes: [spot]}
  efa: {nodeClass: efa}
"""


def test_minimal():
    """Without plugins and smoke tests there is one chart, each pool behind its node class."""
    app = cdk8s.Testing.app()
    stack = GpuStack(app, parse_cluster(MINIMAL, "x"))
    assert [chart.node.id for chart in app.charts] == ["node-pools"]
    names = [f"{one['kind']}/{one['metadata']['name']}" for one in cdk8s.Testing.synth(app.charts[0])]
    assert sorted(names) == sorted(
        ["EC2NodeClass/gpu", "EC2NodeClass/efa", "NodePool/gpu", "NodePool/spot", "NodePool/efa"]
    )
    assert names.index("EC2NodeClass/efa") < names.index("NodePool/efa")
    assert (stack.nvidia_device_plugin, stack.efa_device_plugin) == (None, None)
    assert sorted(stack.node_pools) == ["efa", "gpu", "spot"]


def test_all_options():
    """The seed's configuration makes all charts in the order in which they are applied, smoke tests apart."""
    app, smoke_tests = cdk8s.Testing.app(), cdk8s.Testing.app()
    stack = GpuStack(app, load_cluster("cluster.yaml"), smoke_tests=smoke_tests)
    assert [chart.node.id for chart in app.charts] == ["nvidia-device-plugin", "efa-device-plugin", "node-pools"]
    assert [chart.node.id for chart in smoke_tests.charts] == ["gpu-smoke-test", "efa-smoke-test"]
    assert stack.nvidia_device_plugin is not None
    assert stack.efa_device_plugin is not None
    assert list(stack.node_classes) == ["gpu"]


def test_smoke_tests_are_left_out_where_no_place_is_given_for_them():
    """In a user's own app, test Pods appear only where the user puts them."""
    app = cdk8s.Testing.app()
    GpuStack(app, load_cluster("cluster.yaml"))
    assert "Pod" not in {one["kind"] for chart in app.charts for one in cdk8s.Testing.synth(chart)}


def test_a_plain_cdk8s_app_numbers_the_files_in_order(tmp_path):
    """Also without our own app, `kubectl apply -f` meets namespaces and CRDs before what needs them."""
    app = cdk8s.App(outdir=str(tmp_path))
    GpuStack(app, load_cluster("cluster.yaml"))
    app.synth()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "0000-nvidia-device-plugin.k8s.yaml",
        "0001-efa-device-plugin.k8s.yaml",
        "0002-node-pools.k8s.yaml",
    ]
