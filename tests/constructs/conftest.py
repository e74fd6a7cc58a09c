import cdk8s
import pytest

from cdk8s_eks_gpu.constructs.node import start_node
from cdk8s_eks_gpu.constructs.preflight import Versions, checked_elsewhere

start_node()


@pytest.fixture
def chart():
    """Return a chart to put single constructs in. Its namespace would be stamped on every object.

    It is left alone by the preflight: one object is no stack, and one with every option set contradicts itself.
    """
    app = cdk8s.Testing.app()
    checked_elsewhere(app, Versions())
    return cdk8s.Chart(app, "chart", namespace="stamped")


@pytest.fixture
def manifests():
    """Return the function that gives a chart's manifests by kind and name."""
    return lambda chart: {f"{one['kind']}/{one['metadata']['name']}": one for one in cdk8s.Testing.synth(chart)}
