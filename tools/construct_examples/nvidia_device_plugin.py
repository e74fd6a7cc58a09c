from cdk8s_eks_gpu import (
    NvidiaConfiguration,
    NvidiaDevicePlugin,
    NvidiaDevicePluginOptions,
    TimeSlicing,
    cdk8s,
)

app = cdk8s.App()
chart = cdk8s.Chart(app, "plugins")
options = NvidiaDevicePluginOptions(
    configurations={
        "shared": NvidiaConfiguration(time_slicing=TimeSlicing(replicas=4))
    },
)
NvidiaDevicePlugin(chart, "nvidia", options)
app.synth()
