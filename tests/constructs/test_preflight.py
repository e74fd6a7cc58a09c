import subprocess
import sys

import cdk8s
import pytest

from cdk8s_eks_gpu.config.scheduling import Requirement
from cdk8s_eks_gpu.constructs import (
    GpuApp,
    GpuSmokeTest,
    NodeClass,
    NodeClassOptions,
    NodePool,
    NodePoolOptions,
    verdicts,
)
from cdk8s_eks_gpu.constructs.preflight import PreflightError, Versions, versions_of


def add_pool(app, *, value="p"):
    """Put a pool of a category into the app, with its node class and a Pod that wants a GPU; return the pool."""
    chart = cdk8s.Chart(app, "nodes")
    NodeClass(chart, "gpu", NodeClassOptions(role="nodes", ami="al2023@v20250920", discovery="training"))
    category = Requirement(key="karpenter.k8s.aws/instance-category", operator="In", values=[value])
    options = NodePoolOptions(node_class="gpu", architectures=["amd64"], requirements=[category])
    pool = NodePool(chart, "gpu-pool", options, name="gpu")
    GpuSmokeTest(chart, "pod")
    return pool


def test_a_plain_app_refuses_what_no_machine_can_host(tmp_path):
    """An app of a user's own writes nothing if there is an error in what our constructs made."""
    app = cdk8s.App(outdir=str(tmp_path / "dist"))
    add_pool(app, value="c")
    with pytest.raises(RuntimeError, match=r"(?s)Validation failed.*error landing/no-host Pod/gpu-pod"):
        app.synth()
    assert not list(tmp_path.rglob("*.yaml"))


def test_a_plain_app_with_our_constructs_synthesises(tmp_path):
    """What is right is written, in the middle of synthesis nothing is asked of Node.js."""
    app = cdk8s.App(outdir=str(tmp_path))
    add_pool(app)
    app.synth()
    assert [path.name for path in tmp_path.glob("*.yaml")] == ["nodes.k8s.yaml"]


def test_an_app_may_say_what_its_manifests_are_for(tmp_path):
    """A field that the cluster's Karpenter does not have yet is an error that names the version that brought it."""
    app = cdk8s.App(outdir=str(tmp_path))
    versions_of(app).karpenter = "1.0"
    add_pool(app)
    NodePool(cdk8s.Chart(app, "static"), "static", NodePoolOptions(node_class="gpu", replicas=2))
    with pytest.raises(RuntimeError, match=r"(?s)schema/newer-field NodePool/static spec.replicas"):
        app.synth()


def test_our_app_reads_what_it_is_about_to_write(tmp_path):
    """A change that a user's app makes after our construct was made is judged too."""
    app = GpuApp(str(tmp_path / "dist"))
    pool = add_pool(app)
    pool.resource.add_json_patch(cdk8s.JsonPatch.add("/spec/weight", 1000))
    with pytest.raises(PreflightError, match=r"error schema/bounds NodePool/gpu spec\.weight"):
        app.synth()
    assert not (tmp_path / "dist").exists()


def test_a_verdict_is_remembered_for_the_same_manifests_only():
    """Another manifest, another version or another rule is judged anew."""
    key = verdicts.key({"a.yaml": "a: 1"}, Versions())
    assert verdicts.key({"a.yaml": "a: 1"}, Versions()) == key
    assert verdicts.key({"a.yaml": "a: 2"}, Versions()) != key
    assert verdicts.key({"a.yaml": "a: 1"}, Versions(karpenter="1.0")) != key


def test_a_cache_that_cannot_be_used_changes_nothing(monkeypatch, tmp_path):
    """Without a home that can be written to, and with a damaged cache, the preflight runs as if there were none."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    verdicts.remember("key", verdicts.Verdict("plain", "styled"))
    assert verdicts.recall("key") is None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    verdicts.remember("key", verdicts.Verdict("plain", "styled"))
    assert verdicts.recall("key") == verdicts.Verdict("plain", "styled")
    (tmp_path / "cdk8s-eks-gpu/key").write_text("{", encoding="utf-8")
    assert verdicts.recall("key") is None


def test_importing_the_constructs_does_not_load_the_preflight():
    """What is only needed for manifests that were never judged takes no time at import."""
    code = "import sys, cdk8s_eks_gpu.constructs; sys.exit('cdk8s_eks_gpu.preflight' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
