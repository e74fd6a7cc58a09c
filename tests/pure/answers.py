"""What `check` and `explain` say of the same manifests."""

import json
import re

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.explain import explain
from cdk8s_eks_gpu.explain.to_json import answer_data
from cdk8s_eks_gpu.manifests import read_texts
from cdk8s_eks_gpu.preflight import check
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER

TYPE = vocabulary.INSTANCE_TYPE
OTHER_TAINT = {"key": vocabulary.GPU, "value": "true", "effect": "NoSchedule"}
OF_INTERFACES = ("efa/too-many-interfaces", "efa/network-card-index")
NOT_LAUNCHED = {
    "instances/none-admitted",
    "instances/min-values-unmet",
    "instances/limit-too-small",
    "instances/switched-off",
    "capacity/reserved-without-reservation",
    "capacity/reservation-not-selected",
    *OF_INTERFACES,
}


def checked(*manifests, karpenter=DEFAULT_KARPENTER):
    """Return the findings of `check`."""
    return check({"stack.yaml": text(manifests)}, karpenter=karpenter).findings


def found(*manifests):
    """Return the rules of the findings, with the object that each is about."""
    return {(finding.rule.id, about(finding)) for finding in checked(*manifests)}


def messages(rule, *manifests):
    """Return what the findings of a rule say."""
    return [finding.message for finding in checked(*manifests) if finding.rule.id == rule]


def text(manifests):
    """Return the manifests as one file."""
    return "\n---\n".join(map(json.dumps, manifests))


def about(finding):
    """Return the object that the finding is about: of a node class, the pool for which its interfaces are wrong."""
    pool_named = re.search(r"\bpool ([a-z0-9-]+)", finding.message)
    return f"NodePool/{pool_named[1]}" if finding.rule.id in OF_INTERFACES else f"{finding.kind}/{finding.name}"


def explained(*manifests, karpenter=DEFAULT_KARPENTER):
    """Return what `explain` answers as JSON."""
    objects = read_texts({"stack.yaml": text(manifests)}).objects
    return json.loads(json.dumps(answer_data(explain(Cluster(objects, karpenter)))))
