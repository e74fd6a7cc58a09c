from cdk8s_eks_gpu import EfaDevicePlugin, EfaDevicePluginOptions, cdk8s

app = cdk8s.App()
chart = cdk8s.Chart(app, "plugins")
options = EfaDevicePluginOptions(
    supported_instance_types=["p5.48xlarge", "p5en.48xlarge"]
)
EfaDevicePlugin(chart, "efa", options, region="eu-central-1")
app.synth()
