import cdk8s
import constructs
import pytest
from tests.pure.objects.everything import stack_objects

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.constructs import GpuApp, GpuStack, load_cluster
from cdk8s_eks_gpu.errors import EksGpuError

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
    assert [chart.node.id for chart in app.charts] == ["0002-node-pools"]
    names = [f"{item['kind']}/{item['metadata']['name']}" for item in cdk8s.Testing.synth(app.charts[0])]
    assert sorted(names) == sorted(
        ["EC2NodeClass/gpu", "EC2NodeClass/efa", "NodePool/gpu", "NodePool/spot", "NodePool/efa"]
    )
    assert names.index("EC2NodeClass/efa") < names.index("NodePool/efa")
    assert (stack.nvidia_device_plugin, stack.efa_device_plugin) == (None, None)
    assert sorted(stack.node_pools) == ["efa", "gpu", "spot"]


def test_variants_of_a_node_class_are_in_the_stack():
    """A pool with EFA names a variant of the class that others share; the stack has both, before the pools."""
    app = cdk8s.Testing.app()
    train = "  train: {nodeClass: gpu, instanceTypes: [p5.48xlarge], efa: ip-optimized}\n"
    stack = GpuStack(app, parse_cluster(MINIMAL + train, "x"))
    assert sorted(stack.node_classes) == ["efa", "gpu", "gpu-efa-p5"]
    built = {(item["kind"], item["metadata"]["name"]): item["spec"] for item in cdk8s.Testing.synth(app.charts[0])}
    assert built["NodePool", "train"]["template"]["spec"]["nodeClassRef"]["name"] == "gpu-efa-p5"
    assert len(built["EC2NodeClass", "gpu-efa-p5"]["networkInterfaces"]) == 33
    assert "networkInterfaces" not in built["EC2NodeClass", "gpu"]


def test_all_options():
    """The seed's configuration makes all charts in the order in which they are applied, smoke tests apart."""
    app, smoke_tests = cdk8s.Testing.app(), cdk8s.Testing.app()
    stack = GpuStack(app, load_cluster("cluster.yaml"), smoke_tests=smoke_tests)
    assert [chart.node.id for chart in app.charts] == [
        "0000-nvidia-device-plugin",
        "0001-efa-device-plugin",
        "0002-node-pools",
    ]
    assert [chart.node.id for chart in smoke_tests.charts] == ["gpu-smoke-test", "efa-smoke-test"]
    assert stack.nvidia_device_plugin is not None
    assert stack.efa_device_plugin is not None
    assert list(stack.node_classes) == ["gpu"]


def test_a_plain_app_has_the_smoke_tests_last():
    """`GpuStack` adds all that the configuration asks for, in an app of a user's own too."""
    app = cdk8s.Testing.app()
    stack = GpuStack(app, load_cluster("cluster.yaml"))
    names = [chart.node.id for chart in app.charts]
    assert names[-2:] == ["gpu-smoke-test", "efa-smoke-test"]
    assert names == [chart.node.id for chart in stack.charts]


def test_our_app_has_the_smoke_tests_in_its_folder(tmp_path):
    """Nobody has to say where they go."""
    app = GpuApp(str(tmp_path))
    GpuStack(constructs.Construct(app, "around"), load_cluster("cluster.yaml"))
    assert [chart.node.id for chart in app.smoke_tests.charts] == ["gpu-smoke-test", "efa-smoke-test"]


def test_smoke_tests_can_be_left_out():
    """In a user's own app, test Pods need not appear."""
    app = cdk8s.Testing.app()
    GpuStack(app, load_cluster("cluster.yaml"), smoke_tests=False)
    assert "Pod" not in {item["kind"] for chart in app.charts for item in cdk8s.Testing.synth(chart)}


def test_a_plain_cdk8s_app_numbers_the_files_in_order(tmp_path):
    """Also without our own app, `kubectl apply -f` meets namespaces and CRDs before what needs them."""
    app = cdk8s.App(outdir=str(tmp_path))
    GpuStack(app, load_cluster("cluster.yaml"))
    app.synth()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "0000-nvidia-device-plugin.k8s.yaml",
        "0001-efa-device-plugin.k8s.yaml",
        "0002-node-pools.k8s.yaml",
        "efa-smoke-test.k8s.yaml",
        "gpu-smoke-test.k8s.yaml",
    ]


def test_a_second_stack_is_named_for_its_cluster():
    """Two clusters in one app have charts, and so files, of their own."""
    app = cdk8s.App()
    first, second = (
        parse_cluster(MINIMAL.replace("name: training", f"name: {name}") + "smokeTests: {gpu: {}}\n", "x")
        for name in ("first", "second")
    )
    GpuStack(app, first)
    GpuStack(app, second)
    GpuStack(app, first, id="third")
    assert sorted(chart.node.id for chart in app.charts) == sorted(
        f"{prefix}{chart}" for prefix in ("", "second-", "third-") for chart in ("0002-node-pools", "gpu-smoke-test")
    )


def test_stacks_of_one_name_are_refused():
    """What would be the same files is an error that says what to do."""
    app, config = cdk8s.App(), parse_cluster(MINIMAL, "x")
    GpuStack(app, config)
    GpuStack(app, config)
    with pytest.raises(
        EksGpuError, match="There is a stack 'training' in this scope already: give each GpuStack an id"
    ):
        GpuStack(app, config)


ELSEWHERE = (
    MINIMAL.replace(
        "karpenterVersion",
        "region: cn-north-1, imageRegistry: r.example.com, imagePullSecrets: [login], karpenterVersion",
    )
    + """\
plugins:
  nvidia: {timeSlicing: {replicas: 4}}
  efa: {image: {tag: v1}}
smokeTests:
  gpu: {}
  efa: {image: own.example.com/nccl-tests, imagePullSecrets: []}
"""
)


@pytest.mark.parametrize("text", [ELSEWHERE, ELSEWHERE.replace("imageRegistry: r.example.com, ", "")])
def test_the_stack_has_the_objects_of_the_configuration(text):
    """Region, registry and its secrets reach the plugins, and each knows of the other."""
    app, config = cdk8s.Testing.app(), parse_cluster(text, "x")
    GpuStack(app, config, smoke_tests=False)
    charts = stack_objects(config)
    assert [cdk8s.Testing.synth(chart) for chart in app.charts] == list(charts.values())
    for plugin in ("0000-nvidia-device-plugin", "0001-efa-device-plugin"):
        assert "example.com" in str(charts[plugin]) or "amazonaws.com.cn" in str(charts["0001-efa-device-plugin"])
        assert "'imagePullSecrets': [{'name': 'login'}]" in str(charts[plugin])


def test_a_namespace_of_both_plugins_is_created_once():
    """Two owners of one namespace would take it from each other."""
    text = MINIMAL + "plugins: {nvidia: {namespace: gpu}, efa: {namespace: gpu}}\n"
    app = cdk8s.Testing.app()
    GpuStack(app, parse_cluster(text, "x"))
    kinds = [each["kind"] for chart in app.charts for each in cdk8s.Testing.synth(chart)]
    assert kinds.count("Namespace") == 1


def test_smoke_tests_take_our_images_from_the_registry():
    """A node that reaches only the registry runs the test Pods too; an image that the user names stays."""
    smoke_tests = cdk8s.Testing.app()
    GpuStack(cdk8s.Testing.app(), parse_cluster(ELSEWHERE, "x"), smoke_tests=smoke_tests)
    gpu, efa = (cdk8s.Testing.synth(chart)[0]["spec"] for chart in smoke_tests.charts)
    assert gpu["containers"][0]["image"] == "r.example.com/nvidia/cuda:13.0.2-runtime-ubuntu22.04"
    assert efa["containers"][0]["image"] == "own.example.com/nccl-tests"
    assert gpu["imagePullSecrets"] == [{"name": "login"}]
    assert "imagePullSecrets" not in efa
