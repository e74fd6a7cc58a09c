"""What makes pods, and what is said of them without knowing where they go."""

from decimal import Decimal

import pytest
from tests.pure.provisioning.manifests import cluster, container, pod, pool, preferred, required, requirement, workload

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import Cursor
from cdk8s_eks_gpu.provisioning.pod import read_pod
from cdk8s_eks_gpu.requirements import Requirement, Requirements

PLACEHOLDER = "{{ .Values.x }}"


def read(manifest):
    """Return the workloads of a manifest."""
    return cluster(manifest).workloads


def job(**spec):
    """Return a Job that says how often its pod runs."""
    manifest = workload("Job")
    manifest["spec"] |= spec
    return manifest


@pytest.mark.parametrize(
    ("manifest", "count"),
    [
        (pod(), 1),
        (workload("Deployment"), 1),
        (job(parallelism=3, completions=5), 5),
        (job(parallelism=3), 3),
        (job(parallelism=PLACEHOLDER), 1),
        (job(replicas=2), 2),
        (job(numNodes=4), 4),
        (job(minReplicas=3), 3),
    ],
)
def test_how_many_pods_there_are(manifest, count):
    """It is the largest of what the object says, and one where it says nothing that can be read."""
    (found,) = read(manifest)
    assert found.pod_count == count


def test_a_pod_count_that_stands_beside_the_template():
    """A group of workers says its size where its template stands."""
    manifest = {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": {"name": "serve"},
        "spec": {"leaderWorkerTemplate": {"size": 4, "workerTemplate": {"spec": pod()["spec"]}}},
    }
    assert [each.pod_count for each in read(manifest)] == [4]


@pytest.mark.parametrize(
    ("kind", "api_version", "expected"),
    [
        ("WorkflowTemplate", "argoproj.io/v1alpha1", True),
        ("ClusterWorkflowTemplate", "argoproj.io/v1alpha1", True),
        ("TrainingRuntime", "trainer.kubeflow.org/v1alpha1", True),
        ("ClusterTrainingRuntime", "trainer.kubeflow.org/v1alpha1", True),
        ("ServingRuntime", "serving.kserve.io/v1alpha1", True),
        ("ClusterServingRuntime", "serving.kserve.io/v1alpha1", True),
        ("ClusterPolicy", "kyverno.io/v1", True),
        ("Deployment", "apps/v1", False),
    ],
)
def test_what_is_only_an_example(kind, api_version, expected):
    """Templates of others' pods, and what Kyverno makes of its policies, are no pods themselves."""
    (found,) = read(workload(kind, {vocabulary.GPU: 1}) | {"apiVersion": api_version})
    assert found.is_blueprint == expected
    assert found.asks_for(vocabulary.GPU) != expected


def test_what_it_asks_for():
    """Only what runs by itself asks for a device: DaemonSets drive it, and a request of another resource is none."""
    requests = {vocabulary.GPU: 1}
    for kind, expected in (("Deployment", True), ("DaemonSet", False)):
        (found,) = read(workload(kind, requests))
        assert found.asks_for(vocabulary.GPU) == expected
        assert not found.asks_for(vocabulary.EFA)
    (found,) = read(workload("Deployment", requests))
    assert found.asks_for(vocabulary.EFA, vocabulary.GPU)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, False),
        ({"nodeSelector": {"team": PLACEHOLDER}}, True),
        ({"tolerations": [{"key": PLACEHOLDER}]}, True),
        ({"affinity": {"nodeAffinity": {PLACEHOLDER: 1}}}, True),
        ({"containers": [container({"cpu": PLACEHOLDER})]}, True),
        ({"initContainers": [container({"cpu": PLACEHOLDER})]}, True),
        ({"containers": [container(image=PLACEHOLDER)]}, False),
    ],
)
def test_what_is_yet_to_be_filled_in(spec, expected):
    """A placeholder counts where it decides about the node, and not in an image."""
    (found,) = read(pod(**spec))
    assert found.has_placeholder == expected


def test_images():
    """The images of all containers count, in the order in which they run; one without an image has none."""
    spec = {"initContainers": [container(image="first")], "containers": [{"name": "a"}, container(image="second")]}
    (found,) = read(pod(**spec))
    assert found.images == ("first", "second")


def test_without_huge_pages():
    """Huge pages can be looked away from; what asks for none stays what it is."""
    (plain,) = read(pod({"cpu": 1}))
    assert plain.without_huge_pages is plain
    (found,) = read(pod({"cpu": 1, "hugepages-2Mi": "4Mi", "hugepages-1Gi": "1Gi"}))
    assert set(found.without_huge_pages.pod.requests) == set(plain.pod.requests)
    assert found.without_huge_pages.name == found.name


def test_without_labels_of_running_nodes():
    """Labels that only running nodes have can be looked away from; others stay."""
    (plain,) = read(pod(nodeSelector={"team": "a"}))
    assert plain.without_run_time_labels is plain
    (found,) = read(pod(nodeSelector={"team": "a", "nvidia.com/gpu.product": "H100"}))
    assert found.without_run_time_labels.pod.terms == plain.pod.terms
    assert found.without_run_time_labels.object is found.object


def test_names_of_several_pod_templates():
    """One template has its object's name, one of several the path of its template too."""
    assert [str(each) for each in read(workload("Deployment", name="web"))] == ["Deployment/web"]
    spec = {"containers": [container()]}
    replicas = {"Launcher": {"template": {"spec": spec}}, "Worker": {"replicas": 2, "template": {"spec": spec}}}
    manifest = {
        "apiVersion": "kubeflow.org/v2beta1",
        "kind": "MPIJob",
        "metadata": {"name": "train"},
        "spec": {"mpiReplicaSpecs": replicas},
    }
    assert [(each.name, each.pod_count) for each in read(manifest)] == [
        ("train/spec.mpiReplicaSpecs.Launcher", 1),
        ("train/spec.mpiReplicaSpecs.Worker", 2),
    ]


def test_names_of_templates_that_are_called_otherwise():
    """A template that stands under another key than `template` is named with that key."""
    templates = {name: {"spec": pod()["spec"]} for name in ("leaderTemplate", "workerTemplate")}
    manifest = {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": {"name": "serve"},
        "spec": {"leaderWorkerTemplate": templates},
    }
    assert [each.name for each in read(manifest)] == [
        "serve/spec.leaderWorkerTemplate.leaderTemplate",
        "serve/spec.leaderWorkerTemplate.workerTemplate",
    ]


def test_a_template_that_an_operator_makes_something_else_of():
    """What an operator makes of an object takes the place of the template in it, and of no other object's."""
    template = {"spec": {"containers": [container()]}}
    manifest = {
        "apiVersion": "slinky.slurm.net/v1alpha1",
        "kind": "NodeSet",
        "metadata": {"name": "slurm"},
        "spec": {"slurmd": {"image": "slurmd"}, "template": template},
    }
    assert [(each.name, each.images) for each in read(manifest)] == [("slurm", ("slurmd", "train"))]
    manifest["kind"] = "Other"
    assert [each.images for each in read(manifest)] == [("train",)]
    assert read(manifest | {"spec": {"template": {"spec": "text"}}}) == ()


def test_a_pod_counts_as_one():
    """Of the pods that a node may have each takes one, whatever else it asks for."""
    assert read_pod(Cursor({})).requests == {"pods": 1}


def test_preferences_by_weight():
    """The heaviest preference is tried first; one without a weight comes last."""
    affinity = preferred([requirement("a", "In", "1")], [requirement("a", "In", "2")])
    weighted = affinity["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    weighted[0]["weight"], weighted[1]["weight"] = None, 1
    found = read_pod(Cursor({"affinity": affinity}))
    assert found.preferences == tuple(Requirements([Requirement.of("a", "In", value)]) for value in ("2", "1"))


def test_spread_that_has_to_hold():
    """Only a spread that may not be left unsatisfied decides where pods go."""
    spread = [
        {"topologyKey": vocabulary.ZONE, "whenUnsatisfiable": "DoNotSchedule"},
        {"topologyKey": vocabulary.HOSTNAME, "whenUnsatisfiable": "ScheduleAnyway"},
    ]
    assert read_pod(Cursor({"topologySpreadConstraints": spread})).topology_keys == {vocabulary.ZONE}


@pytest.mark.parametrize("kind", ["podAffinity", "podAntiAffinity"])
def test_the_labels_of_pods_that_must_be_together_or_apart(kind):
    """What is required counts, what is preferred does not."""
    required = [{"topologyKey": vocabulary.ZONE}, {"topologyKey": "rack"}]
    preferred = [{"weight": 1, "podAffinityTerm": {"topologyKey": "row"}}]
    affinity = {
        kind: {
            "requiredDuringSchedulingIgnoredDuringExecution": required,
            "preferredDuringSchedulingIgnoredDuringExecution": preferred,
        }
    }
    assert read_pod(Cursor({"affinity": affinity})).topology_keys == {vocabulary.ZONE, "rack"}


def test_ports_of_the_node():
    """Ports of containers and init containers count, with Kubernetes' defaults; a port of the pod alone is none."""
    ports = [{"containerPort": 80}, {"containerPort": 81, "hostPort": 81}]
    first = [{"containerPort": 53, "hostPort": 53, "protocol": "UDP", "hostIP": "10.0.0.1"}]
    spec = {"initContainers": [container(ports=first)], "containers": [container(ports=ports)]}
    everywhere = "0.0.0.0"  # noqa: S104 -- compared, not bound
    assert read_pod(Cursor(spec)).host_ports == {(everywhere, "TCP", 81), ("10.0.0.1", "UDP", 53)}


def kata(group="node.k8s.io", kind="RuntimeClass"):
    """Return a RuntimeClass, unless the group or the kind is another."""
    scheduling = {"nodeSelector": {"runtime": "kata"}, "tolerations": [{"key": "kata", "operator": "Exists"}]}
    return {
        "apiVersion": f"{group}/v1",
        "kind": kind,
        "metadata": {"name": "kata"},
        "scheduling": scheduling,
        "overhead": {"podFixed": {"cpu": "250m"}},
    }


@pytest.mark.parametrize(
    ("runtime_class", "name", "counts"),
    [
        (kata(), "kata", True),
        (kata(), "runc", False),
        (kata(), None, False),
        (kata(group="example.com"), "kata", False),
        (kata(kind="Runtime"), "kata", False),
    ],
)
def test_what_a_runtime_class_adds(runtime_class, name, counts):
    """A pod that names it selects, tolerates and asks for what it says besides."""
    spec = {"nodeSelector": {"team": "a"}, "tolerations": [{"key": "a", "operator": "Exists"}]}
    (found,) = cluster(runtime_class, pod({"cpu": 1}, runtimeClassName=name, **spec)).workloads
    selected = {"team": "a", "runtime": "kata"} if counts else {"team": "a"}
    assert found.pod.terms == (Requirements.of_labels(selected),)
    assert [each.key for each in found.pod.tolerations] == (["a", "kata"] if counts else ["a"])
    assert found.pod.requests == {"cpu": Decimal("1.25") if counts else 1, "pods": 1}
    (own,) = cluster(runtime_class, pod({"cpu": 1}, runtimeClassName=name, overhead={"cpu": "1"})).workloads
    assert own.pod.requests["cpu"] == 2


@pytest.mark.parametrize(("host_network", "expected"), [(True, {80, 22}), (False, {80}), (None, {80}), ("yes", {80})])
def test_ports_in_the_network_of_the_host(host_network, expected):
    """There each port of a container is one of the node, whether it says so or not."""
    ports = [{"containerPort": 8080, "hostPort": 80}, {"containerPort": 22}]
    found = read_pod(Cursor({"hostNetwork": host_network, "containers": [container(ports=ports)]}))
    assert {number for _, _, number in found.host_ports} == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"taints": [{"key": PLACEHOLDER, "effect": "NoSchedule"}]}, False),
        ({"labels": {"team": PLACEHOLDER}}, False),
        ({"requirements": [requirement("team", "In", PLACEHOLDER)]}, False),
        ({"requirements": [requirement(vocabulary.INSTANCE_TYPE, "In", "p99.48xlarge")]}, False),
        ({"limits": {"cpu": PLACEHOLDER}}, True),
    ],
)
def test_a_pool_that_is_known(changes, expected):
    """All that a pool launches is known unless it names a type that nobody knows, or something is to be filled in."""
    requirements = changes.get("requirements", [])
    more = {name: value for name, value in changes.items() if name != "requirements"}
    (found,) = cluster(pool(*requirements, **more)).pools
    assert found.is_known == expected


@pytest.mark.parametrize(
    ("limits", "replicas", "expected"),
    [
        ({}, None, ()),
        ({"cpu": "0", "nvidia.com/gpu": "0", "memory": "1Gi"}, None, ("cpu", "nvidia.com/gpu")),
        ({"nvidia.com/gpu": "1"}, None, ()),
        ({"aws.amazon.com/neuron": "0"}, None, ()),
        ({"nodes": "0"}, None, ("nodes",)),
        ({}, 0, ("replicas",)),
        ({"cpu": "0"}, 0, ("cpu", "replicas")),
        ({}, 1, ()),
    ],
)
def test_what_switches_a_pool_off(limits, replicas, expected):
    """A limit of 0 on what each of its nodes has, and replicas of 0, leave a pool nothing to launch."""
    manifest = pool(requirement(vocabulary.INSTANCE_FAMILY, "In", "p5"), limits=limits)
    manifest["spec"]["replicas"] = replicas
    (found,) = cluster(manifest).pools
    assert found.switched_off_by == expected


def test_a_limit_of_0_where_there_is_nothing_anyway():
    """A pool that has no types is not switched off by a limit on what they would have."""
    limited = pool(requirement(vocabulary.INSTANCE_FAMILY, "In", "none"), limits={"nvidia.com/gpu": "0"})
    (found,) = cluster(limited).pools
    assert found.switched_off_by == ()


def test_attempts():
    """Each term is tried with the heaviest preference; the last one with the others, and then alone."""
    first, second, heavy, light = (
        Requirements([Requirement.of(key, "Exists")]) for key in ("first", "second", "heavy", "light")
    )
    affinity = required([requirement("first", "Exists")], [requirement("second", "Exists")])
    affinity["nodeAffinity"] |= preferred([requirement("heavy", "Exists")], [requirement("light", "Exists")])[
        "nodeAffinity"
    ]
    found = read_pod(Cursor({"affinity": affinity}))
    tried = [first & heavy, second & heavy, second & light, second, second]
    assert [each.requirements for each in found.attempts] == tried
    assert [len(each.tolerations) for each in found.attempts] == [0, 0, 0, 0, 1]
    assert [each.requirements for each in found.required] == [first, second]
    assert [len(each.tolerations) for each in found.required] == [1, 1]
    del affinity["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    found = read_pod(Cursor({"affinity": affinity}))
    assert [each.requirements for each in found.attempts] == [first, second, second]


def test_what_takes_room():
    """A pod that asks for nothing takes a place among the pods of a node alone."""
    assert not read_pod(Cursor({"containers": [{"name": "main"}]})).takes_room
    asks = {"name": "main", "resources": {"requests": {"memory": "1Gi"}}}
    assert read_pod(Cursor({"containers": [asks]})).takes_room


def test_words():
    """Commands come before arguments, and init containers before the others; what is no text is left out."""
    first = {"name": "a", "args": ["-c", "b c"], "command": ["sh"]}
    (found,) = read(pod(initContainers=[first], containers=[{"name": "d", "args": ["e", 1]}, {"name": "f"}]))
    assert found.words == "sh -c b c e"


def test_a_patch_of_argo():
    """What a podSpecPatch changes is not known."""
    template = {"name": "a", "container": container({"cpu": 1}), "podSpecPatch": "tolerations: []"}
    flow = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "a"}}
    (found,) = read(flow | {"spec": {"templates": [template]}})
    assert found.has_placeholder
