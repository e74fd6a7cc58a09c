"""Every label key, taint key and resource name that the project speaks, once."""

# Kubernetes well-known labels (https://kubernetes.io/docs/reference/labels-annotations-taints/).
ARCH = "kubernetes.io/arch"
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
ZONE = "topology.kubernetes.io/zone"

# Karpenter (https://karpenter.sh/docs/concepts/scheduling/, v1.14).
KARPENTER_GROUP = "karpenter.sh"
CAPACITY_TYPE = "karpenter.sh/capacity-type"
DISCOVERY_TAG = "karpenter.sh/discovery"
NODE_POOL = "karpenter.sh/nodepool"
UNREGISTERED = "karpenter.sh/unregistered"
DO_NOT_DISRUPT = "karpenter.sh/do-not-disrupt"
"""The annotation of pods that keeps their node from being disrupted for any reason that budgets know."""
INSTANCE_CATEGORY = "karpenter.k8s.aws/instance-category"
INSTANCE_FAMILY = "karpenter.k8s.aws/instance-family"
NODE_CLASS_GROUP = "karpenter.k8s.aws"
CAPACITY_RESERVATION_ID = "karpenter.k8s.aws/capacity-reservation-id"
CAPACITY_RESERVATION_TYPE = "karpenter.k8s.aws/capacity-reservation-type"
NODE_CLASS_KIND = "EC2NodeClass"
KARPENTER_GROUPS = (KARPENTER_GROUP, NODE_CLASS_GROUP)
"""The API groups of Karpenter and of its provider for AWS."""

# What the device plugins register, and the taint that keeps other pods off GPU nodes. The value of the taint is the one
# that the NFD worker of NVIDIA's chart tolerates: with any other, no GPU is ever registered (charts 0.18.0 to 0.20.0).
GPU = "nvidia.com/gpu"
GPU_TAINT_VALUE = "present"
EFA = "vpc.amazonaws.com/efa"
AMD_GPU = "amd.com/gpu"
HUGE_PAGES = "hugepages-2Mi"
GAUDI = "habana.ai/gaudi"
GPU_PRESENT = "nvidia.com/gpu.present"
MPS_CAPABLE = "nvidia.com/mps.capable"
NODE_FEATURE_PREFIX = "feature.node.kubernetes.io/"
NEURON = "aws.amazon.com/neuron"

# Our own: on the nodes of a pool that is started with all of its EFA, so that the EFA plugin lands there only.
EFA_ATTACHED = "eks-gpu.io/efa"
EFA_ATTACHED_VALUE = "attached"
VARIANT_OF = "eks-gpu.io/variant-of"

# On every object of ours: which cluster it is for, and, where its source does not say another, who manages it.
CLUSTER = "eks-gpu.io/cluster"
MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGED_BY_VALUE = "cdk8s-eks-gpu"

# How a node says which of the NVIDIA plugin's configurations is for it, and the name of the one for all nodes that say
# nothing (k8s-device-plugin v0.20.0, cmd/config-manager).
NVIDIA_CONFIGURATION = "nvidia.com/device-plugin.config"
NVIDIA_DEFAULT_CONFIGURATION = "default"

# Labels of Kubernetes and EC2 that requirements may name.
OS = "kubernetes.io/os"
REGION = "topology.kubernetes.io/region"
ZONE_ID = "topology.k8s.aws/zone-id"
HOSTNAME = "kubernetes.io/hostname"
WINDOWS_BUILD = "node.kubernetes.io/windows-build"
INSTANCE_GENERATION = "karpenter.k8s.aws/instance-generation"
INSTANCE_SIZE = "karpenter.k8s.aws/instance-size"
INSTANCE_CPU = "karpenter.k8s.aws/instance-cpu"
INSTANCE_HYPERVISOR = "karpenter.k8s.aws/instance-hypervisor"
INSTANCE_MEMORY = "karpenter.k8s.aws/instance-memory"
INSTANCE_LOCAL_NVME = "karpenter.k8s.aws/instance-local-nvme"
INSTANCE_NETWORK_BANDWIDTH = "karpenter.k8s.aws/instance-network-bandwidth"
INSTANCE_TENANCY = "karpenter.k8s.aws/instance-tenancy"
GPU_NAME = "karpenter.k8s.aws/instance-gpu-name"
GPU_MANUFACTURER = "karpenter.k8s.aws/instance-gpu-manufacturer"
GPU_COUNT = "karpenter.k8s.aws/instance-gpu-count"
GPU_MEMORY = "karpenter.k8s.aws/instance-gpu-memory"
ACCELERATOR_NAME = "karpenter.k8s.aws/instance-accelerator-name"
ACCELERATOR_COUNT = "karpenter.k8s.aws/instance-accelerator-count"
ACCELERATOR_MANUFACTURER = "karpenter.k8s.aws/instance-accelerator-manufacturer"

# What only nodes that run Windows have (vpc-resource-controller).
POD_ENI = "vpc.amazonaws.com/pod-eni"
PRIVATE_IPV4 = "vpc.amazonaws.com/PrivateIPv4Address"
CAPACITY_RESERVATION_INTERRUPTIBLE = "karpenter.k8s.aws/capacity-reservation-interruptible"
EBS_ZONE = "topology.ebs.csi.aws.com/zone"

QUEUE_NAME = "kueue.x-k8s.io/queue-name"
"""The label by which Kueue admits the pods of an object."""

OF_OTHER_NODES = ("eks.amazonaws.com/", "alpha.eksctl.io/", "sagemaker.amazonaws.com/")
"""How labels begin of nodes that managed node groups, eksctl, Fargate, EKS Auto Mode and SageMaker HyperPod make."""
