"""Manifests of any form are read leniently: what is refused of them is for `admission` to say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pure.provisioning.manifests import ask, cluster, families, names, pod, pool, requirement

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_what_cannot_be_read_counts_as_absent():
    """A requirement, quantity or selector that admission refuses keeps no type out, and ends in no traceback."""
    bad_pool = pool(families("p5"), requirement("a", "Im", "1"), taints=[7], limits={"cpu": "many"})
    found = ask(bad_pool, pod({"memory": "5gi", "cpu": True}, nodeSelector={"a": None}))
    assert names(found.pools[0].pool.types) == ["p5.48xlarge", "p5.4xlarge"]
    assert names(found.workloads[0].fits["gpu"].types) == ["p5.48xlarge", "p5.4xlarge"]


@pytest.mark.parametrize("spec", [None, "text", [1], {"template": []}, {"template": {"spec": {"requirements": {}}}}])
def test_malformed_pools_never_crash(spec):
    """A pool whose spec has any form is a pool without requirements."""
    manifest = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "a"}, "spec": spec}
    (found,) = ask(manifest).pools
    assert (found.pool.name, len(found.pool.types)) == ("a", 1392)


@settings(max_examples=50, deadline=None)
@given(JSON, JSON, JSON)
def test_no_manifest_crashes(pool_spec, class_spec, pod_spec):
    """Whatever stands in the specs of pool, node class and pod, there is an answer."""
    manifests = [
        {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "a"}, "spec": pool_spec},
        {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": ""}, "spec": class_spec},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": pod_spec},
    ]
    assert len(ask(*manifests).pools) == 1


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
    assert cluster(manifest).pools == ()
    assert cluster(manifest).workloads == ()
