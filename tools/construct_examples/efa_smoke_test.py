from cdk8s_eks_gpu import EfaSmokeTest, EfaSmokeTestOptions, cdk8s

app = cdk8s.App()
chart = cdk8s.Chart(app, "tests")
options = EfaSmokeTestOptions(
    node_pool="train",
    gpus=8,
    efa_interfaces=32,
    cpu=16,
    memory="128Gi",
    shared_memory="64Gi",
)
EfaSmokeTest(chart, "efa", options)
app.synth()
