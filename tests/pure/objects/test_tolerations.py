"""A smoke test that names its pool lands there."""

import pytest
from tests.pure.objects.everything import smoke_test_objects

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.config.scheduling import Taint, Toleration, tolerations_of

TEXT = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu:
    nodeClass: gpu
    taints: [{key: team, value: ml, effect: NoSchedule}, {key: own, effect: NoExecute}]
  other: {nodeClass: gpu}
"""
GPU = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
OF_THE_POOL = [
    {"key": "team", "operator": "Equal", "value": "ml", "effect": "NoSchedule"},
    {"key": "own", "operator": "Exists", "effect": "NoExecute"},
]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{nodePool: gpu}", [GPU, *OF_THE_POOL]),
        ("{nodePool: other}", [GPU]),
        ("{}", [GPU]),
        ("{nodePool: gpu, tolerations: [{operator: Exists}]}", [{"operator": "Exists"}]),
    ],
)
def test_the_taints_of_the_pool_are_tolerated(options, expected):
    """Unless its tolerations are said, which count as they are; those that are there already are not repeated."""
    for test in ("gpu", "efa"):
        charts = smoke_test_objects(parse_cluster(f"{TEXT}smokeTests: {{{test}: {options}}}\n", "x"))
        ((pod,),) = charts.values()
        assert pod["spec"]["tolerations"] == expected


@pytest.mark.parametrize(
    ("toleration", "is_tolerated"),
    [
        (Toleration(operator="Exists"), True),
        (Toleration(key="a", operator="Exists"), True),
        (Toleration(key="a", value="b"), True),
        (Toleration(key="a", operator="Equal", value="b", effect="NoSchedule"), True),
        (Toleration(key="a", value="c"), False),
        (Toleration(key="b", operator="Exists"), False),
        (Toleration(key="a", operator="Exists", effect="NoExecute"), False),
    ],
)
def test_what_is_tolerated_already_is_left_out(toleration, is_tolerated):
    """As the scheduler compares them: an empty key or effect matches all, Equal compares the value."""
    taint = Taint(key="a", value="b", effect="NoSchedule")
    assert (tolerations_of([taint], beside=[toleration]) == []) is is_tolerated
