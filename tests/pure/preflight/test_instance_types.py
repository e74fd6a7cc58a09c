"""The machines that pools admit, and their images."""

import pytest
from tests.pure.preflight.stacks import checked, found, node_class, pod, pool

CATEGORIES = {"karpenter.k8s.aws/instance-category": ["g", "p"]}
AMD64 = {"kubernetes.io/arch": ["amd64"]}
TYPE = "node.kubernetes.io/instance-type"


def rules_of(*manifests, **versions):
    """Return what the groups instances and ami say."""
    return found(checked(*manifests, only=["instances", "ami"], **versions))


def test_categories_g_and_p_admit_instance_types_that_do_not_suit_a_gpu_pod():
    """AMD, fractional and driver-less GPUs are named; without the arch requirement arm64 ones too."""
    traps = ["instances/amd-gpu NodePool/gpu", "instances/driver NodePool/gpu", "instances/fractional-gpu NodePool/gpu"]
    plain = pod("plain", limits={"cpu": 1})
    assert rules_of(pool(requirements={**CATEGORIES, **AMD64}), node_class(), pod(), plain) == traps
    assert rules_of(pool(requirements=CATEGORIES), node_class(), pod(), plain) == sorted(
        [*traps, "instances/arm64 NodePool/gpu"]
    )


def test_the_fix_of_each_trap_fixes_it():
    """Adding the requirement that a finding names makes the finding go away."""
    narrow = pool(requirements={**CATEGORIES, **AMD64, "karpenter.k8s.aws/instance-gpu-manufacturer": ["nvidia"]})
    narrow["spec"]["template"]["spec"]["requirements"].append(
        {"key": "karpenter.k8s.aws/instance-family", "operator": "NotIn", "values": ["g6f", "gr6f", "g7"]}
    )
    assert rules_of(narrow, node_class(), pod()) == []


def test_a_pool_without_gpu_pods_may_admit_what_it_likes():
    """Traps matter to pods that ask for nvidia.com/gpu only."""
    assert rules_of(pool(taints=[], requirements=CATEGORIES), node_class()) == []


def test_a_pool_that_admits_nothing_is_an_error():
    """Requirements that contradict each other leave no type."""
    assert rules_of(pool(requirements={TYPE: ["p5.48xlarge"], "kubernetes.io/arch": ["arm64"]}), node_class()) == [
        "instances/none-admitted NodePool/gpu"
    ]


def test_a_value_that_no_type_has_is_a_warning():
    """A slip in an instance type is named with the type that was meant."""
    report = checked(pool(requirements={TYPE: ["p5.48xlarge", "p5.48xlrage"]}), node_class(), only=["instances"])
    assert found(report) == ["instances/unknown-value NodePool/gpu"]
    assert report.findings[0].message.endswith("; did you mean 'p5.48xlarge'?")


def test_unmet_min_values_are_an_error():
    """Fewer types than minValues asks for launches no node at all."""
    few = pool()
    few["spec"]["template"]["spec"]["requirements"] = [
        {"key": TYPE, "operator": "Exists", "minValues": 5},
        {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["p5"]},
    ]
    assert rules_of(few, node_class()) == ["instances/min-values-unmet NodePool/gpu"]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"cpu": 100}, ["instances/limit-too-small NodePool/gpu"]),
        ({"memory": "1Ti"}, ["instances/limit-too-small NodePool/gpu"]),
        ({"nvidia.com/gpu": 4}, ["instances/limit-too-small NodePool/gpu"]),
        ({"cpu": 192, "nvidia.com/gpu": 8}, []),
        ({"cpu": 0}, ["instances/switched-off NodePool/gpu"]),
        ({"example.com/licences": "-1"}, ["instances/limit-too-small NodePool/gpu"]),
        ({"example.com/licences": "1"}, []),
    ],
)
def test_a_limit_below_the_smallest_type_makes_no_node(limits, expected):
    """A p5.48xlarge has 192 cores and 8 GPUs; a limit of 0 switches a pool off on purpose."""
    assert rules_of(pool(limits=limits), node_class()) == expected


@pytest.mark.parametrize(
    ("spec", "kubernetes", "expected"),
    [
        ({"amiSelectorTerms": [{"alias": "al2023@latest"}]}, "1.34", ["ami/latest EC2NodeClass/gpu"]),
        ({"amiSelectorTerms": [{"alias": "al2@v20240625"}]}, "1.32", []),
        ({"amiSelectorTerms": [{"alias": "al2@v20240625"}]}, "1.33", ["ami/al2-gone EC2NodeClass/gpu"]),
        ({"amiSelectorTerms": [{"alias": "windows2022@latest"}]}, "1.34", ["ami/no-nvidia EC2NodeClass/gpu"]),
        (
            {"amiSelectorTerms": [{"id": "ami-1"}], "amiFamily": "Custom"},
            "1.34",
            ["ami/custom-without-user-data EC2NodeClass/gpu"],
        ),
        ({"amiSelectorTerms": [{"id": "ami-1"}], "amiFamily": "AL2023"}, "1.34", []),
    ],
)
def test_images_that_drift_or_do_not_fit(spec, kubernetes, expected):
    """Aliases that follow every release, and families that have no image for the node."""
    assert rules_of(pool(), node_class(**spec), pod(), kubernetes=kubernetes) == expected


def test_pools_that_are_not_known_have_the_benefit_of_the_doubt():
    """No error of Windows nodes, EKS Auto Mode, or types that are not listed; what is not evaluated is a note."""
    windows = pool(requirements={"kubernetes.io/os": ["windows"], TYPE: ["m5.large"]})
    auto = pool(requirements={"eks.amazonaws.com/instance-category": ["g"]})
    auto["spec"]["template"]["spec"]["nodeClassRef"] = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "a"}
    newer = pool(requirements={"karpenter.k8s.aws/instance-family": ["p99"]})
    groups = ["instances", "scheduling", "efa"]
    windows_class = node_class(amiSelectorTerms=[{"alias": "windows2022@latest"}])
    assert found(checked(windows, windows_class, only=groups)) == []
    assert found(checked(windows, only=groups)) == []
    assert found(checked(windows, node_class(), only=groups)) == ["instances/none-admitted NodePool/gpu"]
    assert found(checked(auto, pod(), only=groups)) == ["instances/not-evaluated NodePool/gpu"]
    assert found(checked(newer, node_class(), pod(), only=groups)) == ["instances/unknown-value NodePool/gpu"]
