from cdk8s_eks_gpu import HelmRelease, HelmReleaseOptions, cdk8s

app = cdk8s.App()
chart = cdk8s.Chart(app, "research")
options = HelmReleaseOptions(
    repository="https://charts.example.com",
    chart="gpu-quota",
    version="1.0.0",
    release="gpus",
    namespace="research",
    kubernetes_version="1.34",
    values=[{"gpus": 16}],
)
HelmRelease(chart, "quota", options)
app.synth()
