import pytest

from cdk8s_eks_gpu.errors import ConfigError
from cdk8s_eks_gpu.explain import read_stack

from .manifests import pod, pool, requirement


def test_every_problem_is_collected_with_its_path():
    """All that is wrong in all manifests is said at once: kind, name, path, value and hint."""
    bad_pool = pool(
        requirement("karpenter.k8s.aws/instance-famly", "In", "p5"),
        requirement("a", "Im", "1"),
        taints=[{"key": "a", "effect": "NoSched"}],
        limits={"cpu": "many"},
    )
    bad_pod = pod({"memory": "5gi", "cpu": -1}, nodeSelector={"a": 1})
    with pytest.raises(ConfigError) as caught:
        read_stack([bad_pool, bad_pod, "text"], "stack.yaml")
    spec = "NodePool/gpu: spec.template.spec"
    resources = "Pod/pod: spec.containers[0].resources.requests"
    assert str(caught.value).splitlines() == [
        (
            f"stack.yaml: {spec}.requirements[0].key: 'karpenter.k8s.aws/instance-famly' is no label that Karpenter knows, "
            "and its domain is Karpenter's own (did you mean 'karpenter.k8s.aws/instance-family'?)"
        ),
        (
            f"stack.yaml: {spec}.requirements[1].operator: operator 'Im' is none of In, NotIn, Exists, DoesNotExist, Gt, "
            "Lt, Gte, Lte"
        ),
        (
            "stack.yaml: NodePool/gpu: spec.limits.cpu: 'many' is no quantity: it is not a number followed by at most one "
            "unit"
        ),
        (
            f"stack.yaml: {spec}.taints[0].effect: 'NoSched' is none of NoSchedule, PreferNoSchedule, NoExecute "
            "(did you mean 'NoSchedule'?)"
        ),
        "stack.yaml: Pod/pod: spec.nodeSelector.a: 1 is not a string",
        f"stack.yaml: {resources}.memory: '5gi' is no quantity: unknown unit 'gi' (did you mean 'Gi'?)",
        f"stack.yaml: {resources}.cpu: '-1' is below 0",
        "stack.yaml: 'text' is no Kubernetes manifest",
    ]


@pytest.mark.parametrize("spec", [None, "text", [1], {"template": []}, {"template": {"spec": {"requirements": {}}}}])
def test_malformed_pools_never_crash(spec):
    """A pool of any form is read or refused, and never ends in a traceback."""
    manifest = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "a"}, "spec": spec}
    if spec is None:
        assert read_stack([manifest], "a").pools[0].name == "a"
    else:
        with pytest.raises(ConfigError, match="is not a"):
            read_stack([manifest], "a")


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"kind": "Job"},
        {"kind": "CronJob", "spec": {"jobTemplate": None}},
        {"kind": "ConfigMap", "data": {"a": "b"}},
        {"kind": "AccessList", "spec": {}},
        {"kind": "List", "items": []},
    ],
)
def test_other_manifests_are_no_problem(manifest):
    """What makes no pods, or has nothing in it yet, is let through."""
    assert read_stack([manifest], "a").pools == ()
