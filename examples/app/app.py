"""A cdk8s app of your own that composes the constructs one by one. Run it with `python app.py`, or `cdk8s synth`."""

import cdk8s

from cdk8s_eks_gpu.constructs import (
    EfaDevicePlugin,
    NodeClass,
    NodeClassOptions,
    NodePool,
    NodePoolOptions,
    NvidiaDevicePlugin,
)

app = cdk8s.App()

plugins = cdk8s.Chart(app, "device-plugins")
NvidiaDevicePlugin(plugins, "nvidia")
EfaDevicePlugin(plugins, "efa")

nodes = cdk8s.Chart(app, "nodes")
node_class = NodeClass(
    nodes,
    "training",
    NodeClassOptions(
        role="KarpenterNodeRole-training",
        ami="al2023@v20250920",
        discovery="training",
        instance_store_policy="RAID0",
    ),
)
NodePool(
    nodes,
    "p5",
    NodePoolOptions(
        node_class=node_class.name,
        instance_types=["p5.48xlarge"],
        capacity_types=["reserved", "on-demand"],
        zones=["us-west-2a"],
        limits={"nvidia.com/gpu": 64},
    ),
)

app.synth()
