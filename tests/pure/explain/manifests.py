"""Manifests to ask about: the smallest ones that say what a test is about."""

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.explain import answer, read_stack
from cdk8s_eks_gpu.instances import catalogue

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
    return {"name": "main", "resources": {"requests": requests or {}, "limits": limits or {}}, **more}


def pod(requests=None, name="pod", **spec):
    """Return a Pod."""
    spec = {"containers": [container(requests)], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def workload(kind, requests=None, name="work", **spec):
    """Return a manifest of a kind that has `spec.template`."""
    template = {"spec": pod(requests, **spec)["spec"]}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {"template": template}}


def ask(*manifests):
    """Return the answer for a stack of manifests."""
    return answer(read_stack(manifests, "test"), catalogue())


def hosting(*manifests):
    """Return where the last workload of the manifests can run, in the one pool that they have."""
    (found,) = ask(*manifests).workloads[-1].hosting.values()
    return found


def names(types):
    """Return the names of types."""
    return [one.name for one in types]


def reasons(found):
    """Return why each type is left out, as text."""
    return {name: "; ".join(map(str, causes)) for name, causes in found.rejected.items()}
