"""Kustomizations: what `kubectl apply -k` would apply, as far as it can be built without the network."""

from cdk8s_eks_gpu.manifests.kustomize.build import Build, Kustomize

__all__ = ["Build", "Kustomize"]
