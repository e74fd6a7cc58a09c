"""What nodes have, and what is left for pods."""

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.provisioning.node_arithmetic import capacity
from cdk8s_eks_gpu.provisioning.node_class import NodeClass
from cdk8s_eks_gpu.quantity import parse_quantity


def test_capacity_is_what_limits_are_compared_with():
    """Capacity is before overhead, but for memory after what the virtual machine takes."""
    resources = capacity(catalogue().find("g5g.xlarge"), NodeClass("gpu"))
    assert resources["cpu"] == 4
    assert resources["memory"] == parse_quantity("7518Mi")  # 8192 less 64 for Graviton, less 7.5% rounded up
    assert resources[vocabulary.GPU] == 1
    assert vocabulary.EFA not in resources
