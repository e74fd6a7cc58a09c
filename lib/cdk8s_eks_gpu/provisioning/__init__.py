"""What Karpenter and the kube-scheduler would do with the manifests, as values."""
