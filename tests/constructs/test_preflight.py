import subprocess
import sys

import cdk8s
import constructs
import pytest

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.config.scheduling import Requirement
from cdk8s_eks_gpu.constructs import (
    GpuApp,
    GpuSmokeTest,
    GpuStack,
    NodeClass,
    NodeClassOptions,
    NodePool,
    NodePoolOptions,
    NvidiaDevicePlugin,
)
from cdk8s_eks_gpu.constructs.versions import versions_of
from cdk8s_eks_gpu.errors import PreflightError


def add_pool(app, *, value="p"):
    """Put a pool of a category into the app, with its node class and a Pod that wants a GPU; return the pool."""
    chart = cdk8s.Chart(app, "nodes")
    NodeClass(chart, "gpu", NodeClassOptions(role="nodes", ami="al2023@v20250920", discovery="training"))
    category = Requirement(key="karpenter.k8s.aws/instance-category", operator="In", values=[value])
    options = NodePoolOptions(node_class="gpu", architectures=["amd64"], requirements=[category])
    pool = NodePool(chart, "gpu-pool", options, name="gpu")
    GpuSmokeTest(chart, "pod")
    return pool


def test_a_plain_app_refuses_what_no_node_can_host(tmp_path):
    """An app of a user's own writes nothing if there is an error in it, and names the construct."""
    app = cdk8s.App(outdir=str(tmp_path / "dist"))
    add_pool(app, value="c")
    with pytest.raises(PreflightError, match=r"(?s)nodes/pod/Resource:1: error scheduling/no-host Pod/gpu-pod"):
        app.synth()
    with pytest.raises(PreflightError, match="scheduling/no-host"):
        app.synth_yaml()
    assert not list(tmp_path.rglob("*.yaml"))


def test_a_plain_app_with_our_constructs_synthesises(tmp_path, capfd):
    """What is right is written, and its warnings are shown once."""
    app = cdk8s.App(outdir=str(tmp_path))
    add_pool(app, value="g")
    app.synth()
    assert [path.name for path in tmp_path.glob("*.yaml")] == ["nodes.k8s.yaml"]
    assert capfd.readouterr().err.count("instances/driver") == 1


def test_an_app_without_our_constructs_is_left_alone(tmp_path):
    """Whatever else an app of the same process writes is not ours to check."""
    app = cdk8s.App(outdir=str(tmp_path))
    cdk8s.ApiObject(cdk8s.Chart(app, "chart"), "x", api_version="v1", kind="Pood")
    app.synth()
    assert len(list(tmp_path.iterdir())) == 1


def test_an_app_that_node_js_made_is_checked_too():
    """Of such an app, Python gets another object each time; the preflight meets it all the same."""
    chart = cdk8s.Chart(cdk8s.Testing.app(), "nodes")
    NodePool(chart, "gpu", NodePoolOptions(node_class="gpu")).resource.add_json_patch(
        cdk8s.JsonPatch.add("/spec/weight", 1000)
    )
    with pytest.raises(PreflightError, match="schema/bounds NodePool/gpu"):
        chart.node.root.synth()


def test_patches_and_foreign_objects_are_seen_in_a_plain_app(tmp_path):
    """What a user's app changes after our construct was made is checked, and so is what others made, by its path."""
    app = cdk8s.App(outdir=str(tmp_path / "dist"))
    pool = add_pool(app)
    pool.resource.add_json_patch(cdk8s.JsonPatch.replace("/spec/template/spec/taints/0/value", "true"))
    chart = cdk8s.Chart(app, "own")
    NvidiaDevicePlugin(chart, "plugin")
    cdk8s.ApiObject(constructs.Construct(chart, "around"), "x", api_version="karpenter.sh/v1", kind="NodePool")
    with pytest.raises(PreflightError) as caught:
        app.synth()
    assert "scheduling/no-gpu-registered" in str(caught.value)
    assert "own/around/x:1: error schema/required NodePool/" in str(caught.value)


def test_an_app_may_say_what_its_manifests_are_for(tmp_path):
    """A field that the cluster's Karpenter does not have yet is an error that names the version that brought it."""
    app = cdk8s.App(outdir=str(tmp_path))
    versions_of(app).karpenter = "1.0"
    add_pool(app)
    NodePool(cdk8s.Chart(app, "static"), "static", NodePoolOptions(node_class="gpu", replicas=2))
    with pytest.raises(PreflightError, match=r"(?s)schema/newer-field NodePool/static spec.replicas"):
        app.synth()


CLUSTER = """\
cluster: {name: %s, kubernetesVersion: "1.34", karpenterVersion: "%s"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu: {nodeClass: gpu, instanceTypes: [p5.48xlarge]}
smokeTests:
  gpu: {}
"""


@pytest.mark.parametrize("make", [cdk8s.App, GpuApp])
def test_clusters_in_one_app_are_checked_apart(tmp_path, make):
    """Two clusters may have pools of the same name; each is checked for its own Karpenter."""
    app = make(outdir=str(tmp_path / "dist"))
    for name, version in (("old", "1.0"), ("new", "1.14.1")):
        tests = constructs.Construct(app.smoke_tests, name) if make is GpuApp else None
        around = constructs.Construct(app, name)
        GpuStack(around, parse_cluster(CLUSTER % (name, version), "x"), smoke_tests=tests)
        NodePool(cdk8s.Chart(around, "static"), "static", NodePoolOptions(node_class="gpu", replicas=2))
    with pytest.raises(PreflightError) as caught:
        app.synth()
    assert str(caught.value).count("error ") == 1
    assert "error schema/newer-field NodePool/static spec.replicas" in str(caught.value)


def test_our_app_reads_what_it_is_about_to_write(tmp_path):
    """A change that a user's app makes after our construct was made is checked too."""
    app = GpuApp(str(tmp_path / "dist"))
    pool = add_pool(app)
    pool.resource.add_json_patch(cdk8s.JsonPatch.add("/spec/weight", 1000))
    with pytest.raises(PreflightError, match=r"error schema/bounds NodePool/gpu spec\.weight"):
        app.synth()
    assert not (tmp_path / "dist").exists()


def test_importing_the_constructs_does_not_load_the_preflight():
    """What is only needed for manifests that were never checked takes no time at import."""
    code = "import sys, cdk8s_eks_gpu.constructs; sys.exit('cdk8s_eks_gpu.preflight' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
