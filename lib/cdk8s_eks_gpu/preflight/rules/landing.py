"""Do the pods land on the nodes that they are meant for?"""

from __future__ import annotations

from cdk8s_eks_gpu.findings.rule import Rule, Severity

_SCHEDULING = "https://karpenter.sh/docs/concepts/scheduling/"

NO_GPU = Rule(
    "landing/no-gpu-registered",
    Severity.ERROR,
    "The pool makes GPU nodes on which the NVIDIA device plugin never lands, so that no GPU is ever registered.",
    (
        "The chain is longer than it looks: the plugin waits for a label that only the worker of node feature"
        " discovery sets, and in NVIDIA's charts the worker tolerates nothing but the taint"
        " nvidia.com/gpu=present:NoSchedule. With any other taint the DaemonSets stay at DESIRED 0, the nodes start,"
        " cost money and are removed again, and nothing says why."
    ),
    "https://github.com/NVIDIA/k8s-device-plugin/blob/main/deployments/helm/nvidia-device-plugin/values.yaml",
    "Use the taint nvidia.com/gpu=present:NoSchedule, or let the worker tolerate the pool's taint too.",
)
NO_EFA = Rule(
    "landing/no-efa-registered",
    Severity.ERROR,
    "Pods ask for EFA on a pool on whose nodes the EFA device plugin never lands.",
    (
        "The plugin registers vpc.amazonaws.com/efa. Its chart tolerates CriticalAddonsOnly only, so that any taint on"
        " the pool keeps it away; the nodes start, and the pods stay pending."
    ),
    "https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin",
    "Give the DaemonSet the toleration `operator: Exists`, or one for the pool's taint.",
)
NO_HOST = Rule(
    "landing/no-host",
    Severity.ERROR,
    "No instance type that the pools admit can host the pod.",
    "Karpenter makes no node for it, and the pod stays pending.",
    _SCHEDULING,
    "Change the pod or a pool by what the nearest misses lack.",
)
RUN_TIME_LABEL = Rule(
    "landing/run-time-label",
    Severity.ERROR,
    "The pod selects a label that only appears on a running node, and no pool carries it.",
    (
        "GPU feature discovery and node feature discovery set their labels when the node runs. Karpenter decides"
        " before there is a node, knows nothing of them, and makes none."
    ),
    _SCHEDULING,
    "Select by Karpenter's own labels, or add the label to the pool's template.",
)
STARTUP_TAINT = Rule(
    "landing/startup-taint-stays",
    Severity.WARNING,
    "The pool's nodes start with a taint that nothing in the manifests could remove.",
    (
        "Whoever removes a startup taint must run on the node first, and so tolerate it. Until it is removed Karpenter"
        " does not count the node as initialised, no pod lands on it, and the node cannot be consolidated."
    ),
    "https://karpenter.sh/docs/concepts/nodepools/#spectemplatespecstartuptaints",
    "Let the DaemonSet that removes it tolerate it, or remove the startup taint.",
)

RULES = (NO_GPU, NO_EFA, NO_HOST, RUN_TIME_LABEL, STARTUP_TAINT)
