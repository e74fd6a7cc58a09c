from cdk8s_eks_gpu import (
    GpuApp,
    GpuSmokeTest,
    GpuSmokeTestOptions,
    NodeClass,
    NodeClassOptions,
    cdk8s,
)

app = GpuApp()
nodes = cdk8s.Chart(app, "nodes")
options = NodeClassOptions(
    role="KarpenterNodeRole-training", ami="al2023@v20251112", discovery="training"
)
NodeClass(nodes, "gpu", options)
tests = cdk8s.Chart(app.smoke_tests, "gpu-smoke-test")
GpuSmokeTest(tests, "gpu", GpuSmokeTestOptions(namespace="default"))
app.synth()
