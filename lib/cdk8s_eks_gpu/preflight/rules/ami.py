"""The machine images of a node class."""

from __future__ import annotations

from cdk8s_eks_gpu.findings.rule import Rule, Severity

_TERMS = "https://karpenter.sh/docs/concepts/nodeclasses/#specamiselectorterms"
_MANAGING = "https://karpenter.sh/docs/tasks/managing-amis/"

LATEST = Rule(
    "ami/latest",
    Severity.WARNING,
    "The AMI is an alias with the version latest.",
    (
        "Whenever AWS releases an AMI, every node of the class counts as drifted and is replaced, with the jobs on it;"
        " and the new image, driver included, was tested by nobody here (karpenter-provider-aws issues 6862 and 6952)."
    ),
    _MANAGING,
    "Pin the version, for instance al2023@v20251112, and raise it when the new one is tested.",
)
AL2 = Rule(
    "ami/al2-gone",
    Severity.ERROR,
    "The AMI is Amazon Linux 2, for which there is none for this Kubernetes version.",
    "EKS publishes AL2 images up to Kubernetes 1.32 only; Karpenter finds no AMI and sets the node class not ready.",
    "https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-deprecation-faqs.html",
    "Use al2023.",
)
NO_GPU_DRIVER = Rule(
    "ami/no-nvidia",
    Severity.ERROR,
    "Pods ask for nvidia.com/gpu on a pool whose AMI family has no image with the NVIDIA driver.",
    "Karpenter's Windows families have no accelerated image: no GPU is ever registered.",
    _TERMS,
    "Use al2023 or bottlerocket, which Karpenter turns into their NVIDIA variants by itself.",
)
CUSTOM_WITHOUT_USER_DATA = Rule(
    "ami/custom-without-user-data",
    Severity.WARNING,
    "The AMI family is Custom, and there is no `userData`.",
    "Karpenter adds nothing by itself for Custom: unless the image joins the cluster on its own, no node ever does.",
    "https://karpenter.sh/docs/concepts/nodeclasses/#custom",
    "Add `userData` that joins the cluster, or name the family that the image is of.",
)

RULES = (LATEST, AL2, NO_GPU_DRIVER, CUSTOM_WITHOUT_USER_DATA)
