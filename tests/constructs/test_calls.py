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
def test_an_object_takes_three_calls_and_its_construct_one(calls, kind, namespace):
    """A thousand pools take a thousand times as long, and no longer."""
    chart = cdk8s.Chart(cdk8s.App(), "chart", namespace=namespace)
    SINGLE[kind](chart, OBJECTS)  # what is asked once for all, such as the chart's namespace
    calls.clear()
    for number in range(OBJECTS):
        SINGLE[kind](chart, number)
    assert len(calls) <= OBJECTS * 4


def test_the_whole_stack_takes_three_calls_for_an_object(calls, tmp_path):
    """From a configuration to its tree: an object takes three calls at most, a chart or a construct around it one.

    What is ignored takes two more.
    """
    app = GpuApp(str(tmp_path / "dist"))
    calls.clear()
    config = load_cluster("cluster.yaml")
    GpuStack(app, config)
    found = list(calls)
    app.synth()
    objects = sum(file.read_text().count("\nkind: ") for file in (tmp_path / "dist").rglob("*.yaml"))
    around = sum("Chart" in str(call.fqn) or "Construct" in str(call.fqn) for call in found if hasattr(call, "fqn"))
    assert objects == 26
    assert len(found) <= 3 * objects + around + 2 * len(config.ignore)
