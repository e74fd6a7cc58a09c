"""Slips that mypy and pyright both find, each on a line that says so. Nobody runs this."""

import cdk8s_eks_gpu
from cdk8s_eks_gpu import (
    Disruption,
    GpuApp,
    GpuStack,
    Ignore,
    NodeClass,
    NodeClassOptions,
    NodePool,
    NodePoolOptions,
    NvidiaDevicePlugin,
    NvidiaDevicePluginOptions,
    RootVolume,
    Taint,
    cdk8s,
    check,
    ignore,
    load_cluster,
    reports,
    versions,
)

app = GpuApp("dist", preflight="off")  # mistake: a text for true or false
chart = cdk8s.Chart(app, "gpu")
config = load_cluster("cluster.yaml")

cdk8s_eks_gpu.NodePol  # mistake: no such name
NodePoolOptions(node_clas="gpu")  # mistake: no such option
NodePoolOptions(nodeClass="gpu")  # mistake: spelt as in cluster.yaml
NodePoolOptions()  # mistake: a required option is missing
NodePoolOptions(node_class="gpu", capacity_types=["spott"])  # mistake: none of the values
NodePoolOptions(node_class="gpu", replicas="2")  # mistake: a text for a number
NodePoolOptions(node_class="gpu", taints=[{"key": "a", "effect": "NoSchedule"}])  # mistake: a dictionary for a Taint
NodePoolOptions(node_class="gpu", taints=Taint(key="a", effect="NoSchedule"))  # mistake: one for a list
NodePoolOptions(node_class="gpu", disruption=Disruption(consolidate_after=20))  # mistake: a number for a duration
NodeClassOptions(role="nodes", ami="al2023@latest", root_volume="300Gi")  # mistake: a text for a RootVolume
NodeClassOptions(role="nodes", ami="al2023@latest", root_volume=RootVolume(sise="300Gi"))  # mistake: no such option
NvidiaDevicePluginOptions(mig_strategy="some")  # mistake: none of the values
Ignore(rule="ami/lastest", reason="x")  # mistake: no such rule

NodeClass(chart, "gpu", NodePoolOptions(node_class="gpu"))  # mistake: the options of another construct
NodePool(chart, "gpu")  # mistake: the options are missing
NodePool("gpu", "gpu", NodePoolOptions(node_class="gpu"))  # mistake: a text for a scope
NvidiaDevicePlugin(chart, "plugin", options=NvidiaDevicePluginOptions(), efa="yes")  # mistake: a text for true or false
GpuStack(app, "cluster.yaml")  # mistake: a path for a configuration
GpuStack(app, config).node_pool  # mistake: no such attribute

ignore(chart, "ami/lastest", reason="x")  # mistake: no such rule
ignore(chart, "ami/latest")  # mistake: the reason is missing
versions(app, karpenter=1.15)  # mistake: a number for a version
check("dist")  # mistake: a path for texts
reports(app).ok  # mistake: several reports
