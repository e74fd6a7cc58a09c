"""What is wrong with EFA: its interfaces, its plugin, its zones, its huge pages."""

from __future__ import annotations

from cdk8s_eks_gpu.preflight.rule import Rule, Severity

_NODE_CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/"
_EFA = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html"

PLUGIN_WITHOUT_DEVICE = Rule(
    "efa/plugin-without-device",
    Severity.WARNING,
    "The EFA device plugin lands on nodes that may have been started without an EFA device.",
    (
        "Karpenter attaches EFA only to nodes that it starts for a pod that asks for vpc.amazonaws.com/efa. On any"
        " other node of an EFA-capable type the plugin finds no device, exits, and restarts for ever."
    ),
    "https://github.com/aws/eks-charts/issues/1239",
    (
        "Let the plugin select the nodes of an EFA pool only; or say `networkInterfaces` in the node class"
        " (Karpenter 1.11 and newer), so that every node has EFA."
    ),
)
PLUGIN_SKIPS_TYPE = Rule(
    "efa/plugin-skips-type",
    Severity.WARNING,
    "The EFA device plugin's list of instance types leaves out some that could host the pod.",
    "On such a node nobody registers EFA, and the pod stays pending there.",
    "https://github.com/aws/eks-charts/tree/master/stable/aws-efa-k8s-device-plugin",
    "Use a newer chart, extend `supportedInstanceLabels.values`, or leave the types out of the pool.",
)
TOO_MANY_INTERFACES = Rule(
    "efa/too-many-interfaces",
    Severity.ERROR,
    "The node class asks for more EFA interfaces than any machine of the pool has.",
    "Karpenter passes over every type with fewer, so that nothing is left to start.",
    f"{_NODE_CLASSES}#specnetworkinterfaces",
    "Ask for fewer efa-only interfaces, or admit types with more network cards.",
)
SOME_TYPES_LOST = Rule(
    "efa/interfaces-drop-types",
    Severity.WARNING,
    "The node class asks for more EFA interfaces than some of the pool's machines have.",
    "Karpenter passes over these types without a word, and the pool is smaller than its requirements say.",
    f"{_NODE_CLASSES}#specnetworkinterfaces",
    "Give the smaller types a pool and a node class of their own, or leave them out by a requirement.",
)
CARD_INDEX = Rule(
    "efa/network-card-index",
    Severity.ERROR,
    "The node class names a network card that no machine of the pool has.",
    "EC2 refuses to start the node.",
    _EFA,
    "Number the cards from 0 to the number of cards less one.",
)
PUBLIC_IP = Rule(
    "efa/public-ip",
    Severity.ERROR,
    "The nodes shall have a public IP address and several network interfaces.",
    "EC2 gives no public address to an instance that is started with several interfaces, and refuses to start it.",
    f"{_NODE_CLASSES}#specassociatepublicipaddress",
    "Remove `associatePublicIPAddress: true`, and use private subnets with a NAT gateway.",
)
ZONES = Rule(
    "efa/zones",
    Severity.WARNING,
    "Several pods that talk over EFA may be spread over zones.",
    "EFA's traffic does not leave its subnet, let alone its zone: pods in different zones fall back to TCP, or fail.",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-limits",
    "Pin the pool to one zone (topology.kubernetes.io/zone), use a cluster placement group, or give the pods a required"
    " pod affinity with that topology key.",
)
HUGE_PAGES = Rule(
    "efa/huge-pages",
    Severity.ERROR,
    "The pod asks for huge pages, and Karpenter knows of no node that offers any.",
    (
        "The EFA software likes huge pages, and AWS' examples ask for them. Karpenter counts none for any instance"
        " type, even where the AMI sets some aside, so it makes no node for the pod."
    ),
    "https://karpenter.sh/docs/concepts/nodeoverlays/",
    "Remove the request and set FI_EFA_USE_HUGE_PAGE=0; or say the capacity in a NodeOverlay, and set the pages aside"
    " in the node class's `userData`.",
)
OVERLAP = Rule(
    "efa/overlapping-pools",
    Severity.WARNING,
    "A pool whose nodes all have EFA and one whose nodes have none take the same pods.",
    "Pods without EFA fill the dear nodes, and Karpenter chooses between the pools at random.",
    "https://karpenter.sh/docs/concepts/nodepools/",
    "Give the EFA pool a taint of its own, or give one of the two a weight.",
)

MOFED = Rule(
    "efa/mofed",
    Severity.WARNING,
    "NVIDIA's device plugin mounts the fabric's devices into every GPU container, beside the EFA device plugin.",
    (
        "Version 0.19.0 made MOFED the default, 0.19.3 undid it. With it, each container with a GPU has every"
        " /dev/infiniband/uverbs* of the node, also those that the EFA device plugin gave to another pod, or to none."
    ),
    "https://github.com/NVIDIA/k8s-device-plugin/issues/1692",
    'Set MOFED_ENABLED to "false" (`mofedEnabled: false` in the chart), or take 0.19.3 or newer.',
)

RULES = (
    PLUGIN_WITHOUT_DEVICE,
    PLUGIN_SKIPS_TYPE,
    TOO_MANY_INTERFACES,
    SOME_TYPES_LOST,
    CARD_INDEX,
    PUBLIC_IP,
    ZONES,
    HUGE_PAGES,
    OVERLAP,
    MOFED,
)
