"""`cluster.featureGates`: what a cluster has on is not reported as needed, and what is off must not be needed."""

import json

import pytest
import yaml

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.errors import ConfigError
from cdk8s_eks_gpu.explain import explain
from cdk8s_eks_gpu.explain.page import answer_page
from cdk8s_eks_gpu.explain.to_json import answer_data
from cdk8s_eks_gpu.findings import Severity
from cdk8s_eks_gpu.manifests import read_texts
from cdk8s_eks_gpu.objects.stack import all_charts
from cdk8s_eks_gpu.preflight import check
from cdk8s_eks_gpu.provisioning.cluster import Cluster

FILE = """
cluster: {{name: train, kubernetesVersion: "1.34", karpenterVersion: "{version}", featureGates: {gates}}}
nodeClasses:
  gpu: {{ami: al2023@v20250920, role: nodes, discovery: train, rootVolume: {{size: 300Gi}}{node_class}}}
nodePools:
  gpu: {{nodeClass: gpu, instanceFamilies: [p5]{node_pool}}}
"""
RULES = {"versions/feature-gate", "runtime/kubelet-expression"}


def config(gates, version="1.15.1", node_class="", node_pool=""):
    """Return the configuration with these gates."""
    options = {"node_class": node_class and f", {node_class}", "node_pool": node_pool and f", {node_pool}"}
    return parse_cluster(FILE.format(gates=json.dumps(gates), version=version, **options), "cluster.yaml")


def found(gates, **options):
    """Return the findings about gates in the manifests of the configuration, with whether they are ignored."""
    manifests = [each for chart in all_charts(config(gates, **options)).values() for each in chart]
    report = check({"stack.yaml": yaml.safe_dump_all(manifests)}, karpenter=options.get("version", "1.15"))
    return sorted(
        (finding.kind, finding.name, finding.ignored) for finding in report.findings if finding.rule.id in RULES
    )


@pytest.mark.parametrize(
    ("gate", "options", "objects"),
    [
        ("StaticCapacity", {"node_pool": "replicas: 2"}, [("NodePool", "gpu")]),
        ("NodeOverlay", {"node_pool": "hugePages: 5Gi"}, [("NodeOverlay", "gpu-huge-pages")]),
        ("NodeClassCEL", {"node_class": "kubelet: {maxPods: vcpus * 10}"}, [("EC2NodeClass", "gpu")]),
        (
            "ReservedCapacity",
            {"version": "1.5", "node_class": "capacityReservationSelectorTerms: [{id: cr-1}]"},
            [("EC2NodeClass", "gpu")],
        ),
    ],
)
def test_a_gate_that_is_on_is_not_reported(gate, options, objects):
    """The object says why the rule is ignored there, so that every later check of dist/ knows it too."""
    assert found({}, **options) == [(*each, None) for each in objects]
    reason = f"cluster.featureGates says that {gate} is on"
    assert found({gate: True}, **options) == [(*each, reason) for each in objects]


def test_only_what_needs_the_gate_is_annotated():
    """The other objects stay as they are without the gates."""
    without, with_gates = (
        [each for chart in all_charts(config(gates, node_pool="replicas: 2")).values() for each in chart]
        for gates in ({}, {"StaticCapacity": True, "NodeOverlay": True})
    )
    changed = [each["kind"] for each, before in zip(with_gates, without, strict=True) if each != before]
    assert changed == ["NodePool"]


def test_manifests_of_the_users_own_count_too(tmp_path, monkeypatch):
    """A NodeOverlay among the extra manifests is annotated as ours is."""
    monkeypatch.chdir(tmp_path)
    overlay = {
        "apiVersion": "karpenter.sh/v1alpha1",
        "kind": "NodeOverlay",
        "metadata": {"name": "own"},
        "spec": {"requirements": [], "price": "1"},
    }
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(overlay))
    text = FILE.format(gates='{"NodeOverlay": true}', version="1.15.1", node_class="", node_pool="")
    charts = all_charts(parse_cluster(f"{text}extraManifests: [own.yaml]\n", "cluster.yaml"))
    (own,) = [each for chart in charts.values() for each in chart if each["kind"] == "NodeOverlay"]
    assert list(own["metadata"]["annotations"]) == ["ignore.eks-gpu/versions.feature-gate"]


@pytest.mark.parametrize(
    ("gates", "options", "message"),
    [
        (
            {"StaticCapcity": True},
            {},
            (
                "cluster.featureGates.StaticCapcity: Karpenter 1.15.1 has no feature gate 'StaticCapcity'; did you mean"
                " 'StaticCapacity'?"
            ),
        ),
        (
            {"CapacityBuffer": True},
            {"version": "1.13"},
            (
                "cluster.featureGates.CapacityBuffer: the feature gate CapacityBuffer came with Karpenter 1.14;"
                " karpenterVersion is 1.13"
            ),
        ),
        (
            {"Zzzzzz": True},
            {"version": "1.0"},
            "cluster.featureGates.Zzzzzz: Karpenter 1.0 has no feature gate 'Zzzzzz' (known: SpotToSpotConsolidation)",
        ),
        (
            {"StaticCapacity": False},
            {"node_pool": "capacity: {static: {replicas: 2}}"},
            (
                "cluster.featureGates.StaticCapacity: Invalid value: false: nodePools.gpu.capacity.static needs it, and"
                " without it Karpenter leaves the pool alone"
            ),
        ),
        (
            {"ReservedCapacity": False},
            {"node_pool": "capacity: {reservations: [cr-1]}"},
            (
                "cluster.featureGates.ReservedCapacity: Invalid value: false: nodePools.gpu.capacity.reservations needs"
                " it, and without it Karpenter looks for no reservation"
            ),
        ),
    ],
)
def test_gates_that_there_are_not_or_that_are_needed(gates, options, message):
    """A slip has a hint, a gate of a later release the release, and one that is off names what needs it."""
    with pytest.raises(ConfigError) as raised:
        config(gates, **options)
    assert message in str(raised.value)


def test_explain_says_what_needs_a_gate_as_check_does():
    """The answer is for the gates being on, and says so in the finding's words."""
    manifests = [each for chart in all_charts(config({}, node_pool="hugePages: 5Gi")).values() for each in chart]
    text = yaml.safe_dump_all(manifests)
    answer = explain(Cluster(read_texts({"stack.yaml": text}).objects))
    (said,) = [finding.message for finding in check({"a.yaml": text}).findings if finding.rule.id in RULES]
    assert answer_data(answer)["featureGates"] == [
        {"gate": "NodeOverlay", "object": "NodeOverlay/gpu-huge-pages", "text": said}
    ]
    assert said in answer_page(answer)[-1].notes
    assert all(finding.severity is not Severity.ERROR for finding in check({"a.yaml": text}).findings)
