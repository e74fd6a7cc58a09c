from cdk8s_eks_gpu import ExtraManifests, cdk8s

app = cdk8s.App()
chart = cdk8s.Chart(app, "jobs")
ExtraManifests(chart, "files", ["job.yaml"])
app.synth()
