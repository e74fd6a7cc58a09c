"""Manifests to ask about: the smallest ones that say what a test is about."""

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import describe_all
from cdk8s_eks_gpu.explain import explain
from cdk8s_eks_gpu.manifests import Document
from cdk8s_eks_gpu.manifests.kubernetes_object import objects_of
from cdk8s_eks_gpu.provisioning.cluster import Cluster

GPU_TAINT = {"key": vocabulary.GPU, "value": "present", "effect": "NoSchedule"}
TOLERATE = {"key": vocabulary.GPU, "operator": "Exists"}


def requirement(key, operator, *values, **more):
    """Return a requirement as a manifest has it."""
    return {"key": key, "operator": operator, "values": list(values), **more}


def families(*names):
    """Return a requirement on the instance family."""
    return requirement(vocabulary.INSTANCE_FAMILY, "In", *names)


def pool(*requirements, name="gpu", labels=None, taints=(), limits=None, **spec):
    """Return a NodePool."""
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"}
    inner = {"nodeClassRef": reference, "requirements": list(requirements), "taints": list(taints), **spec}
    template = {"metadata": {"labels": labels or {}}, "spec": inner}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {"template": template, "limits": limits},
    }


def node_class(**spec):
    """Return the EC2NodeClass of the pools."""
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": "default"},
        "spec": spec,
    }


def container(requests=None, limits=None, **more):
    """Return a container with resources."""
    return {"name": "main", "image": "train", "resources": {"requests": requests or {}, "limits": limits or {}}, **more}


def pod(requests=None, name="pod", **spec):
    """Return a Pod."""
    spec = {"containers": [container(requests)], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def workload(kind, requests=None, name="work", **spec):
    """Return a manifest of a kind that has `spec.template`."""
    template = {"spec": pod(requests, **spec)["spec"]}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {"template": template}}


def daemon_set(name, image, command, **spec):
    """Return a DaemonSet that runs a command of an image."""
    return workload("DaemonSet", name=name, **{"containers": [container(image=image, command=[command])], **spec})


def nfd_worker(**spec):
    """Return the worker of node feature discovery, which NVIDIA's chart lets tolerate one taint."""
    image = "registry.k8s.io/nfd/node-feature-discovery:v0.17.3"
    return daemon_set("nfd-worker", image, "nfd-worker", **{"tolerations": [GPU_TAINT], **spec})


def nvidia_plugin(**spec):
    """Return NVIDIA's device plugin, which waits for the label of the NFD worker or for one that a pool has."""
    terms = ({"feature.node.kubernetes.io/pci-10de.present": "true"}, {"nvidia.com/gpu.present": "true"})
    expressions = [[requirement(key, "In", value) for key, value in term.items()] for term in terms]
    spec = {"tolerations": [TOLERATE], "affinity": required(*expressions), **spec}
    return daemon_set("plugin", "nvcr.io/nvidia/k8s-device-plugin:v0.18.0", "nvidia-device-plugin", **spec)


def required(*terms):
    """Return a required node affinity of these terms."""
    expressions = [{"matchExpressions": list(term)} for term in terms]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": expressions}}}


def preferred(*terms):
    """Return a preferred node affinity of these terms, the heaviest first."""
    weighted = [
        {"weight": 100 - place, "preference": {"matchExpressions": list(term)}} for place, term in enumerate(terms)
    ]
    return {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": weighted}}


def node_overlay(*requirements, name="overlay", weight=None, **capacity):
    """Return a NodeOverlay; underscores of a resource's name stand for dots, two of them for the slash."""
    resources = {key.replace("__", "/").replace("_", "."): amount for key, amount in capacity.items()}
    return {
        "apiVersion": "karpenter.sh/v1alpha1",
        "kind": "NodeOverlay",
        "metadata": {"name": name},
        "spec": {"requirements": list(requirements), "capacity": resources, "weight": weight},
    }


def cluster(*manifests):
    """Return the cluster that the manifests describe."""
    documents = [Document(manifest, number, 1, "") for number, manifest in enumerate(manifests, start=1)]
    return Cluster(each for document in documents for each in objects_of("test.yaml", document))


def ask(*manifests):
    """Return the answer for a stack of manifests."""
    return explain(cluster(*manifests))


def fit(*manifests):
    """Return where the last workload of the manifests can run, in the one pool that they have."""
    (found,) = ask(*manifests).workloads[-1].fits.values()
    return found


def names(types):
    """Return the names of types."""
    return [each.name for each in types]


def reasons(found):
    """Return why each type is left out, as text."""
    return {name: describe_all(causes) for name, causes in found.rejected.items()}
