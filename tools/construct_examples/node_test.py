from cdk8s_eks_gpu import NodeTest, NodeTestOptions, cdk8s

app = cdk8s.App()
chart = cdk8s.Chart(app, "tests")
NodeTest(
    chart, "node", NodeTestOptions(node_pool="train", instance_type="p5.48xlarge")
)
app.synth()
