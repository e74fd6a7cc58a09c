"""AWS's chart of the EFA plugin (aws-efa-k8s-device-plugin v0.5.3 to v0.5.30): where its values go."""

from __future__ import annotations

from typing import Final

from cdk8s_eks_gpu.charts.plugin_chart import PluginChart
from cdk8s_eks_gpu.charts.slots import slot

EFA: Final = PluginChart(
    repository="https://aws.github.io/eks-charts",
    name="aws-efa-k8s-device-plugin",
    full_names={"plugin": ((), "aws-efa-k8s-device-plugin")},
    marks={
        ("tolerations",): [{"key": slot("tolerations")}],
        ("nodeSelector",): {slot("nodeSelector"): ""},
        ("supportedInstanceLabels", "values"): [slot("supportedInstanceLabels.values")],
        ("resources",): {slot("resources"): ""},
        ("image", "repository"): slot("image.repository"),
        ("image", "tag"): slot("image.tag"),
        ("imagePullSecrets",): [{"name": slot("imagePullSecrets")}],
    },
    sample={
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "nodeSelector": {"a": "b"},
        "supportedInstanceLabels": {"values": ["p5.48xlarge"]},
        "resources": {"limits": {"cpu": "1"}},
        "image": {"repository": "r.example.com/a", "tag": "b"},
        "imagePullSecrets": [{"name": "a"}],
    },
    derived=(),
    variants={"all": {}},
    whole=frozenset(),
    defaulted={("tolerations",): "tolerations"},
    variant=lambda _: "all",
    rules=lambda _: {},
)
