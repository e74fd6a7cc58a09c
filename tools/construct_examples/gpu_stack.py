from cdk8s_eks_gpu import GpuStack, cdk8s, load_cluster

app = cdk8s.App()
GpuStack(app, load_cluster("cluster.yaml"))
app.synth()
