"""A cdk8s app of your own that composes the constructs one by one. Run it with `python app.py`, or `cdk8s synth`."""

from cdk8s_eks_gpu import (
    Disruption,
    EfaDevicePlugin,
    NodeClass,
    NodeClassOptions,
    NodePool,
    NodePoolOptions,
    NvidiaDevicePlugin,
    cdk8s,
    ignore,
    versions,
)

app = cdk8s.App()
versions(app, karpenter="1.14.1", kubernetes="1.34")

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
        capacity_types=["on-demand"],
        zones=["us-west-2a"],
        limits={"nvidia.com/gpu": 64},
        disruption=Disruption(consolidation_policy="WhenEmpty", consolidate_after="30m"),
    ),
)
ignore(plugins, "efa/plugin-without-device", reason="Every pod here asks for EFA.", object="DaemonSet/*")

app.synth()
