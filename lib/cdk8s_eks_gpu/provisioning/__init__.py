"""What Karpenter and the kube-scheduler would do with the manifests, as values."""

REHEARSED_AGAINST = {"karpenter": "1.14.1", "kubernetes": "1.34.4"}
"""The releases whose answers the predictions here were held against (docs/rehearsed.md)."""
