"""What `eks-gpu init` writes: a configuration for what the GPUs are for, and what belongs beside it."""

from cdk8s_eks_gpu.starting_points.project import Project, project_files

__all__ = ["Project", "project_files"]
