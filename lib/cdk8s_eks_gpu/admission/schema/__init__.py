"""The shape of objects: the schemas of Kubernetes and of Karpenter's CRDs, version by version."""
