from cdk8s_eks_gpu import (
    Disruption,
    NodeClass,
    NodeClassOptions,
    NodePool,
    NodePoolOptions,
    cdk8s,
    versions,
)

app = cdk8s.App()
versions(app, karpenter="1.14.1", kubernetes="1.34")
chart = cdk8s.Chart(app, "nodes")
node_class = NodeClass(
    chart,
    "gpu",
    NodeClassOptions(
        role="KarpenterNodeRole-training",
        ami="al2023@v20251112",
        discovery="training",
    ),
)
options = NodePoolOptions(
    node_class=node_class.name,
    instance_types=["g6.12xlarge", "g6e.12xlarge"],
    capacity_types=["on-demand"],
    limits={"nvidia.com/gpu": 16},
    disruption=Disruption(
        consolidation_policy="WhenEmpty", consolidate_after="20m"
    ),
)
NodePool(chart, "inference", options)
app.synth()
