"""What profiles lead to is held against Karpenter's CRDs, with their CEL rules, and against the checks of a stack."""

import pytest
import yaml
from tests.pure.objects.everything import all_objects, stack_objects

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.instances import catalogue, efa_layouts
from cdk8s_eks_gpu.preflight import check

HEAD = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1", region: us-west-2}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20251112, discovery: training, rootVolume: {size: 500Gi}}
nodePools:
"""
STACKS = {
    "p5 with all of its EFA from a reservation": """
  p5:
    nodeClass: gpu
    instanceTypes: [p5.48xlarge]
    efa: bandwidth-optimized
    capacity: {reservations: [cr-0123456789abcdef0], fallback: [on-demand], placementGroup: a, zone: us-west-2a}
""",
    "p6-b300": """
  b300: {nodeClass: gpu, instanceTypes: [p6-b300.48xlarge], efa: ip-optimized}
""",
    "p5en in two layouts": """
  few: {nodeClass: gpu, instanceTypes: [p5en.48xlarge], efa: ip-optimized, weight: 2}
  many: {nodeClass: gpu, instanceTypes: [p5en.48xlarge], efa: bandwidth-optimized}
""",
    "a capacity block": """
  block:
    nodeClass: gpu
    instanceTypes: [p5.48xlarge]
    efa: ip-optimized
    capacity: {blocks: [{tags: {block: a}}], zone: us-west-2a}
""",
    "a static pool": """
  static:
    nodeClass: gpu
    instanceTypes: [p4d.24xlarge]
    efa: ip-optimized
    capacity: {static: {replicas: 4}, reservations: [cr-0123456789abcdef0], zone: us-west-2a}
""",
}


def errors(pools):
    """Return the errors that the preflight finds in the stack of these pools."""
    config = parse_cluster(f"{HEAD}{pools}", "cluster.yaml")
    texts = {f"{chart}.yaml": yaml.safe_dump_all(objects) for chart, objects in stack_objects(config).items()}
    report = check(texts)
    assert report.objects > len(config.node_pools)
    return [finding for finding in report.findings if finding.rule.severity.value == "error"]


@pytest.mark.parametrize("pools", STACKS.values(), ids=STACKS)
def test_stacks_that_people_run(pools):
    """Each is said in a line or two, and nothing in it is refused."""
    assert errors(pools) == []


def one_type_for_each_layout():
    """Return a type and a layout's name for each different set of interfaces."""
    found = {}
    for name in catalogue():
        for layout, facts in efa_layouts(name).layouts.items():
            found.setdefault(facts.interfaces, (name, layout))
    return sorted(found.values())


@pytest.mark.parametrize(("name", "layout"), one_type_for_each_layout())
def test_every_layout_is_admitted(name, layout):
    """No interface is one too many for the CRD, and Karpenter passes no type over because of it."""
    assert errors(f"  a: {{nodeClass: gpu, instanceTypes: [{name}], efa: {layout}, taints: []}}") == []


def test_a_pod_with_huge_pages_has_a_node():
    """Huge pages on the pool, and a test pod that asks for some: neither pod nor pool has an error left."""
    pools = """
  p5: {nodeClass: gpu, instanceTypes: [p5.48xlarge], efa: ip-optimized, hugePages: 10Gi, capacity: {zone: us-west-2a}}
smokeTests: {efa: {nodePool: p5, gpus: 8, efaInterfaces: 32, sharedMemory: 32Gi, memory: 64Gi, hugePages: 5Gi}}
"""
    config = parse_cluster(f"{HEAD}{pools}", "cluster.yaml")
    report = check({"all.yaml": yaml.safe_dump_all(all_objects(config))})
    assert [finding.rule.id for finding in report.findings if finding.rule.severity.value == "error"] == []
    alone = [each for each in all_objects(config) if each["kind"] != "NodeOverlay"]
    report = check({"all.yaml": yaml.safe_dump_all(alone)})
    assert "efa/huge-pages" in [finding.rule.id for finding in report.findings]
