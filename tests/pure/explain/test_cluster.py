from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.explain.cluster import cluster_manifests

TEXT = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu: {nodeClass: gpu, labels: {team: ml}, devicePluginConfiguration: shared}
"""


def test_a_pool_has_the_label_that_chooses_its_configuration():
    """A pod that selects the nodes of a configuration finds the pool, as it will in the cluster."""
    pool = next(cluster_manifests(parse_cluster(TEXT, "x")))
    labels = pool["spec"]["template"]["metadata"]["labels"]
    assert labels == {"team": "ml", "nvidia.com/device-plugin.config": "shared"}
