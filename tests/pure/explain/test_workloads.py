import pytest

from cdk8s_eks_gpu import vocabulary

from .manifests import (
    GPU_TAINT,
    TOLERATE,
    ask,
    container,
    families,
    hosting,
    names,
    pod,
    pool,
    reasons,
    requirement,
    workload,
)

P5 = pool(families("p5"))
ONE_GPU = {vocabulary.GPU: 1}


def required(*terms):
    """Return a required node affinity of these terms."""
    expressions = [{"matchExpressions": list(term)} for term in terms]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": expressions}}}


def test_gpus():
    """A pod runs on the types with enough GPUs, and the others say how many they have."""
    found = hosting(P5, pod({vocabulary.GPU: 4}))
    assert names(found.types) == ["p5.48xlarge"]
    assert reasons(found) == {"p5.4xlarge": "resource nvidia.com/gpu: asks for 4, has 1"}


def test_efa_pods_need_efa_interfaces():
    """A pod that asks for EFA only fits types with at least one interface."""
    found = hosting(pool(families("g6")), pod({vocabulary.EFA: 1}))
    assert names(found.types) == ["g6.12xlarge", "g6.16xlarge", "g6.24xlarge", "g6.48xlarge", "g6.8xlarge"]
    assert set(reasons(found).values()) == {"resource vpc.amazonaws.com/efa: asks for 1, has 0"}


def test_limits_are_the_default_of_requests():
    """A limit without a request is a request."""
    found = hosting(P5, pod(containers=[container(limits={vocabulary.GPU: 8})]))
    assert names(found.types) == ["p5.48xlarge"]


def test_taints():
    """A taint that is not tolerated keeps a pod off the whole pool; startup taints do not."""
    tainted = pool(families("p5"), taints=[GPU_TAINT], startupTaints=[{"key": "init", "effect": "NoSchedule"}])
    assert set(reasons(hosting(tainted, pod())).values()) == {
        "taint nvidia.com/gpu=present:NoSchedule: is not tolerated"
    }
    assert names(hosting(tainted, pod(tolerations=[TOLERATE])).types) == ["p5.48xlarge", "p5.4xlarge"]


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ({vocabulary.NODE_POOL: "gpu"}, None),
        ({"team": "vision"}, None),
        ({vocabulary.ZONE: "us-west-2a"}, None),
        ({vocabulary.GPU_NAME: "h100"}, None),
        (
            {vocabulary.NODE_POOL: "cpu"},
            "requirement karpenter.sh/nodepool In [cpu]: the pool has karpenter.sh/nodepool In [gpu]",
        ),
        ({"team": "speech"}, "requirement team In [speech]: the pool has team In [vision]"),
        ({"tier": "a"}, "label tier: the pool does not define it"),
        (
            {"karpenter.sh/nodepol": "gpu"},
            (
                "label karpenter.sh/nodepol: Karpenter makes no node for a pod that selects it; "
                "did you mean 'karpenter.sh/nodepool'?"
            ),
        ),
        (
            {"nvidia.com/gpu.product": "H100"},
            "label nvidia.com/gpu.product: appears only at run time, and Karpenter does not foresee it",
        ),
        ({vocabulary.GPU_NAME: "b200"}, "requirement karpenter.k8s.aws/instance-gpu-name In [b200]: is not met"),
        (
            {vocabulary.CAPACITY_TYPE: "Spot"},
            (
                "requirement karpenter.sh/capacity-type In [Spot]: "
                "no known instance type has such a value; did you mean 'spot'?"
            ),
        ),
        (
            {vocabulary.INSTANCE_TYPE: "p5.48xlrage"},
            (
                "requirement node.kubernetes.io/instance-type In [p5.48xlrage]: "
                "no known instance type has such a value; did you mean 'p5.48xlarge'?"
            ),
        ),
    ],
)
def test_node_selectors(selector, reason):
    """A selector is met by the pool's labels or the type's, and if not, the reason says by which it is not."""
    found = hosting(pool(families("p5"), labels={"team": "vision"}), pod(nodeSelector=selector))
    assert set(reasons(found).values()) == ({reason} if reason else set())


@pytest.mark.parametrize(
    ("operator", "values", "undefined", "defined"),
    [
        ("In", ["test"], False, True),
        ("In", ["other"], False, False),
        ("NotIn", ["test"], True, False),
        ("NotIn", ["other"], True, True),
        ("Exists", [], False, True),
        ("DoesNotExist", [], True, False),
        ("Gt", ["0"], False, False),
    ],
)
def test_custom_labels(operator, values, undefined, defined):
    """The cases of Karpenter's scheduling tests: a label that the pool does not define, and one that it does."""
    affinity = required([requirement("test-key", operator, *values)])
    plain, labelled = pool(families("p5")), pool(families("p5"), requirement("test-key", "In", "test"))
    assert bool(hosting(plain, pod(affinity=affinity)).types) == undefined
    assert bool(hosting(labelled, pod(affinity=affinity)).types) == defined


@pytest.mark.parametrize(
    ("key", "operator"),
    [
        (vocabulary.HOSTNAME, "In"),
        (vocabulary.HOSTNAME, "NotIn"),
        ("karpenter.sh/test", "In"),
        ("karpenter.sh/initialized", "NotIn"),
        ("sub.karpenter.k8s.aws/test", "NotIn"),
        (vocabulary.NODE_POOL, "NotIn"),
    ],
)
def test_restricted_labels(key, operator):
    """Karpenter makes no node for a pod that selects a restricted label in any way; the pool's name is none of them."""
    affinity = required([requirement(key, operator, "other")])
    assert bool(hosting(P5, pod(affinity=affinity)).types) == (key == vocabulary.NODE_POOL)


@pytest.mark.parametrize(
    ("operator", "zones", "fits"),
    [
        ("In", ["b"], True),
        ("In", ["b", "unknown"], True),
        ("In", ["unknown"], False),
        ("NotIn", ["a", "unknown"], True),
        ("NotIn", ["a", "b"], False),
        ("DoesNotExist", [], False),
    ],
)
def test_zones_of_the_pool(operator, zones, fits):
    """A zone is met by the zones that the pool allows, although no table has those of the account."""
    zoned = pool(families("p5"), requirement(vocabulary.ZONE, "In", "a", "b"))
    assert bool(hosting(zoned, pod(affinity=required([requirement(vocabulary.ZONE, operator, *zones)]))).types) == fits


def test_terms_are_alternatives():
    """A type that one term admits can host the pod; the first term says why another cannot."""
    terms = required(
        [requirement(vocabulary.INSTANCE_SIZE, "In", "4xlarge")],
        [requirement(vocabulary.INSTANCE_SIZE, "In", "48xlarge")],
    )
    found = hosting(pool(families("p5", "p4d")), pod(affinity=terms))
    assert names(found.types) == ["p5.48xlarge", "p5.4xlarge"]
    assert reasons(found) == {"p4d.24xlarge": "requirement karpenter.k8s.aws/instance-size In [4xlarge]: is not met"}


def test_min_values_must_still_be_met_with_the_pod():
    """A pod that leaves fewer values than the pool's minValues gets no node."""
    flexible = pool(requirement(vocabulary.INSTANCE_FAMILY, "In", "p4d", "p5e", minValues=2))
    found = hosting(flexible, pod(nodeSelector={vocabulary.GPU_NAME: "h200"}))
    assert found.types == ()
    assert "minValues" in reasons(found)["p5e.48xlarge"]


def test_daemonsets_take_their_share():
    """What DaemonSets on the same node ask for is not there for the pod; those that do not land do not count."""
    big = {"memory": "100Gi"}
    pods = [
        workload("DaemonSet", {"memory": "200Gi"}, "here"),
        workload("DaemonSet", big, "elsewhere", nodeSelector={vocabulary.ARCH: "arm64"}),
        workload("DaemonSet", big, "late", nodeSelector={"feature.node.kubernetes.io/pci-10de.present": "true"}),
    ]
    assert names(hosting(P5, pod(big)).types) == ["p5.48xlarge", "p5.4xlarge"]
    found = hosting(P5, *pods, pod(big))
    assert names(found.types) == ["p5.48xlarge"]
    assert "asks for 100Gi with 200Gi for DaemonSets" in reasons(found)["p5.4xlarge"]


def test_a_daemonset_does_not_count_twice():
    """A DaemonSet shares the node with the other DaemonSets, not with itself."""
    found = hosting(P5, workload("DaemonSet", {"memory": "150Gi"}))
    assert names(found.types) == ["p5.48xlarge", "p5.4xlarge"]


def test_a_daemonset_waits_for_labels_of_run_time():
    """A DaemonSet comes when its label appears; a pod with the same selector never gets a node."""
    selector = {"nvidia.com/gpu.present": "true"}
    found = hosting(P5, workload("DaemonSet", nodeSelector=selector))
    assert (names(found.types), found.awaited_labels) == (["p5.48xlarge", "p5.4xlarge"], tuple(selector))
    assert hosting(P5, pod(nodeSelector=selector)).types == ()


@pytest.mark.parametrize("kind", ["DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"])
def test_kinds_with_a_template(kind):
    """Every kind that makes pods is asked about."""
    (found,) = ask(workload(kind, ONE_GPU)).workloads
    assert (found.name, found.workload.requests[vocabulary.GPU]) == (f"{kind}/work", 1)


def test_cron_jobs_and_operators():
    """A pod template is found wherever a manifest has it; several in one manifest go by their path."""
    template = {"template": {"spec": pod(ONE_GPU)["spec"]}}
    cron = {"kind": "CronJob", "metadata": {"name": "n"}, "spec": {"jobTemplate": {"spec": template}}}
    replicas = {"Master": template, "Worker": template}
    training = {"kind": "PyTorchJob", "metadata": {"name": "t"}, "spec": {"pytorchReplicaSpecs": replicas}}
    config = {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"spec": "containers"}}
    assert [one.name for one in ask(cron, training, config).workloads] == [
        "CronJob/n",
        "PyTorchJob/t/spec.pytorchReplicaSpecs.Master",
        "PyTorchJob/t/spec.pytorchReplicaSpecs.Worker",
    ]


def test_names_in_two_namespaces():
    """Two workloads of one name are told apart by their namespaces."""
    one, other = pod(name="a"), pod(name="a")
    other["metadata"]["namespace"] = "team"
    assert [found.name for found in ask(one, other).workloads] == ["Pod/default/a", "Pod/team/a"]


@pytest.mark.parametrize(
    ("asked", "spec", "caught"),
    [
        (families("g5g", "g5"), {}, ["arm64"]),
        (families("g5g", "g5"), {"nodeSelector": {vocabulary.ARCH: "arm64"}}, []),
        (
            requirement(vocabulary.INSTANCE_FAMILY, "NotIn", "m5"),
            {"nodeSelector": {vocabulary.ARCH: "amd64"}},
            ["driver"],
        ),
        (requirement(vocabulary.GPU_MANUFACTURER, "Exists"), {"containers": [container()]}, None),
    ],
)
def test_traps_for_a_pod(asked, spec, caught):
    """The traps of a pod are those among the types that would host it, unless it chose them."""
    (found,) = ask(
        pool(asked | ({"values": None} if asked["operator"] == "Exists" else {})), pod(ONE_GPU, **spec)
    ).workloads
    named = [one.trap.name for one in found.traps["gpu"]]
    assert named == (["amd-gpu", "fractional-gpu", "driver", "arm64"] if caught is None else caught)
