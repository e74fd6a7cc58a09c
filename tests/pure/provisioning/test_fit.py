import pytest
from tests.pure.provisioning.manifests import (
    GPU_TAINT,
    TOLERATE,
    ask,
    container,
    families,
    fit,
    names,
    nfd_worker,
    node_class,
    nvidia_plugin,
    pod,
    pool,
    preferred,
    reasons,
    required,
    requirement,
    workload,
)

from cdk8s_eks_gpu import vocabulary

P5 = pool(families("p5"))
ONE_GPU = {vocabulary.GPU: 1}


def test_gpus():
    """A pod runs on the types with enough GPUs, and the others say how many they have."""
    found = fit(P5, pod({vocabulary.GPU: 4}))
    assert names(found.types) == ["p5.48xlarge"]
    assert reasons(found) == {"p5.4xlarge": "insufficient nvidia.com/gpu: requested 4, allocatable 1"}


def test_efa_pods_need_efa_interfaces():
    """A pod that asks for EFA only fits types with at least one interface."""
    found = fit(pool(families("g6")), pod({vocabulary.EFA: 1}))
    assert names(found.types) == ["g6.12xlarge", "g6.16xlarge", "g6.24xlarge", "g6.48xlarge", "g6.8xlarge"]
    assert set(reasons(found).values()) == {"insufficient vpc.amazonaws.com/efa: requested 1, allocatable 0"}


def test_limits_are_the_default_of_requests():
    """A limit without a request is a request."""
    found = fit(P5, pod(containers=[container(limits={vocabulary.GPU: 8})]))
    assert names(found.types) == ["p5.48xlarge"]


def test_taints():
    """A taint that is not tolerated keeps a pod off the whole pool; startup taints do not."""
    tainted = pool(families("p5"), taints=[GPU_TAINT], startupTaints=[{"key": "init", "effect": "NoSchedule"}])
    assert set(reasons(fit(tainted, pod())).values()) == {"did not tolerate taint nvidia.com/gpu=present:NoSchedule"}
    assert names(fit(tainted, pod(tolerations=[TOLERATE])).types) == ["p5.48xlarge", "p5.4xlarge"]


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ({vocabulary.NODE_POOL: "gpu"}, None),
        ({"team": "vision"}, None),
        ({vocabulary.ZONE: "us-west-2a"}, None),
        ({vocabulary.GPU_NAME: "h100"}, None),
        (
            {vocabulary.NODE_POOL: "cpu"},
            "incompatible requirements: karpenter.sh/nodepool In [cpu] not in karpenter.sh/nodepool In [gpu]",
        ),
        ({"team": "speech"}, "incompatible requirements: team In [speech] not in team In [vision]"),
        ({"tier": "a"}, "label tier does not have known values"),
        (
            {"karpenter.sh/nodepol": "gpu"},
            (
                "label karpenter.sh/nodepol is restricted: Karpenter ignores a pod that selects it; "
                "did you mean 'karpenter.sh/nodepool'?"
            ),
        ),
        (
            {"nvidia.com/gpu.product": "H100"},
            "label nvidia.com/gpu.product does not have known values: it appears on running nodes only",
        ),
        ({vocabulary.GPU_NAME: "b200"}, "requirement karpenter.k8s.aws/instance-gpu-name In [b200] not met"),
        (
            {vocabulary.CAPACITY_TYPE: "Spot"},
            (
                "no offering for karpenter.sh/capacity-type In [Spot]: "
                "no known instance type has such a value; did you mean 'spot'?"
            ),
        ),
        (
            {vocabulary.INSTANCE_TYPE: "p5.48xlrage"},
            (
                "requirement node.kubernetes.io/instance-type In [p5.48xlrage] not met: "
                "no known instance type has such a value; did you mean 'p5.48xlarge'?"
            ),
        ),
    ],
)
def test_node_selectors(selector, reason):
    """A selector is met by the pool's labels or the type's, and if not, the reason says by which it is not."""
    found = fit(pool(families("p5"), labels={"team": "vision"}), pod(nodeSelector=selector))
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
    assert bool(fit(plain, pod(affinity=affinity)).types) == undefined
    assert bool(fit(labelled, pod(affinity=affinity)).types) == defined


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
    """Karpenter launches no node for a pod that selects a restricted label; the name of the pool is none of them."""
    affinity = required([requirement(key, operator, "other")])
    assert bool(fit(P5, pod(affinity=affinity)).types) == (key == vocabulary.NODE_POOL)


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
    assert bool(fit(zoned, pod(affinity=required([requirement(vocabulary.ZONE, operator, *zones)]))).types) == fits


def test_terms_are_tried_in_turn():
    """Karpenter takes the first term for which it can launch a node; a type of a later term is then not launched."""
    small, large = (requirement(vocabulary.INSTANCE_SIZE, "In", size) for size in ("4xlarge", "48xlarge"))
    both = pod(affinity=required([small], [large]))
    found = fit(pool(families("p5", "p4d")), both)
    assert (names(found.types), found.attempt) == (["p5.4xlarge"], 0)
    assert reasons(found) == dict.fromkeys(
        ["p4d.24xlarge", "p5.48xlarge"], "requirement karpenter.k8s.aws/instance-size In [4xlarge] not met"
    )
    later = fit(pool(families("p5", "p4d")), pod({vocabulary.GPU: 8}, affinity=required([small], [large])))
    assert (names(later.types), later.attempt) == (["p5.48xlarge"], 1)


def test_what_no_term_allows_is_said_of_the_first():
    """Where no term finds a node, the reasons are those of the first term."""
    asked = pod(affinity=required([requirement("tier", "In", "a")], [requirement("team", "In", "b")]))
    assert set(reasons(fit(P5, asked)).values()) == {"label tier does not have known values"}


def test_a_preference_counts_first_as_required():
    """Karpenter makes the node that a pod prefers where it can, and gives the preference up where it cannot."""
    small, missing = requirement(vocabulary.INSTANCE_SIZE, "In", "4xlarge"), requirement("tier", "In", "a")
    assert names(fit(P5, pod(affinity=preferred([small]))).types) == ["p5.4xlarge"]
    given_up = fit(P5, pod(affinity=preferred([missing], [small])))
    assert (names(given_up.types), given_up.attempt) == (["p5.4xlarge"], 1)
    nothing_left = fit(P5, pod(affinity=preferred([missing])))
    assert (names(nothing_left.types), nothing_left.attempt) == (["p5.48xlarge", "p5.4xlarge"], 1)


def test_a_taint_that_is_a_preference_is_given_up_last():
    """PreferNoSchedule keeps a pod off at first, and in the end keeps no pod off."""
    found = fit(pool(families("p5"), taints=[{"key": "a", "effect": "PreferNoSchedule"}]), pod())
    assert (names(found.types), found.attempt) == (["p5.48xlarge", "p5.4xlarge"], 1)


def test_min_values_must_still_be_met_with_the_pod():
    """A pod that leaves fewer values than the pool's minValues gets no node."""
    flexible = pool(requirement(vocabulary.INSTANCE_FAMILY, "In", "p4d", "p5e", minValues=2))
    found = fit(flexible, pod(nodeSelector={vocabulary.GPU_NAME: "h200"}))
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
    assert names(fit(P5, pod(big)).types) == ["p5.48xlarge", "p5.4xlarge"]
    found = fit(P5, *pods, pod(big))
    assert names(found.types) == ["p5.48xlarge"]
    assert "requested 100Gi and 200Gi for DaemonSets" in reasons(found)["p5.4xlarge"]


def test_a_daemonset_does_not_count_twice():
    """A DaemonSet shares the node with the other DaemonSets, not with itself."""
    found = fit(P5, workload("DaemonSet", {"memory": "150Gi"}))
    assert names(found.types) == ["p5.48xlarge", "p5.4xlarge"]


def test_a_daemonset_waits_for_labels_of_run_time():
    """A DaemonSet comes where something sets its label; a pod with the same selector never gets a node."""
    label = "feature.node.kubernetes.io/pci-10de.present"
    found = fit(P5, nfd_worker(), nvidia_plugin())
    assert (names(found.types), found.awaited_labels) == (["p5.48xlarge", "p5.4xlarge"], (label,))
    assert fit(P5, nfd_worker(), pod(nodeSelector={label: "true"})).types == ()


def test_a_daemonset_waits_for_ever_for_a_label_that_nothing_sets():
    """Without the worker of node feature discovery, NVIDIA's plugin lands nowhere, and the reasons name the labels."""
    found = fit(P5, nvidia_plugin())
    assert (found.types, found.awaited_labels) == ((), ())
    assert "which nothing in the manifests sets there" in reasons(found)["p5.48xlarge"]
    labelled = pool(families("p5"), labels={"nvidia.com/gpu.present": "true"})
    assert names(fit(labelled, nvidia_plugin()).types) == ["p5.48xlarge", "p5.4xlarge"]


@pytest.mark.parametrize(
    ("first", "second", "fits"),
    [
        ({"hostPort": 80}, {"hostPort": 80}, False),
        ({"hostPort": 80}, {"hostPort": 81}, True),
        ({"hostPort": 80, "protocol": "UDP"}, {"hostPort": 80}, True),
        ({"hostPort": 80, "hostIP": "10.0.0.1"}, {"hostPort": 80, "hostIP": "10.0.0.2"}, True),
        ({"hostPort": 80, "hostIP": "10.0.0.1"}, {"hostPort": 80}, False),
        ({"containerPort": 80}, {"hostPort": 80}, True),
    ],
)
def test_host_ports(first, second, fits):
    """A port of the node that a DaemonSet takes is not there for a pod: same number, protocol and address."""
    agent = workload("DaemonSet", containers=[container(ports=[first])])
    found = fit(P5, agent, pod(containers=[container(ports=[second])]))
    assert bool(found.types) == fits
    assert set(reasons(found).values()) == (set() if fits else {"host port is taken by a DaemonSet"})


def test_huge_pages():
    """Karpenter knows of no huge pages, so that a pod that asks for some gets no node."""
    found = fit(P5, pod({"hugepages-2Mi": "1Gi"}))
    assert set(reasons(found).values()) == {"insufficient hugepages-2Mi: requested 1Gi, allocatable 0"}


def test_resource_claims():
    """Karpenter launches no node for a pod that asks for devices by dynamic resource allocation."""
    found = fit(P5, pod(resourceClaims=[{"name": "gpu", "resourceClaimTemplateName": "gpu"}]))
    assert found.types == ()
    assert "Dynamic Resource Allocation" in reasons(found)["p5.48xlarge"]


def test_reserved_capacity():
    """A pod that asks for reserved capacity finds an offering only where the node class selects reservations."""
    selects = node_class(capacityReservationSelectorTerms=[{"id": "cr-0123456789abcdef0"}])
    reserved = pod(nodeSelector={vocabulary.CAPACITY_TYPE: "reserved"})
    assert names(fit(P5, selects, reserved).types) == ["p5.48xlarge", "p5.4xlarge"]
    assert set(reasons(fit(P5, node_class(), reserved)).values()) == {
        "no offering for karpenter.sh/capacity-type In [reserved]: the node class selects no capacity reservation"
    }


@pytest.mark.parametrize("kind", ["DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"])
def test_kinds_with_a_template(kind):
    """Every kind that makes pods is asked about."""
    (found,) = ask(workload(kind, ONE_GPU)).workloads
    assert (found.name, found.workload.pod.requests[vocabulary.GPU]) == (f"{kind}/work", 1)


def test_cron_jobs_and_operators():
    """A pod template is found wherever a manifest has it; several in one manifest go by their path."""
    template = {"template": {"spec": pod(ONE_GPU)["spec"]}}
    cron = {"kind": "CronJob", "metadata": {"name": "n"}, "spec": {"jobTemplate": {"spec": template}}}
    replicas = {"Master": template, "Worker": template}
    training = {"kind": "PyTorchJob", "metadata": {"name": "t"}, "spec": {"pytorchReplicaSpecs": replicas}}
    config = {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"spec": "containers"}}
    assert [each.name for each in ask(cron, training, config).workloads] == [
        "CronJob/n",
        "PyTorchJob/t/spec.pytorchReplicaSpecs.Master",
        "PyTorchJob/t/spec.pytorchReplicaSpecs.Worker",
    ]


def test_names_in_two_namespaces():
    """Two workloads of one name are told apart by their namespaces."""
    item, other = pod(name="a"), pod(name="a")
    other["metadata"]["namespace"] = "team"
    assert [found.name for found in ask(item, other).workloads] == ["Pod/default/a", "Pod/team/a"]


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
    named = [each.trap.name for each in found.traps["gpu"]]
    assert named == (["amd-gpu", "fractional-gpu", "driver", "arm64"] if caught is None else caught)
