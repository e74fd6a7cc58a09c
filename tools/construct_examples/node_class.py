from cdk8s_eks_gpu import NodeClass, NodeClassOptions, RootVolume, cdk8s

app = cdk8s.App()
chart = cdk8s.Chart(app, "nodes")
options = NodeClassOptions(
    role="KarpenterNodeRole-training",
    ami="al2023@v20251112",
    discovery="training",
    root_volume=RootVolume(size="300Gi"),
)
NodeClass(chart, "gpu", options)
app.synth()
