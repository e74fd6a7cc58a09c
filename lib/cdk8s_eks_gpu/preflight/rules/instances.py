"""Which machines a pool admits, and whether it should."""

from __future__ import annotations

from cdk8s_eks_gpu.findings.rule import Rule, Severity

_TYPES = "https://karpenter.sh/docs/reference/instance-types/"
_POOLS = "https://karpenter.sh/docs/concepts/nodepools/"

NONE_ADMITTED = Rule(
    "instances/none-admitted",
    Severity.ERROR,
    "No instance type satisfies the pool's requirements.",
    "Karpenter never makes a node from the pool, and says so only in its log.",
    _TYPES,
    "Loosen the requirement that leaves out the most; `eks-gpu explain` shows what each of them does.",
)
MIN_VALUES = Rule(
    "instances/min-values-unmet",
    Severity.ERROR,
    "The admitted instance types have fewer different values of a label than `minValues` asks for.",
    "Karpenter then makes no node at all from the pool.",
    f"{_POOLS}#min-values",
    "Lower `minValues`, or admit more types.",
)
UNKNOWN_VALUE = Rule(
    "instances/unknown-value",
    Severity.WARNING,
    "A requirement names a value that no known instance type has.",
    "It is a slip, or a type that is newer than the facts here; a slip narrows the pool without a word.",
    _TYPES,
    "Correct the value.",
)
AMD_GPU = Rule(
    "instances/amd-gpu",
    Severity.WARNING,
    "The pool admits machines with AMD GPUs.",
    "They register amd.com/gpu: pods that ask for nvidia.com/gpu never run there, CUDA does not either.",
    _TYPES,
    "Add the requirement karpenter.k8s.aws/instance-gpu-manufacturer In [nvidia].",
)
FRACTIONAL_GPU = Rule(
    "instances/fractional-gpu",
    Severity.WARNING,
    "The pool admits machines with a fraction of a GPU.",
    "EC2 counts them as having 0 GPUs: Karpenter never takes them for a GPU pod, and may take them for any other.",
    "https://github.com/aws/karpenter-provider-aws/issues/8368",
    "Add the requirement karpenter.k8s.aws/instance-family NotIn [g6f, gr6f].",
)
DRIVER = Rule(
    "instances/driver",
    Severity.WARNING,
    "The pool admits machines whose GPUs need a newer driver than the AMI has.",
    "The node starts, the driver does not load, no GPU is registered, and Karpenter starts the next one.",
    "https://github.com/awslabs/amazon-eks-ami/pull/2747",
    "Leave the family out by karpenter.k8s.aws/instance-family NotIn, or use an AMI with the newer driver.",
)
ARM64 = Rule(
    "instances/arm64",
    Severity.WARNING,
    "The pool admits arm64 machines.",
    "An image that is built for amd64 only does not start there: exec format error.",
    _TYPES,
    "Add the requirement kubernetes.io/arch In [amd64], or use images for both.",
)
OTHER_TRAP = Rule(
    "instances/trap",
    Severity.WARNING,
    "The pool admits machines that a GPU pod had better not get.",
    "The message says what goes wrong on them.",
    _TYPES,
    "Add the requirement that the message names.",
)
LIMIT_TOO_SMALL = Rule(
    "instances/limit-too-small",
    Severity.ERROR,
    "A limit of the pool is smaller than the smallest machine that it admits.",
    "Karpenter makes no node that would exceed the limit, and so none at all.",
    f"{_POOLS}#speclimits",
    "Raise the limit to that of one machine at least, or admit smaller machines.",
)

RULES = (
    NONE_ADMITTED,
    MIN_VALUES,
    UNKNOWN_VALUE,
    AMD_GPU,
    FRACTIONAL_GPU,
    DRIVER,
    ARM64,
    OTHER_TRAP,
    LIMIT_TOO_SMALL,
)
