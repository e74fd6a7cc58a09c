"""`python -m cdk8s_eks_gpu` is `eks-gpu`."""

from cdk8s_eks_gpu.cli import main

main()
