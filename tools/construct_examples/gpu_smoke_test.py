from cdk8s_eks_gpu import GpuSmokeTest, GpuSmokeTestOptions, cdk8s

app = cdk8s.App()
chart = cdk8s.Chart(app, "tests")
GpuSmokeTest(chart, "gpu", GpuSmokeTestOptions(node_pool="inference"))
app.synth()
