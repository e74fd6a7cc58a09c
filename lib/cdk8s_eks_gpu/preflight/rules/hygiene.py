"""What goes wrong when the manifests are applied, whatever is in them."""

from __future__ import annotations

from cdk8s_eks_gpu.findings.rule import Rule, Severity

_HELM_HOOKS = "https://helm.sh/docs/topics/charts_hooks/"
_NAMESPACES = "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"
_CRDS = "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/"
_IMAGES = "https://kubernetes.io/docs/concepts/containers/images/#image-names"
_SECURITY = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
_OBJECTS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"
_NODE_CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/"

DELETE_HOOK = Rule(
    "hygiene/delete-hook",
    Severity.ERROR,
    "The object is a Helm hook for deletion, and kubectl would apply it at once.",
    (
        "Helm runs such a hook when the release is removed; kubectl knows no hooks. NVIDIA's charts 0.18.0 to 0.19.3"
        " have one that strips the node labels of node feature discovery, and with them the GPUs."
    ),
    _HELM_HOOKS,
    "Render the chart with `--no-hooks`, or remove the object.",
)
HOOK = Rule(
    "hygiene/hook",
    Severity.WARNING,
    "The object is a Helm hook, and kubectl applies it like any other object.",
    "It runs at another time than its author meant, and once only: a finished Job stays.",
    _HELM_HOOKS,
    "Render the chart with `--no-hooks`, or remove the annotation if the object is meant to stay.",
)
NAMESPACE_MISSING = Rule(
    "hygiene/namespace-missing",
    Severity.WARNING,
    "The object lives in a namespace and does not say in which.",
    (
        "It goes to whatever namespace kubectl or Argo CD points at, mostly `default`. `helm template --namespace` does"
        " not write the namespace where a chart's template has none, such as that of the EFA device plugin."
    ),
    _NAMESPACES,
    "Add `metadata.namespace`.",
)
NAMESPACE_UNWANTED = Rule(
    "hygiene/namespace-unwanted",
    Severity.WARNING,
    "The object is cluster-scoped and says a namespace.",
    "The API server drops it, and Argo CD reports the object as out of sync for ever.",
    _NAMESPACES,
    "Remove `metadata.namespace`.",
)
NAMESPACE_ABSENT = Rule(
    "hygiene/namespace-absent",
    Severity.WARNING,
    "The object's namespace is none that Kubernetes makes, and the manifests do not make it.",
    "`helm install --create-namespace` makes it; rendered manifests do not, and then applying them fails.",
    _NAMESPACES,
    "Add a Namespace object, unless something else makes it.",
)
TOO_LATE = Rule(
    "hygiene/applied-too-late",
    Severity.WARNING,
    "The object comes after another one that cannot be applied without it.",
    "kubectl applies files by name and documents in their order: the first run fails, and only a second one succeeds.",
    _CRDS,
    "Move it to the front, for instance into a file whose name begins with 0000.",
)
CRD_MISSING = Rule(
    "hygiene/crd-missing",
    Severity.WARNING,
    "The manifests run node feature discovery without its CRDs.",
    "`helm template` leaves CRDs out unless it is told otherwise. NFD's master then fails, and no node is labelled.",
    "https://helm.sh/docs/chart_best_practices/custom_resource_definitions/",
    "Render the chart with `--include-crds`, unless the CRDs are installed in another way.",
)
DUPLICATE = Rule(
    "hygiene/duplicate",
    Severity.ERROR,
    "One file has the same object twice.",
    "Both are applied, and the last one wins without a word.",
    _OBJECTS,
    "Remove one of them, or rename it.",
)
DUPLICATE_ELSEWHERE = Rule(
    "hygiene/duplicate-elsewhere",
    Severity.WARNING,
    "Another file has the same object.",
    "Applied together, the last one wins without a word.",
    _OBJECTS,
    "Remove one of them, or check the folders one by one if they are alternatives.",
)
IMAGE_TAG = Rule(
    "hygiene/image-without-tag",
    Severity.WARNING,
    "An image has neither a tag nor a digest.",
    "It means `latest`, so that two nodes may run two different programs.",
    _IMAGES,
    "Add a tag, or better a digest.",
)
PRIVILEGED = Rule(
    "hygiene/privileged",
    Severity.WARNING,
    "A container is privileged, and is no device plugin that has to be.",
    "It can do on the node whatever root can. A pod that uses GPUs or EFA needs a resource limit instead.",
    _SECURITY,
    "Remove `privileged`; EFA needs the capability IPC_LOCK at most.",
)
NODE_CLASS_MISSING = Rule(
    "hygiene/node-class-missing",
    Severity.ERROR,
    "A pool refers to a node class that is neither beside it nor elsewhere in the manifests.",
    "Karpenter sets the pool not ready and makes no nodes from it.",
    _NODE_CLASSES,
    "Correct `nodeClassRef`, or add the EC2NodeClass.",
)
NODE_CLASS_ELSEWHERE = Rule(
    "hygiene/node-class-elsewhere",
    Severity.WARNING,
    "A pool refers to a node class that is not among the manifests.",
    "It may be in the cluster already; if not, the pool never gets ready. What depends on it could not be judged.",
    _NODE_CLASSES,
    "Check the EC2NodeClass together with the pool.",
)

RULES = (
    DELETE_HOOK,
    HOOK,
    NAMESPACE_MISSING,
    NAMESPACE_UNWANTED,
    NAMESPACE_ABSENT,
    TOO_LATE,
    CRD_MISSING,
    DUPLICATE,
    DUPLICATE_ELSEWHERE,
    IMAGE_TAG,
    PRIVILEGED,
    NODE_CLASS_MISSING,
    NODE_CLASS_ELSEWHERE,
)
