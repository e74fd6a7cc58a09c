import os

import cdk8s
import pytest

from cdk8s_eks_gpu.constructs import GpuApp, GpuSmokeTest, NodeClass, NodeClassOptions
from cdk8s_eks_gpu.constructs.node import start_node
from cdk8s_eks_gpu.errors import NodeMissingError, OutputError


def files(folder):
    """Return the files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def add_charts(app):
    """Put one chart into the app and one into its smoke tests."""
    options = NodeClassOptions(role="nodes", ami="al2023@v20250920", discovery="training")
    NodeClass(cdk8s.Chart(app, "nodes"), "gpu", options)
    GpuSmokeTest(cdk8s.Chart(app.smoke_tests, "gpu-smoke-test"), "test")


def test_smoke_tests_lie_in_a_folder_of_their_own(tmp_path):
    """`kubectl apply -f dist/` does not meet the test Pods."""
    app = GpuApp(str(tmp_path / "dist"))
    add_charts(app)
    app.synth()
    assert files(tmp_path / "dist") == [".eks-gpu", "nodes.k8s.yaml", "smoke-tests/gpu-smoke-test.k8s.yaml"]


def test_the_output_is_named_by_the_argument_the_variable_or_dist(tmp_path, monkeypatch):
    """The cdk8s command names the output in CDK8S_OUTDIR; without it, it is dist/."""
    monkeypatch.chdir(tmp_path)
    GpuApp().synth()
    monkeypatch.setenv("CDK8S_OUTDIR", "from-variable")
    GpuApp().synth()
    GpuApp("from-argument").synth()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dist", "from-argument", "from-variable"]


def test_a_construct_that_refuses_leaves_the_output_as_it_was(tmp_path):
    """What Node.js refuses in the middle of synthesis is one error, and touches nothing."""
    app = GpuApp(str(tmp_path / "dist"))
    add_charts(app)
    app.synth()
    before = files(tmp_path / "dist")
    app = GpuApp(str(tmp_path / "dist"))
    chart = cdk8s.Chart(app, "broken")
    cdk8s.ApiObject(chart, "x", api_version="v1", kind="Pod").add_json_patch(cdk8s.JsonPatch.test("/kind", "Job"))
    with pytest.raises(OutputError, match="cdk8s could not write the manifests"):
        app.synth()
    assert files(tmp_path / "dist") == before


def test_no_node_js_at_all_is_an_error_with_the_fix(monkeypatch):
    """Without Node.js the user reads what to install, not what jsii throws."""
    monkeypatch.setenv("JSII_NODE", os.devnull)
    with pytest.raises(NodeMissingError, match=r"pip install 'cdk8s-eks-gpu\[node\]'"):
        start_node()
