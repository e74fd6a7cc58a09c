"""The manifests of a configuration, without Node.js."""

from pathlib import Path

import pytest
from tests.pure.objects.everything import all_objects, smoke_test_objects, stack_objects

from cdk8s_eks_gpu.config.load import load_cluster, parse_cluster
from cdk8s_eks_gpu.manifests import read_documents

ROOT = Path(__file__).parents[3]
TEXT = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu: {nodeClass: gpu, labels: {team: ml}, devicePluginConfiguration: shared}
"""
PLUGINS = """\
plugins:
  nvidia: {namespace: gpu}
  efa: {namespace: gpu}
"""


def names(manifests):
    """Return kind and name of each manifest."""
    return [f"{manifest['kind']}/{manifest['metadata']['name']}" for manifest in manifests]


@pytest.mark.parametrize(("objects", "folder"), [(stack_objects, "dist"), (smoke_test_objects, "dist/smoke-tests")])
def test_the_manifests_are_those_that_synthesis_writes(objects, folder):
    """Chart by chart, object by object and field by field, what is committed in dist/ is what is said here."""
    files = sorted((ROOT / folder).glob("*.yaml"))
    written = [[document.data for document in read_documents(file.read_text(encoding="utf-8"))] for file in files]
    charts = objects(load_cluster(ROOT / "cluster.yaml"))
    assert sorted(charts.values(), key=str) == sorted(written, key=str)
    assert {file.name.removesuffix(".k8s.yaml") for file in files} == set(charts)


def test_plugins_come_before_classes_and_classes_before_pools():
    """Applied in this order, nothing waits for what comes after it; smoke tests come last."""
    found = names(all_objects(load_cluster(ROOT / "cluster.yaml")))
    assert found[0] == "Namespace/nvidia"
    assert found[-4:] == ["EC2NodeClass/gpu", "NodePool/gpu", "Pod/gpu-pod", "Pod/efa-test-pod"]


def test_a_pool_has_the_label_that_chooses_its_configuration():
    """A pod that selects the nodes of a configuration finds the pool, as it will in the cluster."""
    pool = all_objects(parse_cluster(TEXT, "x"))[-1]
    labels = pool["spec"]["template"]["metadata"]["labels"]
    assert labels == {"team": "ml", "nvidia.com/device-plugin.config": "shared"}


def test_a_namespace_of_both_plugins_is_created_once():
    """With two owners of one Namespace, Argo CD would fight itself."""
    config = parse_cluster(f"{TEXT.replace(', devicePluginConfiguration: shared', '')}{PLUGINS}", "x")
    assert names(all_objects(config)).count("Namespace/gpu") == 1


def pods(charts, plugin):
    """Return the pod template's spec of each DaemonSet of a plugin."""
    return [each["spec"]["template"]["spec"] for each in charts[plugin] if each["kind"] == "DaemonSet"]


@pytest.mark.parametrize("version", ["v0.5.3", "v0.5.16", "v0.5.30"])
def test_the_efa_plugin_keeps_to_the_nodes_that_a_profile_attaches_efa_to(monkeypatch, version):
    """What the pools' profiles mean for the plugin reaches its DaemonSet, without Helm and for every version."""
    monkeypatch.setenv("HELM", "no-such-helm")
    pool = "gpu: {nodeClass: gpu, instanceTypes: [p5.48xlarge], efa: ip-optimized}"
    text = TEXT.replace("gpu: {nodeClass: gpu, labels: {team: ml}, devicePluginConfiguration: shared}", pool)
    config = parse_cluster(f"{text}plugins: {{efa: {{version: {version}}}}}\n", "x")
    (pod,) = pods(stack_objects(config), "0001-efa-device-plugin")
    assert pod["nodeSelector"]["eks-gpu.io/efa"] == "attached"


def test_each_plugin_knows_of_the_other():
    """Beside the EFA plugin, NVIDIA's 0.19.1 leaves the fabric's devices alone, and labels are on the namespace."""
    plugins = "plugins: {nvidia: {version: 0.19.1, namespaceLabels: {team: ml}}, efa: {}}\n"
    charts = stack_objects(parse_cluster(TEXT.replace(", devicePluginConfiguration: shared", "") + plugins, "x"))
    assert charts["0000-nvidia-device-plugin"][0]["metadata"]["labels"]["team"] == "ml"
    assert {"name": "MOFED_ENABLED", "value": "false"} in [
        variable
        for pod in pods(charts, "0000-nvidia-device-plugin")
        for variable in pod["containers"][0].get("env", ())
    ]
