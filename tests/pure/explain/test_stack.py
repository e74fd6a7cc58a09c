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
    found = [(problem.path, problem.message) for problem in caught.value.problems]
    spec = "NodePool/gpu: spec.template.spec"
    resources = "Pod/pod: spec.containers[0].resources.requests"
    assert [path for path, _ in found] == [
        f"{spec}.requirements[0].key",
        f"{spec}.requirements[1].operator",
        "NodePool/gpu: spec.limits.cpu",
        f"{spec}.taints[0].effect",
        "Pod/pod: spec.nodeSelector.a",
        f"{resources}.memory",
        f"{resources}.cpu",
        "",
    ]
    expected = [
        "did you mean 'karpenter.k8s.aws/instance-family'?",
        "operator 'Im' is none of In, NotIn, Exists, DoesNotExist, Gt, Lt, Gte, Lte",
        "'many' is no quantity: it is not a number followed by at most one unit",
        "did you mean 'NoSchedule'?",
        "1 is not a string",
        "did you mean 'Gi'?",
        "'-1' is below 0",
        "'text' is no Kubernetes manifest",
    ]
    assert all(part in message for (_, message), part in zip(found, expected, strict=True))


def test_one_name_twice():
    """Two pools or two workloads of one name would hide each other in the answer."""
    with pytest.raises(ConfigError) as caught:
        read_stack([pool(), pool(), pod(), pod(), pod(name="other")], "a")
    assert [problem.path for problem in caught.value.problems] == ["NodePool/gpu", "Pod/default/pod"]


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
