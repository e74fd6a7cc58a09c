"""The stack of cluster.yaml against the document that it follows: which fields differ, and that no other does."""

from pathlib import Path

from tests.pure.objects.everything import stack_objects

from cdk8s_eks_gpu.config.load import load_cluster

ROOT = Path(__file__).parents[3]
TAGS = [{"tags": {"karpenter.sh/discovery": "training-on-eks"}}]
DOCUMENT = {
    "NodePool": {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "gpu"},
        "spec": {
            "template": {
                "metadata": {"labels": {"nodeType": "nvidia"}},
                "spec": {
                    "requirements": [
                        {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
                        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot", "on-demand"]},
                        {"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": ["g", "p"]},
                    ],
                    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
                    "expireAfter": "720h",
                    "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
                },
            },
            "limits": {"cpu": 1000},
            "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "20m"},
        },
    },
    "EC2NodeClass": {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": "gpu"},
        "spec": {
            "role": "eksctl-KarpenterNodeRole-training-on-eks",
            "amiSelectorTerms": [{"alias": "al2023@latest"}],
            "subnetSelectorTerms": TAGS,
            "securityGroupSelectorTerms": TAGS,
            "blockDeviceMappings": [
                {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "300Gi", "volumeType": "gp3"}},
            ],
        },
    },
}
"""What the document applies by hand."""


def leaves(value, path=()):
    """Return every value that is no mapping and no list, by its path."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if entries is None:
        return {path: value}
    return {place: leaf for key, inner in entries for place, leaf in leaves(inner, (*path, key)).items()}


def test_four_things_differ_from_the_document():
    """Encryption, limits as strings, reasons to ignore a rule, labels that say whose it is (docs/dist.md)."""
    [pools] = [
        objects for name, objects in stack_objects(load_cluster(ROOT / "cluster.yaml")).items() if "node-pools" in name
    ]
    differing = set()
    for manifest in pools:
        ours, theirs = leaves(manifest), leaves(DOCUMENT[manifest["kind"]])
        for path in ours.keys() | theirs.keys():
            if ours.get(path) != theirs.get(path) or path not in ours or path not in theirs:
                differing.add((manifest["kind"], path[:2] if path[0] == "metadata" else path))
    assert differing == {
        ("EC2NodeClass", ("spec", "blockDeviceMappings", 0, "ebs", "encrypted")),
        ("EC2NodeClass", ("metadata", "annotations")),
        ("EC2NodeClass", ("metadata", "labels")),
        ("NodePool", ("spec", "limits", "cpu")),
        ("NodePool", ("metadata", "labels")),
    }
