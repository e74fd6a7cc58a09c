from cdk8s_eks_gpu import NcclTest, NcclTestOptions, cdk8s

app = cdk8s.App()
chart = cdk8s.Chart(app, "tests")
options = NcclTestOptions(
    node_pool="train",
    instance_type="p5.48xlarge",
    zone="us-west-2a",
    launcher="mpi-operator",
)
NcclTest(chart, "nccl", options)
app.synth()
