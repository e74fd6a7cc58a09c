import pytest

from cdk8s_eks_gpu.constructs.node import start_node

start_node()  # before cdk8s, which starts the Node.js of the PATH where nobody has chosen one

import cdk8s  # noqa: E402


@pytest.fixture
def chart():
    """Return a chart to put single constructs in. Its namespace would be stamped on every object."""
    return cdk8s.Chart(cdk8s.Testing.app(), "chart", namespace="stamped")


@pytest.fixture
def manifests():
    """Return the function that gives a chart's manifests by kind and name."""
    return lambda chart: {f"{each['kind']}/{each['metadata']['name']}": each for each in cdk8s.Testing.synth(chart)}
