"""What a pod asks for in all."""

from decimal import Decimal

import pytest
from tests.pure.provisioning.manifests import ask, container, pod

from cdk8s_eks_gpu.manifests import Cursor


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [container({"cpu": "1"}), container({"cpu": "500m"})]}, "1500m"),
        ({"containers": [container({"cpu": "1"}, {"cpu": "2"})]}, "1"),
        ({"containers": [container({"cpu": 1.5})]}, "1500m"),
        ({"containers": [container({"cpu": "1"})], "initContainers": [container({"cpu": "3"})]}, "3"),
        (
            {
                "containers": [container({"cpu": "1"})],
                "initContainers": [container({"cpu": "2"}), container({"cpu": "3"})],
            },
            "3",
        ),
        (
            {
                "containers": [container({"cpu": "1"})],
                "initContainers": [container({"cpu": "2"}, restartPolicy="Always"), container({"cpu": "3"})],
            },
            "5",
        ),
        (
            {
                "containers": [container({"cpu": "4"})],
                "initContainers": [container({"cpu": "2"}, restartPolicy="Always"), container({"cpu": "3"})],
            },
            "6",
        ),
        (
            {
                "containers": [container({"cpu": "1"})],
                "initContainers": [container({"cpu": "3"}), container({"cpu": "1"}, restartPolicy="Always")],
            },
            "3",
        ),
        ({"containers": [container({"cpu": "1"})], "overhead": {"cpu": "250m"}}, "1250m"),
        ({"containers": [container({"cpu": "1"})], "resources": {"requests": {"cpu": "2"}}}, "2"),
        ({"containers": [container({"cpu": "1"})], "resources": {"limits": {"cpu": "2"}}}, "1"),
        ({"containers": [container()], "resources": {"limits": {"cpu": "2"}}}, "2"),
    ],
)
def test_requests_of_a_pod(spec, cpu):
    """Containers, init containers, sidecars, pod-level requests and overhead add up as Kubernetes adds them."""
    (found,) = ask(pod(**spec)).workloads
    assert found.workload.pod.requests == ask(pod({"cpu": cpu})).workloads[0].workload.pod.requests


def test_what_is_no_quantity():
    """It counts as absent, whatever YAML made of it: admission refuses it."""
    found = {"a": 1, "b": "2Ki", "c": 0.5, "d": True, "e": None, "f": [1], "g": {"h": 1}, "i": "one", "j": float("nan")}
    assert Cursor(found).quantities() == {"a": 1, "b": 2048, "c": Decimal("0.5")}
