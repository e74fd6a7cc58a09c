"""`check` and `explain` give one answer, whatever the manifests are."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.pure.answers import NOT_LAUNCHED, OTHER_TAINT, about, checked, explained
from tests.pure.provisioning.manifests import (
    GPU_TAINT,
    TOLERATE,
    container,
    daemon_set,
    families,
    nfd_worker,
    node_class,
    node_overlay,
    nvidia_plugin,
    pool,
    preferred,
    required,
    requirement,
    workload,
)

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER

_GPU_FAMILIES = ("p5", "p4d", "g6", "g6f", "g4ad", "trn1", "m5", "p9", "${FAMILY}")
LABELS = st.sampled_from(
    [{}, {}, {"team": "a"}, {"nvidia.com/gpu.present": "true"}, {vocabulary.INSTANCE_TYPE: "p9.96xlarge"}]
)
TAINTS = st.lists(
    st.sampled_from(
        [GPU_TAINT, OTHER_TAINT, {"key": "team", "effect": "NoExecute"}, {"key": "a", "effect": "PreferNoSchedule"}]
    ),
    max_size=2,
    unique_by=lambda taint: taint["key"],
)
TOLERATIONS = st.sampled_from([[], [TOLERATE], [GPU_TAINT], [{"operator": "Exists"}]])
REQUIREMENTS = st.sampled_from(
    [
        requirement(vocabulary.CAPACITY_TYPE, "In", "reserved"),
        requirement(vocabulary.CAPACITY_TYPE, "In", "spot"),
        requirement(vocabulary.CAPACITY_TYPE, "NotIn", "reserved"),
        requirement(vocabulary.CAPACITY_RESERVATION_ID, "In", "cr-1"),
        requirement(vocabulary.INSTANCE_TYPE, "In", "p9.96xlarge", "p5.48xlarge"),
        requirement(vocabulary.INSTANCE_SIZE, "In", "48xlarge"),
        requirement(vocabulary.GPU_COUNT, "Gt", "3"),
        requirement(vocabulary.ARCH, "In", "arm64"),
        requirement(vocabulary.INSTANCE_CPU, "Lt", "16"),
        {"key": vocabulary.GPU_NAME, "operator": "DoesNotExist"},
        {"key": vocabulary.ZONE, "operator": "DoesNotExist"},
        requirement(vocabulary.INSTANCE_FAMILY, "NotIn", "p5", minValues=2),
        requirement(vocabulary.GPU_NAME, "Exists", minValues=2) | {"values": []},
        requirement(vocabulary.INSTANCE_TYPE, "In", "p9.96xlarge", "p5.48xlarge", minValues=2),
        requirement(vocabulary.INSTANCE_CATEGORY, "In", "p", "trn"),
        requirement(vocabulary.INSTANCE_GENERATION, "Gte", "6"),
        requirement(vocabulary.INSTANCE_FAMILY, "NotIn", "p9", "p4d"),
        requirement("team", "Exists"),
    ]
)
LIMITS = st.none() | st.dictionaries(
    st.sampled_from(["cpu", "memory", vocabulary.GPU, "nodes"]), st.sampled_from(["0", "1", "100", "1Ti"]), max_size=2
)
REQUESTS = st.dictionaries(
    st.sampled_from(
        [
            *(vocabulary.GPU, vocabulary.EFA, vocabulary.NEURON, "nvidia.com/gpu.shared", "nvidia.com/mig-1g.10gb"),
            *("amd.com/gpu", "aws.amazon.com/neuroncore", "hugepages-2Mi", "cpu", "memory", "example.com/x"),
        ]
    ),
    st.sampled_from(["0", "1", "4", "8", "100Gi", "${AMOUNT}"]),
    max_size=3,
)
SELECTORS = st.dictionaries(
    st.sampled_from(
        [
            *("team", vocabulary.NODE_POOL, vocabulary.INSTANCE_FAMILY, vocabulary.CAPACITY_TYPE),
            *(vocabulary.INSTANCE_TYPE, "eks.amazonaws.com/nodegroup"),
        ]
    ),
    st.sampled_from(["a", "pool-0", "pool-1", "p5", "p9", "spot", "reserved", "p9.96xlarge", "p5.48xlrage"]),
    max_size=2,
)
AFFINITIES = st.sampled_from(
    [
        {},
        required([requirement(vocabulary.INSTANCE_SIZE, "In", "4xlarge")], [requirement("team", "In", "a")]),
        preferred([requirement(vocabulary.INSTANCE_FAMILY, "In", "g6")]),
        required([requirement(vocabulary.HOSTNAME, "In", "a")]),
    ]
)


@st.composite
def pools(draw, number):
    """Draw a NodePool."""
    names = draw(st.lists(st.sampled_from(_GPU_FAMILIES), min_size=1, max_size=3, unique=True))
    more = draw(st.lists(REQUIREMENTS, max_size=2))
    name = f"pool-{0 if number == 1 and draw(st.integers(0, 4)) == 0 else number}"
    manifest = pool(families(*names), *more, name=name, labels=draw(LABELS), taints=draw(TAINTS))
    limits, weight = draw(LIMITS), draw(st.sampled_from([None, 10]))
    manifest["spec"] |= {"limits": limits or {}} | ({"weight": weight} if weight else {})
    changed = draw(
        st.sampled_from([{}] * 9 + [{"group": "eks.amazonaws.com"}, {"kind": "NodeClass"}, {"name": "defualt"}])
    )
    manifest["spec"]["template"]["spec"]["nodeClassRef"] |= changed
    return manifest


@st.composite
def node_classes(draw):
    """Draw the EC2NodeClass of the pools, or none."""
    spec = draw(
        st.sampled_from(
            [
                None,
                {},
                {"amiFamily": "Bottlerocket"},
                {"capacityReservationSelectorTerms": [{"tags": {"a": "b"}}]},
                {"capacityReservationSelectorTerms": [{"id": "cr-2"}]},
                {"kubelet": {"maxPods": 3}},
                {"kubelet": {"systemReserved": {"memory": "100Gi"}}},
                {"networkInterfaces": [{"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}]},
                {
                    "networkInterfaces": [
                        {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"},
                        {"networkCardIndex": 1, "deviceIndex": 1, "interfaceType": "efa-only"},
                    ]
                },
                {"cpuOptions": {"nestedVirtualization": "enabled"}},
            ]
        )
    )
    return [] if spec is None else [node_class(**spec)]


RUNTIME_CLASSES = st.sampled_from(
    [
        {"overhead": {"podFixed": {"cpu": "100"}}},
        {"scheduling": {"nodeSelector": {"team": "a"}}},
        {"scheduling": {"tolerations": [{"operator": "Exists"}]}},
    ]
).map(
    lambda said: {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "kata"},
        "handler": "kata",
        **said,
        "spec": {},
    }
)


@st.composite
def workloads(draw, number):
    """Draw a pod, Job or DaemonSet that asks for something."""
    kind = draw(st.sampled_from(["Job", "Job", "Deployment", "DaemonSet", "ServingRuntime"]))
    ports = draw(st.sampled_from([[], [], [{"hostPort": 80, "containerPort": 80}], [{"containerPort": 80}]]))
    spec = {
        "containers": [container(draw(REQUESTS), ports=ports)],
        "nodeSelector": draw(SELECTORS),
        "tolerations": draw(TOLERATIONS),
        "affinity": draw(AFFINITIES),
        "hostNetwork": draw(st.booleans()),
        "runtimeClassName": draw(st.sampled_from([None, None, "kata"])),
    }
    if draw(st.integers(0, 19)) == 0:
        spec["resourceClaims"] = [{"name": "gpu", "resourceClaimTemplateName": "gpu"}]
    return workload(kind, name=f"work-{number}", **spec)


@st.composite
def stacks(draw):
    """Draw a whole stack: pools, their class, overlays, device plugins and pods."""
    manifests = [draw(pools(number)) for number in range(draw(st.integers(1, 3)))]
    manifests += draw(node_classes())
    for name in draw(st.lists(st.sampled_from("abc"), max_size=3)):
        narrowed = draw(st.lists(st.sampled_from([families("p5"), requirement("team", "In", "a")]), max_size=1))
        added = draw(st.sampled_from([{"nvidia_com__gpu_shared": "4"}, {"example_com__x": "2"}, {}]))
        manifests.append(node_overlay(*narrowed, name=name, weight=draw(st.sampled_from([None, 10])), **added))
    if draw(st.booleans()):
        manifests.append(draw(RUNTIME_CLASSES))
    plugins = [
        nfd_worker(tolerations=draw(TOLERATIONS)),
        nvidia_plugin(tolerations=draw(TOLERATIONS)),
        daemon_set("neuron", "neuron-device-plugin", "run", tolerations=draw(TOLERATIONS)),
        daemon_set("efa", "eks/aws-efa-k8s-device-plugin", "run", tolerations=draw(TOLERATIONS)),
    ]
    manifests += [plugin for plugin in plugins if draw(st.booleans())]
    return manifests + [draw(workloads(number)) for number in range(draw(st.integers(0, 3)))]


RELEASES = ("1.0", "1.2", "1.6", "1.8", "1.11", *(DEFAULT_KARPENTER,) * 5)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(stacks(), st.sampled_from(RELEASES))
def test_check_and_explain_agree(stack, karpenter):
    """On any stack, the findings on nodes and pods are those that follow from the answer, and no others."""
    answer, report = explained(*stack, karpenter=karpenter), checked(*stack, karpenter=karpenter)
    findings = {(finding.rule.id, about(finding)) for finding in report}
    pools_of_stack = [manifest for manifest in stack if manifest["kind"] == "NodePool"]
    assert len(answer["pools"]) == len(pools_of_stack)
    for manifest, (title, each) in zip(pools_of_stack, answer["pools"].items(), strict=True):
        name = manifest["metadata"]["name"]
        assert title.partition(" ")[0] == name
        if sum(other["metadata"]["name"] == name for other in pools_of_stack) == 1:  # findings have only the name
            _pools_agree(name, each, findings)
    said = sorted(text for each in answer["pools"].values() for text in each.get("warnings", ()))
    said += sorted(text for each in answer["workloads"].values() for text in each["remarks"] if text.endswith("?"))
    assert set(said) <= {finding.message for finding in report}
    for manifest in stack:
        _devices_agree(manifest, answer, findings, any(map(_is_bottlerocket, stack)))
        _hosts_agree(manifest, answer, findings)


def _pools_agree(name, answer, findings):
    """A pool that launches nothing has a finding that says so, and one that launches something has none."""
    not_launched = {rule for rule, target in findings if target == f"NodePool/{name}" and rule in NOT_LAUNCHED}
    if answer.get("notEvaluated"):
        assert ("instances/not-evaluated", f"NodePool/{name}") in findings
        assert not not_launched
    elif answer["unknownInstanceTypes"]:
        assert ("instances/unknown-value", f"NodePool/{name}") in findings
        assert not not_launched or answer["switchedOffBy"] or not answer["capacity"]["sources"]
    elif answer["hasPlaceholders"]:
        assert not not_launched or answer["switchedOffBy"] or not answer["capacity"]["sources"]
    else:
        assert bool(not_launched) == (not answer["instanceTypes"])


def _is_bottlerocket(manifest):
    return manifest["spec"].get("amiFamily") == "Bottlerocket"


def _devices_agree(manifest, answer, findings, is_bottlerocket):
    """A pool with devices that no plugin of the manifests registers has a finding, and no other pool has.

    Bottlerocket registers the GPUs itself.
    """
    rules = {
        "plugin": ("scheduling/no-gpu-registered", vocabulary.GPU),
        "neuron": ("scheduling/no-device-registered", vocabulary.NEURON),
    }
    plugin = manifest["metadata"]["name"]
    if plugin not in rules:
        return
    rule, resource = rules[plugin]
    expected = set()
    for name, hosting in answer["workloads"][f"DaemonSet/{plugin}"]["pools"].items():
        launched, hosted = answer["pools"][name]["instanceTypes"], hosting["instanceTypes"]
        with_device = [each for each in launched if catalogue()[each].count(resource)]
        served = [each for each in hosted if catalogue()[each].count(resource)]
        node_class_there = not any(
            said.startswith("There is no EC2NodeClass") for said in answer["pools"][name]["warnings"]
        )
        has_own_plugin = is_bottlerocket and node_class_there and resource == vocabulary.GPU
        if with_device and not served and not has_own_plugin:
            expected.add((rule, f"NodePool/{name.partition(' ')[0]}"))
    assert {each for each in findings if each[0] == rule} == expected


def _hosts_agree(manifest, answer, findings):
    """A pod that is for the pools' nodes has a finding where no pool can host it, and only there."""
    if "template" not in manifest["spec"] or manifest["kind"] in {"NodePool", "DaemonSet"}:
        return
    target = f"{manifest['kind']}/{manifest['metadata']['name']}"
    workload_answer = answer["workloads"][target]
    hosted = any(each["instanceTypes"] for each in workload_answer["pools"].values())
    reported = {rule for rule, about in findings if about == target} & {
        "scheduling/no-host",
        "scheduling/run-time-label",
        "efa/huge-pages",
    }
    if hosted:
        assert not reported
        return
    assert workload_answer["launch"] is None
    is_unknown = any(each.get("notEvaluated") or each["hasPlaceholders"] for each in answer["pools"].values()) or any(
        each["unknownInstanceTypes"] for each in workload_answer["pools"].values()
    )
    # Where `check` says nothing of a pod without a host, `explain` says why.
    assert reported or is_unknown or workload_answer["remarks"]
    assert not reported or not workload_answer["remarks"]
