"""Admission: its words, and what it does where CEL cannot be evaluated."""

import pytest
from tests.pure.preflight.stacks import checked, found, node_class, pod, pool

from cdk8s_eks_gpu.admission import objects
from cdk8s_eks_gpu.admission.schema import cel, validation

KNATIVE = {
    "apiVersion": "serving.knative.dev/v1",
    "kind": "Service",
    "metadata": {"name": "a"},
    "spec": {"template": {"spec": {"containerConcurrency": 1, "containers": [{"image": "a:1"}]}}},
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dnsPolicy": "Defaults"}, 'Unsupported value: "Defaults": supported values: "ClusterFirst", '),
        ({"containers": [{"name": "a"}]}, "Required value."),
        ({"containers": [{"name": "a", "image": "a:1"}] * 2}, 'Duplicate value: "a".'),
        ({"hostUsers": False, "hostPID": True}, "Forbidden: may not be true when `hostUsers` is false."),
        ({"activeDeadlineSeconds": 0}, "Invalid value: 0: must be between 1 and 2147483647, inclusive."),
        ({"nodeSelecter": {}}, 'unknown field "spec.nodeSelecter".'),
        ({"hostname": 5}, "Invalid value: 5: must be of type string, and is integer."),
    ],
)
def test_messages_are_those_of_the_api_server(changes, message):
    """A finding begins as a field error of kube-apiserver does; what to do about it stands beside it."""
    (finding,) = checked(pod(**changes), only=["schema", "core"]).findings
    assert finding.message.startswith(message)
    assert finding.fix


def test_a_typing_error_is_named_in_the_fix():
    """The message is the server's; the fix says which word was meant."""
    (finding,) = checked(pod(dnsPolicy="Defalt"), only=["core"]).findings
    assert finding.fix == "Did you mean Default?"


def test_templates_of_knative_are_not_pods():
    """Their spec has fields of its own and containers without names, so that a pod's schema would refuse it."""
    assert found(checked(KNATIVE)) == ["schema/skipped Service/a"]


@pytest.fixture
def without_cel(monkeypatch):
    """A platform for which CEL has no wheel."""
    for module in (objects, cel, validation):
        monkeypatch.setattr(module, "can_evaluate", lambda: False)
    monkeypatch.setattr(cel.CelRule, "holds", None)


def test_without_cel_the_report_says_so_once(without_cel):  # noqa: ARG001 -- the fixture takes CEL away
    """Nothing crashes, and one note says that CEL rules were not evaluated."""
    broken = node_class(role=None, kubelet={"maxPods": "many"}, tags={"a" * 500: "b"})
    report = checked(broken, pool("a", weight=200), pool("b"), karpenter="1.14", only=["schema", "cel"])
    assert [finding.rule.id for finding in report.findings if finding.rule.group == "cel"] == ["cel/not-evaluated"]
    assert {finding.path for finding in report.findings if finding.rule.group == "schema"} == {
        "spec.kubelet.maxPods",
        "spec.weight",
    }
