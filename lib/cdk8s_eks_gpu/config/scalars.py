"""Strings and numbers with a form. The patterns are those of Karpenter's CRDs (v1.14.1) and of Kubernetes' names."""

from typing import Annotated

from pydantic import Field

_NUMBER = r"(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
_QUANTITY = rf"(\+|-)?{_NUMBER}(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?[0-9]+))?"
_DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
# The grammar of image references (github.com/distribution/reference v0.6). A first part without a dot or a port is no
# host: containerd looks for the image on Docker Hub.
_HOST = rf"({_DNS_LABEL}(\.{_DNS_LABEL})+(:[0-9]+)?|{_DNS_LABEL}:[0-9]+)"
_PATH = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"

QUANTITY = f"^{_QUANTITY}$"
EVICTION_THRESHOLD = rf"^((\d{{1,2}}(\.\d{{1,2}})?|100(\.0{{1,2}})?)%||{_QUANTITY})$"
LABEL_KEY = rf"^({_DNS_LABEL}(\.{_DNS_LABEL})*(\/))?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$"
LABEL_VALUE = r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"
OBJECT_NAME = rf"^{_DNS_LABEL}(\.{_DNS_LABEL})*$"
NAMESPACE = f"^{_DNS_LABEL}$"
DURATION = r"^([0-9]+(s|m|h))+$"
DURATION_OR_NEVER = r"^(([0-9]+(s|m|h))+|Never)$"
BUDGET_DURATION = r"^((([0-9]+(h|m))|([0-9]+h[0-9]+m))(0s)?)$"
BUDGET_NODES = r"^((100|[0-9]{1,2})%|[0-9]+)$"
BUDGET_SCHEDULE = r"^(@(annually|yearly|monthly|weekly|daily|midnight|hourly))|((.+)\s(.+)\s(.+)\s(.+)\s(.+))$"
VOLUME_SIZE = (
    r"^((?:[1-9][0-9]{0,3}|[1-4][0-9]{4}|[5][0-8][0-9]{3}|59000)Gi"
    r"|(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|[6][0-3][0-9]{3}|64000)G"
    r"|([1-9]||[1-5][0-7]|58)Ti|([1-9]||[1-5][0-9]|6[0-3]|64)T)$"
)
AMI_ALIAS = r"^[a-zA-Z0-9]+@.+$"
AMI_ID = "ami-[0-9a-z]+"
SUBNET_ID = "subnet-[0-9a-z]+"
SECURITY_GROUP_ID = "sg-[0-9a-z]+"
CAPACITY_RESERVATION_ID = "^cr-[0-9a-z]+$"
PLACEMENT_GROUP_ID = "^pg-[0-9a-z]+$"
ACCOUNT_ID = "^[0-9]{12}$"
CLUSTER_NAME = "^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$"
REGION = "^[a-z]{2,4}(-[a-z]+)+-[0-9]$"
REGISTRY = rf"^{_HOST}(/{_PATH})*$"
REPOSITORY = rf"^({_HOST}/)?{_PATH}(/{_PATH})*$"
IMAGE_TAG = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?$"
CONFIGURATION_NAME = "^[A-Za-z]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
SHAREABLE_RESOURCE = r"^nvidia\.com/(gpu|mig-[1-9]g\.[0-9]+gb(\.[a-z0-9.]*[a-z0-9])?)$"
SERVICE_NAME = "^[a-z]([-a-z0-9]*[a-z0-9])?$"
NCCL_SIZE = "^[1-9][0-9]*[KMG]?$"
INSTANCE_TYPE = "^[a-z][a-z0-9-]*[.][a-z0-9][a-z0-9-]*$"
MINOR_VERSION = r"^1\.[0-9]{1,2}(\.[0-9]+)?$"
OBJECT_PATTERN = r"^(\*|[A-Z*][A-Za-z0-9*]*(/[^/\s]+){1,2})$"
SOME_TEXT = r"\S"

FORMS = {
    QUANTITY: "a Kubernetes quantity such as 1000, 500m or 64Gi",
    EVICTION_THRESHOLD: "a percentage such as 5% or a quantity such as 100Mi",
    LABEL_KEY: "a label key such as nvidia.com/gpu or nodeType",
    LABEL_VALUE: "a label value: letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
    OBJECT_NAME: "a Kubernetes name: lower-case letters, digits, '-' and '.', such as gpu or gpu-spot",
    NAMESPACE: "a namespace name: lower-case letters, digits and '-', such as nvidia",
    DURATION: "a duration such as 30m or 1h30m",
    DURATION_OR_NEVER: "a duration such as 720h or 20m, or Never",
    BUDGET_DURATION: "a duration in hours and minutes such as 8h or 1h30m",
    BUDGET_NODES: "a number of nodes such as 2, or a percentage such as 10%",
    BUDGET_SCHEDULE: "a cron schedule such as '0 9 * * mon-fri' or @daily",
    VOLUME_SIZE: "a volume size such as 300Gi or 2Ti (up to 58Ti)",
    AMI_ALIAS: "an AMI alias family@version such as al2023@v20250920 or bottlerocket@1.46.0",
    AMI_ID: "an AMI id such as ami-0123456789abcdef0",
    SUBNET_ID: "a subnet id such as subnet-0123456789abcdef0",
    SECURITY_GROUP_ID: "a security group id such as sg-0123456789abcdef0",
    CAPACITY_RESERVATION_ID: "a capacity reservation id such as cr-0123456789abcdef0",
    PLACEMENT_GROUP_ID: "a placement group id such as pg-0123456789abcdef0",
    ACCOUNT_ID: "an AWS account id of 12 digits, in quotes",
    CLUSTER_NAME: "an EKS cluster name: up to 100 letters, digits, '-' and '_'",
    REGION: "an AWS region such as us-west-2 or cn-north-1",
    REGISTRY: "a registry host with a path or without, such as registry.example.com/mirror, without https:// before it",
    REPOSITORY: "an image's repository such as registry.example.com/nvidia/k8s-device-plugin, without its tag",
    IMAGE_TAG: "an image's tag such as v0.18.0, or a tag and a digest such as v0.18.0@sha256:...",
    CONFIGURATION_NAME: "a configuration's name: a letter, then letters, digits, '-', '_' and '.', up to 63 in all",
    SHAREABLE_RESOURCE: "nvidia.com/gpu, or a MIG resource such as nvidia.com/mig-1g.10gb",
    SERVICE_NAME: "a name of a letter, then letters, digits and '-', in lower case, as Services have",
    NCCL_SIZE: "a size in bytes as nccl-tests takes it, such as 8, 256M or 16G",
    INSTANCE_TYPE: "an instance type such as p5.48xlarge",
    OBJECT_PATTERN: "an object as Kind/name or Kind/namespace/name, such as NodePool/gpu; a * stands for any text",
    SOME_TEXT: "a text that says something",
    MINOR_VERSION: "a version such as '1.34' or '1.14.1', in quotes and without a v",
}
"""What a value of each pattern looks like, for people: an error shows this instead of the pattern."""

Quantity = int | Annotated[str, Field(pattern=QUANTITY, max_length=64)]
LabelKey = Annotated[str, Field(pattern=LABEL_KEY)]
TaintKey = Annotated[str, Field(pattern=LABEL_KEY, min_length=1)]
LabelValue = Annotated[str, Field(pattern=LABEL_VALUE, max_length=63)]
ObjectName = Annotated[str, Field(pattern=OBJECT_NAME, max_length=253)]
Namespace = Annotated[str, Field(pattern=NAMESPACE, max_length=63)]
