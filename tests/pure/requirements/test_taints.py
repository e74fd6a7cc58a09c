import pytest

from cdk8s_eks_gpu.requirements import Taint, Toleration, untolerated

GPU = Taint("nvidia.com/gpu", "NoSchedule", "present")
SLOW = Taint("slow", "PreferNoSchedule")
SLA = Taint("sla", "NoExecute", "950")


@pytest.mark.parametrize(
    ("taints", "tolerations", "left"),
    [
        ([], [], []),
        ([GPU], [], [GPU]),
        ([GPU], [Toleration(operator="Exists")], []),
        ([GPU], [Toleration("nvidia.com/gpu", "Exists")], []),
        ([GPU], [Toleration("nvidia.com/gpu", "Exists", effect="NoSchedule")], []),
        ([GPU], [Toleration("nvidia.com/gpu", "Exists", effect="NoExecute")], [GPU]),
        ([GPU], [Toleration("nvidia.com/gpu", "Equal", "present")], []),
        ([GPU], [Toleration("nvidia.com/gpu", "Equal", "true")], [GPU]),
        ([GPU], [Toleration("nvidia.com/gpu")], [GPU]),
        ([GPU], [Toleration("amd.com/gpu", "Exists")], [GPU]),
        ([GPU, SLA], [Toleration("nvidia.com/gpu", "Exists")], [SLA]),
        ([SLOW], [], []),
        ([SLA], [Toleration("sla", "Gt", "900")], []),
        ([SLA], [Toleration("sla", "Gt", "950")], [SLA]),
        ([SLA], [Toleration("sla", value="950")], []),
        ([SLA], [Toleration("sla", "Lt", "951")], []),
        ([SLA], [Toleration("sla", "Lt", "950")], [SLA]),
        ([SLA], [Toleration("sla", "Lt", "low")], [SLA]),
    ],
)
def test_untolerated_taints(taints, tolerations, left):
    """A pod is kept off by the taints that none of its tolerations matches, and never by a preference."""
    assert untolerated(taints, tolerations) == tuple(left)


@pytest.mark.parametrize(
    ("taint", "text"), [(GPU, "nvidia.com/gpu=present:NoSchedule"), (SLOW, "slow:PreferNoSchedule")]
)
def test_text(taint, text):
    """A taint prints as kubectl writes it."""
    assert str(taint) == text
