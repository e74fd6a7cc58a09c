"""How often Node.js is asked: each call costs as much as all that Python does for an object."""

import cdk8s
import jsii
import pytest

from cdk8s_eks_gpu.config.load import load_cluster
from cdk8s_eks_gpu.constructs import (
    GpuApp,
    GpuSmokeTest,
    GpuStack,
    NodeClass,
    NodeClassOptions,
    NodePool,
    NodePoolOptions,
)

OBJECTS = 20
SINGLE = {
    "NodePool": lambda chart, number: NodePool(
        chart, f"pool-{number}", NodePoolOptions(node_class="gpu", limits={"cpu": 1000 + number, "memory": "2Ti"})
    ),
    "EC2NodeClass": lambda chart, number: NodeClass(
        chart, f"class-{number}", NodeClassOptions(role="nodes", ami="al2023@latest", discovery="training")
    ),
    "Pod": lambda chart, number: GpuSmokeTest(chart, f"pod-{number}"),
}


@pytest.fixture
def calls(monkeypatch):
    """Return the list that each call into Node.js is put into, by its name."""
    found = []
    process = type(jsii.kernel.provider._process)  # noqa: SLF001 -- there is no public way to count
    send = process.send
    monkeypatch.setattr(
        process, "send", lambda self, request, *rest: found.append(request) or send(self, request, *rest)
    )
    return found


@pytest.mark.parametrize("namespace", [None, "stamped"])
@pytest.mark.parametrize("kind", SINGLE)
def test_a_construct_and_its_object_take_one_call(calls, kind, namespace):
    """A thousand pools take a thousand times as long, and no longer."""
    chart = cdk8s.Chart(cdk8s.App(), "chart", namespace=namespace)
    calls.clear()
    for number in range(OBJECTS):
        SINGLE[kind](chart, number)
    assert len(calls) == OBJECTS


@pytest.mark.parametrize("pools", [1, OBJECTS])
def test_a_stack_takes_one_call_for_each_chart_and_kind(calls, tmp_path, pools):
    """From a configuration to its tree: how many objects there are makes no difference."""
    app = GpuApp(str(tmp_path / "dist"))
    config = load_cluster("cluster.yaml")
    more = {f"pool-{number}": pool for pool in config.node_pools.values() for number in range(1, pools)}
    config = config.model_copy(update={"node_pools": {**config.node_pools, **more}})
    calls.clear()
    stack = GpuStack(app, config)
    assert len(stack.node_pools) == pools
    assert len(calls) == 2 * len(stack.charts) + 1  # a chart, and its objects: of two kinds in that of the pools
