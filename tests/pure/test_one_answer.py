"""`check` and `explain` give one answer: what one says of nodes and pods follows from what the other says."""

import json

import pytest
from tests.pure.answers import NOT_LAUNCHED, OTHER_TAINT, explained, found, messages
from tests.pure.provisioning.manifests import (
    GPU_TAINT,
    ask,
    cluster,
    container,
    families,
    nfd_worker,
    node_class,
    node_overlay,
    nvidia_plugin,
    pod,
    pool,
    requirement,
)

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.explain import explain
from cdk8s_eks_gpu.explain.page import answer_page
from cdk8s_eks_gpu.explain.to_json import answer_data
from cdk8s_eks_gpu.manifests import read_texts
from cdk8s_eks_gpu.preflight import check
from cdk8s_eks_gpu.provisioning.cluster import Cluster

P5 = pool(families("p5"))


def test_a_taint_that_the_nfd_worker_does_not_tolerate():
    """No GPU is registered on the pool: `check` reports it, and the plugin has no instance types in `explain`."""
    stack = (pool(families("p5"), taints=[OTHER_TAINT]), node_class(), nfd_worker(), nvidia_plugin())
    assert ("scheduling/no-gpu-registered", "NodePool/gpu") in found(*stack)
    answer = explained(*stack)["workloads"]["DaemonSet/plugin"]["pools"]["gpu"]
    assert answer["instanceTypes"] == answer["awaitedLabels"] == []
    assert "which nothing in the manifests sets there" in answer["rejected"]["p5.48xlarge"]


def test_a_resource_of_a_node_overlay():
    """A pod that asks for what a NodeOverlay adds has a host, in both."""
    stack = (P5, node_class(), node_overlay(nvidia_com__gpu_shared="4"), pod({"nvidia.com/gpu.shared": "2"}))
    assert "scheduling/no-host" not in {rule for rule, _ in found(*stack)}
    hosted = explained(*stack)["workloads"]["Pod/pod"]["pools"]["gpu"]
    assert hosted["instanceTypes"] == ["p5.48xlarge", "p5.4xlarge"]
    too_many = (*stack[:-1], pod({"nvidia.com/gpu.shared": "5"}))
    assert ("scheduling/no-host", "Pod/pod") in found(*too_many)
    assert explained(*too_many)["workloads"]["Pod/pod"]["pools"]["gpu"]["instanceTypes"] == []


def test_a_node_overlay_that_the_release_does_not_know():
    """Karpenter before 1.7 reads no NodeOverlay: what one adds has no host there, in both."""
    stack = (P5, node_class(), node_overlay(nvidia_com__gpu_shared="4"), pod({"nvidia.com/gpu.shared": "2"}))
    for karpenter, is_hosted in (("1.6", False), ("1.7", True)):
        objects = read_texts({"stack.yaml": "\n---\n".join(map(json.dumps, stack))}).objects
        (work,) = explain(Cluster(objects, karpenter)).workloads
        assert bool(work.fits["gpu"].types) == is_hosted
        report = check({"stack.yaml": "\n---\n".join(map(json.dumps, stack))}, karpenter=karpenter)
        assert any(finding.rule.id == "scheduling/no-host" for finding in report.findings) != is_hosted


def test_a_pool_of_eks_auto_mode():
    """Both say that the pool is not evaluated, and neither that a pod has no host there."""
    auto = pool(requirement("team", "In", "a"))
    auto["spec"]["template"]["spec"]["nodeClassRef"] = {
        "group": "eks.amazonaws.com",
        "kind": "NodeClass",
        "name": "default",
    }
    stack = (auto, pod({vocabulary.GPU: 8}, nodeSelector={vocabulary.NODE_POOL: "gpu"}))
    rules = {rule for rule, _ in found(*stack)}
    assert "instances/not-evaluated" in rules
    assert rules.isdisjoint({"scheduling/no-host", *NOT_LAUNCHED})
    answer = explained(*stack)
    assert answer["pools"]["gpu"].keys() == {"instanceTypes", "notEvaluated"}
    assert answer["workloads"]["Pod/pod"]["pools"] == {}
    assert answer["workloads"]["Pod/pod"]["remarks"] == ["NodePool gpu may host it, which is not evaluated"]
    of_auto_mode = pod({vocabulary.GPU: 8}, nodeSelector={"eks.amazonaws.com/compute-type": "auto"})
    assert explained(auto, of_auto_mode)["workloads"]["Pod/pod"]["remarks"] == answer["workloads"]["Pod/pod"]["remarks"]


def test_a_label_of_running_nodes_of_a_static_pool():
    """Its nodes are there, with what feature discovery has put on them: both leave the pod to the kube-scheduler."""
    static = pool(families("p5"), limits={"nodes": "2"})
    static["spec"]["replicas"] = 2
    asks = pod({vocabulary.GPU: 8}, nodeSelector={"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"})
    rules = {"scheduling/no-host", "scheduling/run-time-label"}
    assert rules.isdisjoint({rule for rule, _ in found(static, node_class(), asks)})
    remarks = explained(static, node_class(), asks)["workloads"]["Pod/pod"]["remarks"]
    assert remarks == ["the nodes of static NodePool gpu have its labels when they run"]
    assert ("scheduling/run-time-label", "Pod/pod") in found(P5, node_class(), asks)


def test_no_version_and_no_gate_is_asked_of_a_karpenter_that_is_not_ones_own():
    """EKS Auto Mode has a Karpenter of its own: what ours must be or have on does not matter to its pools."""
    auto = pool(requirement(vocabulary.CAPACITY_TYPE, "In", "reserved"))
    auto["spec"]["replicas"] = 2
    auto["spec"]["template"]["spec"]["nodeClassRef"]["group"] = "eks.amazonaws.com"
    report = check({"stack.yaml": json.dumps(auto)}, karpenter="1.0", kubernetes="1.37")
    assert not [finding for finding in report.findings if finding.rule.group == "versions"]
    assert explained(auto)["featureGates"] == []


def test_a_pool_that_is_switched_off():
    """Both name the limit or the replicas that do it, and no other limit of 0."""
    for limit, by in (
        ({"amd.com/gpu": "0"}, []),
        ({"nvidia.com/gpu": "0"}, ["nvidia.com/gpu"]),
        ({"cpu": "0"}, ["cpu"]),
    ):
        stack = (pool(families("p5"), limits=limit), node_class())
        assert explained(*stack)["pools"]["gpu"]["switchedOffBy"] == by
        assert messages("instances/switched-off", *stack) == [f"Pool gpu is switched off: {name} 0." for name in by]
    static = pool(requirement(vocabulary.INSTANCE_TYPE, "In", "p9.96xlarge"))
    static["spec"]["replicas"] = 0
    assert explained(static, node_class())["pools"]["gpu"]["switchedOffBy"] == ["replicas"]
    assert messages("instances/switched-off", static, node_class()) == ["Pool gpu is switched off: replicas 0."]


def test_a_limit_of_0_on_what_no_type_has_is_not_the_reason():
    """A pool that launches nothing for another reason is not called switched off."""
    reserved = pool(
        requirement(vocabulary.CAPACITY_TYPE, "In", "reserved"), families("inf2"), limits={"amd.com/gpu": 0}
    )
    assert messages("instances/switched-off", reserved, node_class()) == []
    assert ("capacity/reserved-without-reservation", "NodePool/gpu") in found(reserved, node_class())


def test_a_reservation_that_the_node_class_does_not_select():
    """The pool launches nothing, in both."""
    asks = pool(families("p5"), requirement(vocabulary.CAPACITY_RESERVATION_ID, "In", "cr-0000000000000000a"))
    selects = node_class(capacityReservationSelectorTerms=[{"id": "cr-0000000000000000b"}])
    rules = {rule for rule, _ in found(asks, selects)}
    assert rules & NOT_LAUNCHED == {"capacity/reservation-not-selected"}
    answer = explained(asks, selects)["pools"]["gpu"]
    assert (answer["instanceTypes"], answer["capacity"]["sources"]) == ([], [])


def test_min_values_are_said_in_the_same_words():
    """As Karpenter says it: minValues requirement is not met."""
    stack = (pool(families("inf2"), requirement(vocabulary.INSTANCE_TYPE, "Exists", minValues=9)), node_class())
    words = "minValues requirement is not met: node.kubernetes.io/instance-type Exists minValues 9"
    assert messages("instances/min-values-unmet", *stack) == [f"Pool gpu launches no node: {words}."]
    assert f"The pool launches no node: {words}." in answer_page(ask(*stack))[0].alarms


def test_slips_are_said_in_the_same_words():
    """A sentence each, with the hint as a question."""
    stack = (pool(requirement(vocabulary.INSTANCE_TYPE, "In", "p5.48xlage", "p9.96xlarge")), node_class())
    said = explained(*stack)["pools"]["gpu"]["warnings"]
    key = vocabulary.INSTANCE_TYPE
    assert said == [
        f"{key}: no known instance type has 'p5.48xlage'; did you mean 'p5.48xlarge'?",
        f"{key}: no known instance type has 'p9.96xlarge'.",
    ]
    assert sorted(messages("instances/unknown-value", *stack)) == said
    assert set(said) <= set(answer_page(ask(*stack))[0].alarms)


def test_a_mig_device_that_no_type_has():
    """No node is launched for a pod that asks for a slice of a GPU, of which Karpenter knows none: both say so."""
    stack = (P5, node_class(), pod({"nvidia.com/mig-1g.10gb": 1}))
    assert ("scheduling/no-host", "Pod/pod") in found(*stack)
    assert explained(*stack)["workloads"]["Pod/pod"]["pools"]["gpu"]["instanceTypes"] == []


def test_a_pod_for_nodes_of_others():
    """`check` leaves a pod of a managed node group alone, and `explain` says why no pool of the manifests hosts it."""
    others = {"eks.amazonaws.com/nodegroup": "gpu"}
    stack = (P5, node_class(), pod({vocabulary.GPU: 8}, nodeSelector=others))
    assert messages("scheduling/no-host", *stack) == []
    answer = explained(*stack)["workloads"]["Pod/pod"]
    assert answer["remarks"] == ["eks.amazonaws.com/nodegroup selects nodes that no NodePool here makes"]
    own = pool(families("p5"), labels=others)
    assert explained(own, *stack[1:])["workloads"]["Pod/pod"]["remarks"] == []


def test_huge_pages_without_a_device():
    """A pod that selects a pool and asks for huge pages, of which Karpenter knows none, has no host: both say so."""
    stack = (P5, node_class(), pod({"hugepages-2Mi": "1Gi"}, nodeSelector={vocabulary.NODE_POOL: "gpu"}))
    assert ("efa/huge-pages", "Pod/pod") in found(*stack)
    assert explained(*stack)["workloads"]["Pod/pod"]["pools"]["gpu"]["instanceTypes"] == []


def test_reserved_capacity_without_a_reservation():
    """The pool launches nothing, in both; with a reservation it does."""
    reserved = pool(families("p5"), requirement(vocabulary.CAPACITY_TYPE, "In", "reserved"))
    assert ("capacity/reserved-without-reservation", "NodePool/gpu") in found(reserved, node_class())
    assert explained(reserved, node_class())["pools"]["gpu"]["instanceTypes"] == []
    selects = node_class(capacityReservationSelectorTerms=[{"id": "cr-0123456789abcdef0"}])
    assert {rule for rule, _ in found(reserved, selects)}.isdisjoint(NOT_LAUNCHED)
    assert explained(reserved, selects)["pools"]["gpu"]["instanceTypes"] == ["p5.48xlarge", "p5.4xlarge"]


def test_a_limit_of_what_a_node_overlay_adds():
    """The limit is compared with what the overlay says, and the message has that number."""
    stack = (
        pool(families("p5"), limits={"example.com/x": "2"}),
        node_class(),
        node_overlay(families("p5"), example_com__x="4"),
    )
    assert messages("instances/limit-too-small", *stack) == [
        "All available instance types exceed limits of pool gpu: example.com/x 2, and p5.48xlarge, the smallest, has 4."
    ]
    assert explained(*stack)["pools"]["gpu"]["instanceTypes"] == []


def test_node_overlays_in_conflict():
    """Karpenter ignores the second of the two, on all types: what only that adds has no host, in both."""
    both = families("p5", "g6")
    overlays = (
        node_overlay(families("p5"), name="z", example_com__x="1"),
        node_overlay(both, name="b", example_com__x="4"),
    )
    stack = (pool(both), node_class(), *overlays, pod({"example.com/x": "2"}))
    said = ["NodeOverlay b is in conflict with NodeOverlay z, and Karpenter ignores it."]
    assert messages("instances/overlay-conflict", *stack) == said
    assert ("scheduling/no-host", "Pod/pod") in found(*stack)
    assert explained(*stack)["workloads"]["Pod/pod"]["pools"]["gpu"]["instanceTypes"] == []


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("scheduling", {"nodeSelector": {"team": "b"}}, "incompatible requirements: team In [b] not in team In [a]"),
        ("overhead", {"podFixed": {"cpu": "1000"}}, "insufficient cpu: requested 1001, allocatable 191450m"),
        ("scheduling", {"nodeSelector": {"team": "a"}}, None),
    ],
)
def test_the_runtime_class_of_a_pod(field, value, reason):
    """What the API server takes over from it counts, in both."""
    runtime = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "kata"}, "handler": "kata"}
    asks = pod({vocabulary.GPU: 8, "cpu": "1"}, runtimeClassName="kata")
    stack = (pool(families("p5"), labels={"team": "a"}), node_class(), runtime | {field: value}, asks)
    rejected = explained(*stack)["workloads"]["Pod/pod"]["pools"]["gpu"]["rejected"].get("p5.48xlarge")
    assert rejected == reason
    assert [reason in said for said in messages("scheduling/no-host", *stack)] == ([True] if reason else [])


@pytest.mark.parametrize("kind", ["NodeClass", "Ec2NodeClass"])
def test_a_node_class_of_another_kind(kind):
    """Karpenter leaves the pool alone, as it does those of other providers: nothing is said of its types, in both."""
    other = pool(families("p5"))
    other["spec"]["template"]["spec"]["nodeClassRef"]["kind"] = kind
    said = f"There is no {kind} 'default'; did you mean 'EC2NodeClass'?"
    assert messages("apply/node-class-missing", other, node_class()) == [said]
    answer = explained(other, node_class())["pools"]["gpu"]
    assert (answer["instanceTypes"], answer["warnings"]) == ([], [said])


def test_a_node_class_that_is_not_there():
    """Both say so, in the same words."""
    other = pool(families("p5"))
    other["spec"]["template"]["spec"]["nodeClassRef"]["name"] = "defualt"
    said = "There is no EC2NodeClass 'defualt'; did you mean 'default'?"
    assert messages("apply/node-class-missing", other, node_class()) == [said]
    assert explained(other, node_class())["pools"]["gpu"]["warnings"] == [said]
    assert explained(other)["pools"]["gpu"]["warnings"] == messages("apply/node-class-missing", other) == []


def test_two_pools_of_one_name():
    """None of them is lost: a pod that the first can host is launched from it, and its answer has a name of its own."""
    stack = (P5, pool(families("trn1")), node_class(), pod({vocabulary.GPU: 8}), pod({vocabulary.GPU: 1}))
    assert "scheduling/no-host" not in {rule for rule, _ in found(*stack)}
    answer = explained(*stack)
    assert [len(each["instanceTypes"]) for each in answer["pools"].values()] == [2, 2]
    first = answer["workloads"]["Pod/default/pod (stack.yaml:7)"]
    assert {name: each["instanceTypes"] for name, each in first["pools"].items()} == {
        "gpu (stack.yaml:1)": ["p5.48xlarge"],
        "gpu": [],
    }
    assert first["launch"]["nodePool"] == "gpu (stack.yaml:1)"
    assert list(answer["workloads"]) == ["Pod/default/pod (stack.yaml:7)", "Pod/default/pod"]


@pytest.mark.parametrize("resource", ["qualcomm.com/qaic", "smarter-devices/fuse", "xilinx.com/fpga", "rdma/hca"])
def test_a_resource_of_which_karpenter_knows_none(resource):
    """No node is launched for it, whoever would register it: both say so, unless a NodeOverlay adds it."""
    stack = (P5, node_class(), pod({resource: "1"}))
    assert ("scheduling/no-host", "Pod/pod") in found(*stack)
    assert explained(*stack)["workloads"]["Pod/pod"]["launch"] is None
    assert ("scheduling/no-host", "Pod/pod") not in found(P5, node_class(), pod({resource: "0"}))


@pytest.mark.parametrize(
    ("asks", "remark"),
    [
        (pod({"cpu": "1000"}), "it may be for nodes that no NodePool here makes"),
        (pod({"cpu": "1"}), None),
        (
            pod({vocabulary.GPU: "${GPUS}"}),
            "some of what it asks of a node is yet to be filled in: where it can run is not known",
        ),
        (
            {"apiVersion": "v1", "kind": "PodTemplate", "template": pod({vocabulary.GPU: 64})},
            "others make its pods, and may change what they ask for",
        ),
    ],
)
def test_a_pod_that_check_leaves_alone(asks, remark):
    """`explain` says why its answer is no finding of `check`."""
    assert not {rule for rule, _ in found(P5, node_class(), asks)} & {"scheduling/no-host"}
    (answer,) = explained(P5, node_class(), asks)["workloads"].values()
    assert answer["remarks"] == ([remark] if remark else [])


def test_a_pod_that_only_a_refused_pool_could_host():
    """`check` finds the pool's mistake and none of the pod; `explain` answers without the pool, and says so."""
    mistaken = pool(families("p5"), name="mistaken")
    asks = pod({vocabulary.GPU: 8}, nodeSelector={vocabulary.INSTANCE_FAMILY: "p5"})
    refused = cluster(pool(families("g6")), mistaken, node_class(), asks)
    answer = answer_data(explain(refused, refused={refused.pools[1].manifest: ("mistake",)}))["workloads"]["Pod/pod"]
    assert (list(answer["pools"]), answer["launch"]) == (["gpu"], None)
    assert answer["remarks"] == ["NodePool mistaken could host it, and never gets ready"]
    assert ("scheduling/no-host", "Pod/pod") not in found(pool(families("g6")), mistaken, node_class(), asks)


def test_a_pod_that_names_its_node():
    """Nobody places it: `check` says nothing of its hosts, and `explain` why."""
    named = pod({vocabulary.GPU: 64}, nodeName="ip-10-0-0-1")
    assert messages("scheduling/no-host", P5, node_class(), named) == []
    answer = explained(P5, node_class(), pod({vocabulary.GPU: 8}, nodeName="ip-10-0-0-1"))["workloads"]["Pod/pod"]
    assert answer["launch"] is None
    said = "spec.nodeName puts it on node ip-10-0-0-1: neither the kube-scheduler nor Karpenter is asked"
    assert answer["remarks"] == [said] == explained(P5, node_class(), named)["workloads"]["Pod/pod"]["remarks"]


def test_a_pod_whose_volume_is_in_another_zone():
    """Both say that there is no host, and where the volume is."""
    zone = {key: requirement(vocabulary.ZONE, "In", f"us-west-2{key}") for key in "ab"}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}}
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": [zone["b"]]}]}}
    bound = {"claimRef": {"name": "data", "namespace": "default"}, "nodeAffinity": affinity}
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv"}, "spec": bound}
    mounts = pod({vocabulary.GPU: 8}, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}])
    said = f"ts volumes ask for {vocabulary.ZONE} In [us-west-2b]"
    for of_pool, is_hosted in (("a", False), ("b", True)):
        stack = (pool(families("p5"), zone[of_pool]), node_class(), claim, volume, mounts)
        assert [f"I{said}." in message for message in messages("scheduling/no-host", *stack)] == [True] * (
            not is_hosted
        )
        answer = explained(*stack)["workloads"]["Pod/pod"]
        assert (bool(answer["launch"]), answer["remarks"]) == (is_hosted, [f"i{said}"])


def test_pods_that_must_be_on_one_rack():
    """Karpenter knows no value of a label that no pool has, and makes no node for such an affinity: both say so."""
    term = {"topologyKey": "example.com/rack", "labelSelector": {"matchLabels": {"app": "train"}}}
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    stack = (P5, node_class(), pod({vocabulary.GPU: 8}, affinity=affinity))
    assert ("scheduling/no-host", "Pod/pod") in found(*stack)
    (reason,) = set(explained(*stack)["workloads"]["Pod/pod"]["pools"]["gpu"]["rejected"].values())
    assert reason == "label example.com/rack does not have known values"
    assert explained(pool(families("p5"), labels={"example.com/rack": "a"}), *stack[1:])["workloads"]["Pod/pod"][
        "launch"
    ]


@pytest.mark.parametrize(("patch", "is_reported"), [({}, True), ({"podSpecPatch": "tolerations: []"}, False)])
def test_a_workflow_of_argo(patch, is_reported):
    """Its templates are pods: both say that one has no host, unless a patch may change what it asks for."""
    template = {"name": "train", "container": container(limits={vocabulary.GPU: 64}), **patch}
    flow = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "flow"}}
    stack = (P5, node_class(), flow | {"spec": {"entrypoint": "train", "templates": [template]}})
    assert bool(messages("scheduling/no-host", *stack)) == is_reported
    answer = explained(*stack)["workloads"]["Workflow/flow"]
    assert (answer["requests"][vocabulary.GPU], bool(answer["remarks"])) == ("64", not is_reported)


def test_a_job_in_a_queue_of_kueue():
    """It tolerates what a ResourceFlavor tolerates: `check` says nothing of the taint, and `explain` why."""
    tainted = pool(families("p5"), taints=[GPU_TAINT])
    queued = pod({vocabulary.GPU: 8})
    queued["metadata"]["labels"] = {vocabulary.QUEUE_NAME: "team"}
    assert messages("scheduling/no-host", tainted, node_class(), queued) == []
    answer = explained(tainted, node_class(), queued)["workloads"]["Pod/pod"]
    said = "Kueue adds a ResourceFlavor: its tolerations count as there, what its nodeLabels ask is left out"
    assert (bool(answer["launch"]), answer["remarks"]) == (True, [said])


def test_a_daemon_set_that_asks_for_nothing_takes_no_room():
    """That Karpenter may count it otherwise is said only of one that asks for something."""
    assert explained(P5, node_class(), nvidia_plugin())["workloads"]["DaemonSet/plugin"]["remarks"] == []
    asks = nvidia_plugin(
        containers=[container({"cpu": "1"}, image="k8s-device-plugin", command=["nvidia-device-plugin"])]
    )
    assert len(explained(P5, node_class(), asks)["workloads"]["DaemonSet/plugin"]["remarks"]) == 1


def test_where_the_nodes_of_a_pool_that_launches_nothing_come_from():
    """Nowhere, whatever capacity types it allows."""
    stack = (pool(families("p5"), requirement(vocabulary.ARCH, "In", "arm64")), node_class())
    assert ("instances/none-admitted", "NodePool/gpu") in found(*stack)
    assert explained(*stack)["pools"]["gpu"]["capacity"]["sources"] == []


def test_where_the_nodes_of_an_unfinished_pool_come_from():
    """What is yet to be filled in rules out no capacity type."""
    (found,) = explained(pool(families("${FAMILY}")), node_class())["pools"].values()
    assert [each["capacityType"] for each in found["capacity"]["sources"]] == ["spot", "on-demand"]
