"""A team's cdk8s app: a CPU pool of its own imported classes, and a GPU pool of ours beside it. Run `python app.py`."""

from cdk8s_eks_gpu import (
    Disruption,
    NodeClass,
    NodeClassOptions,
    NodePool,
    NodePoolOptions,
    NvidiaDevicePlugin,
    cdk8s,
    versions,
)

# isort: split
from imports.sh import karpenter  # what `cdk8s import` wrote; below the constructs, which find a Node.js for cdk8s


class CpuPool(cdk8s.Chart):
    """What the app had before: a pool for everything without a GPU."""

    def __init__(self, app: cdk8s.App) -> None:
        """Make the pool, with the classes of Karpenter 1.0's CRDs."""
        super().__init__(app, "cpu")
        spec = karpenter.NodePoolSpecTemplateSpec(
            node_class_ref=karpenter.NodePoolSpecTemplateSpecNodeClassRef(
                group="karpenter.k8s.aws", kind="EC2NodeClass", name="default"
            ),
            requirements=[
                karpenter.NodePoolSpecTemplateSpecRequirements(
                    key="karpenter.k8s.aws/instance-category",
                    operator=karpenter.NodePoolSpecTemplateSpecRequirementsOperator.IN,
                    values=["c", "m"],
                ),
            ],
        )
        karpenter.NodePool(
            self,
            "default",
            metadata=cdk8s.ApiObjectMetadata(name="default"),
            spec=karpenter.NodePoolSpec(
                template=karpenter.NodePoolSpecTemplate(spec=spec),
                limits={"cpu": karpenter.NodePoolSpecLimits.from_string("1000")},
            ),
        )


class Gpu(cdk8s.Chart):
    """What was added: NVIDIA's device plugin, a pool with GPUs, and the node class of both pools."""

    def __init__(self, app: cdk8s.App) -> None:
        """Make them, with the constructs of cdk8s-eks-gpu."""
        super().__init__(app, "gpu")
        node_class = NodeClass(
            self,
            "default",
            NodeClassOptions(role="KarpenterNodeRole-training", ami="al2023@v20251112", discovery="training"),
        )
        NvidiaDevicePlugin(self, "nvidia")
        NodePool(
            self,
            "gpu",
            NodePoolOptions(
                node_class=node_class.name,
                instance_families=["g6", "g6e"],
                capacity_types=["on-demand"],
                limits={"nvidia.com/gpu": 16},
                disruption=Disruption(consolidation_policy="WhenEmpty", consolidate_after="20m"),
            ),
        )


app = cdk8s.App()
versions(app, karpenter="1.14.1", kubernetes="1.34")
CpuPool(app)
Gpu(app)
app.synth()
