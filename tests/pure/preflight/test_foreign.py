"""Set-ups that nobody here wrote: what is false, noise or missed there, each as a small case."""

import pytest
import yaml
from tests.pure.preflight.stacks import (
    GPU_TAINT,
    checked,
    daemon_set,
    efa_plugin,
    found,
    job,
    node_class,
    nvidia_plugin,
    pod,
    pool,
)

from cdk8s_eks_gpu.preflight import check
from cdk8s_eks_gpu.preflight.checks.ami import LATEST

TYPE = "node.kubernetes.io/instance-type"
FAMILY = "karpenter.k8s.aws/instance-family"
G7 = {"karpenter.k8s.aws/instance-category": ["g"], "kubernetes.io/arch": ["amd64"]}
TOO_MUCH = {"requests": {"nvidia.com/gpu": 4}, "limits": {"nvidia.com/gpu": 1}}
CONTAINER = {"name": "main", "image": "train:1", "resources": TOO_MUCH}
TEMPLATE = {"spec": {"containers": [CONTAINER]}}
MODEL = {"modelFormat": {"name": "a"}, "resources": TOO_MUCH}


def custom(api, kind, spec):
    """Return an object of another project's kind."""
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "train", "namespace": "default"}, "spec": spec}


def rules(*manifests, only=(), **versions):
    """Return the rules of the findings."""
    return [line.partition(" ")[0] for line in found(checked(*manifests, only=only, **versions))]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([{"alias": "al2023@v20260916"}], True),
        ([{"alias": "al2023@v20260917"}], False),
        ([{"alias": "al2023@v20261101"}], False),
        ([{"alias": "al2023@latest"}], False),
        ([{"alias": "bottlerocket@latest"}], False),
        ([{"alias": "al2@v20240625"}], True),
        ([{"id": "ami-0123456789abcdef0"}], False),
    ],
)
def test_the_driver_is_that_of_the_ami(terms, expected):
    """A g7 needs a driver that AL2023 has since v20260917; of an image of one's own nothing is said."""
    family = {} if "alias" in terms[0] else {"amiFamily": "AL2023"}
    own = node_class(amiSelectorTerms=terms, **family)
    assert ("instances/driver" in rules(pool(requirements=G7), own, pod(), kubernetes="1.32")) is expected
    assert "instances/driver" not in rules(pool(requirements=G7), pod())


def test_amds_gpus_are_a_trap_only_for_whom_gets_there():
    """Behind a taint, a pod with NVIDIA GPUs never gets a g4ad; one without GPUs does, as any pod without a taint."""
    types = {"karpenter.k8s.aws/instance-category": ["g"], "kubernetes.io/arch": ["amd64"]}
    assert "instances/amd-gpu" not in rules(pool(requirements=types), node_class(), pod())
    plain = pod("plain", limits={"cpu": 1})
    assert "instances/amd-gpu" in rules(pool(requirements=types), node_class(), pod(), plain)
    assert "instances/amd-gpu" in rules(pool(requirements=types, taints=[]), node_class(), pod())


def test_what_is_left_out_need_not_be_there():
    """An unknown value in NotIn restricts nothing; in In it is a slip."""
    narrow = pool()
    requirement = {"key": FAMILY, "operator": "NotIn", "values": ["g4x"]}
    narrow["spec"]["template"]["spec"]["requirements"].append(requirement)
    assert rules(narrow, node_class(), only=["instances"]) == []


def test_the_ami_that_is_recommended_has_the_driver_that_is_asked_for():
    """Pinning the AMI as one rule says does not break another."""
    recommended = LATEST.fix.partition("instance ")[2].partition(",")[0]
    own = node_class(amiSelectorTerms=[{"alias": recommended}])
    assert "instances/driver" not in rules(pool(requirements=G7), own, pod())


def test_alternatives_in_one_folder_keep_their_own_node_class():
    """Two files with a pool and a class of the same names: each pool has the class of its file."""
    stacks = {
        f"{name}.yaml": yaml.safe_dump_all(
            [pool(name, requirements=G7), node_class(amiSelectorTerms=[{"alias": alias}])]
        )
        for name, alias in (("old", "al2023@v20250101"), ("new", "al2023@v20261101"))
    }
    report = check(stacks, only=["instances"])
    assert found(report) == ["instances/driver NodePool/old"]


@pytest.mark.parametrize(
    "selector",
    [
        {"eks.amazonaws.com/nodegroup": "gpu"},
        {"sagemaker.amazonaws.com/compute-type": "ml.p5"},
        {"alpha.eksctl.io/nodegroup-name": "gpu"},
        {TYPE: "${INSTANCE_TYPE}"},
    ],
)
def test_pods_for_other_nodes_need_no_pool(selector):
    """A managed node group, HyperPod, and a value that is yet to be filled in have hosts that no NodePool makes."""
    assert "scheduling/no-host" not in rules(pool(), node_class(), pod(nodeSelector=selector))
    assert "scheduling/no-host" in rules(pool(), node_class(), pod(nodeSelector={TYPE: "c5.large"}))


def test_the_nodes_of_a_static_pool_have_their_labels():
    """Where in the network a node is shows when it runs: a static pool's do, another pool's are never made for it."""
    near = pod(nodeSelector={"topology.k8s.aws/network-node-layer-1": "nn-1"})
    assert not {"scheduling/no-host", "scheduling/run-time-label"} & {*rules(pool(replicas=2), node_class(), near)}
    assert "scheduling/run-time-label" in rules(pool(), node_class(), near)


def test_a_training_runtime_makes_no_pods():
    """Pods come of a TrainJob; what a runtime describes is no pod that waits for a node."""
    job = {"name": "node", "template": {"spec": {"template": pod(limits={"nvidia.com/gpu": 64})}}}
    runtime = custom("trainer.kubeflow.org/v1alpha1", "ClusterTrainingRuntime", {"template": {"spec": {"jobs": [job]}}})
    assert "scheduling/no-host" not in rules(pool(), node_class(), runtime)


def test_volumes_that_an_operator_adds_are_there():
    """JobSet adds those of its volumeClaimPolicies, MPI's operator its configuration and keys."""
    mounting = {
        "spec": {"containers": [{**CONTAINER, "resources": {}, "volumeMounts": [{"name": "data", "mountPath": "/d"}]}]}
    }
    jobs = [{"name": "a", "template": {"spec": {"template": mounting}}}]
    policies = [{"templates": [{"metadata": {"name": "data"}}]}]
    job_set = {"replicatedJobs": jobs, "volumeClaimPolicies": policies}
    assert "core/reference" not in rules(custom("jobset.x-k8s.io/v1alpha2", "JobSet", job_set))
    assert "core/reference" in rules(custom("jobset.x-k8s.io/v1alpha2", "JobSet", {"replicatedJobs": jobs}))


@pytest.mark.parametrize(
    "manifest",
    [
        custom("kubeflow.org/v1", "PyTorchJob", {"pytorchReplicaSpecs": {"Worker": {"template": TEMPLATE}}}),
        custom("ray.io/v1", "RayCluster", {"workerGroupSpecs": [{"template": TEMPLATE}]}),
        custom("kubeflow.org/v2beta1", "MPIJob", {"mpiReplicaSpecs": {"Worker": {"template": TEMPLATE}}}),
        custom(
            "leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", {"leaderWorkerTemplate": {"workerTemplate": TEMPLATE}}
        ),
        custom(
            "jobset.x-k8s.io/v1alpha2", "JobSet", {"replicatedJobs": [{"template": {"spec": {"template": TEMPLATE}}}]}
        ),
        custom("batch.volcano.sh/v1alpha1", "Job", {"tasks": [{"template": TEMPLATE}]}),
        custom("slinky.slurm.net/v1beta1", "NodeSet", {"slurmd": CONTAINER, "template": {"spec": {}}}),
        custom("serving.kserve.io/v1beta1", "InferenceService", {"predictor": {"model": MODEL}}),
        custom("trainer.kubeflow.org/v1alpha1", "TrainJob", {"trainer": {"resourcesPerNode": TOO_MUCH}}),
    ],
    ids=lambda manifest: manifest["kind"],
)
def test_pods_of_operators_are_checked_as_pods(manifest):
    """More requested than the limit is refused, and four GPUs have no host among nodes with one."""
    said = rules(pool(requirements={TYPE: ["g5.xlarge"]}), node_class(), manifest)
    assert {"core/resources", "scheduling/no-host"} <= {*said}


def test_a_spark_application_asks_by_cores_memory_and_gpu():
    """An executor with four GPUs finds no node with one; with one it does."""

    def said(gpus):
        executor = {"cores": 2, "memory": "4g", "gpu": {"name": "nvidia.com/gpu", "quantity": gpus}}
        tolerating = {**executor, "tolerations": [{"operator": "Exists"}]}
        spark = custom("sparkoperator.k8s.io/v1beta2", "SparkApplication", {"executor": tolerating})
        return rules(pool(requirements={TYPE: ["g5.xlarge"]}), node_class(), spark, only=["scheduling"])

    assert (said(4), said(1)) == (["scheduling/no-host"], [])


@pytest.mark.parametrize("resource", ["nvidia.com/mig-1g.5gb", "nvidia.com/gpu.shared", "aws.amazon.com/neurondevice"])
def test_devices_that_nothing_makes_have_no_host(resource):
    """Karpenter knows no node with such a resource."""
    assert "scheduling/no-host" in rules(pool(), node_class(), pod(limits={resource: 1}))


def test_a_neuron_plugin_has_to_tolerate_its_pool():
    """Otherwise no Neuron device is ever registered."""
    taint = {"key": "aws.amazon.com/neuron", "value": "true", "effect": "NoSchedule"}
    neuron = pool(requirements={TYPE: ["trn1.32xlarge"]}, taints=[taint])
    plugin = daemon_set("neuron", "public.ecr.aws/neuron/neuron-device-plugin:2.22", "k8s-neuron-device-plugin")
    assert "scheduling/no-device-registered" in rules(neuron, node_class(), plugin)


def auto_pool(requirements):
    """Return a pool of EKS Auto Mode."""
    pools = pool(requirements=requirements)
    reference = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}
    pools["spec"]["template"]["spec"]["nodeClassRef"] = reference
    return pools


def test_auto_modes_labels_are_checked_as_far_as_documented():
    """A family that there is not, and a label that only a Karpenter of one's own has."""
    slip = checked(auto_pool({"eks.amazonaws.com/instance-family": ["g4", "p4d"]}), only=["instances"])
    assert found(slip) == ["instances/not-evaluated NodePool/gpu", "instances/unknown-value NodePool/gpu"]
    assert "'g4'" in next(item.message for item in slip.findings if item.rule.id == "instances/unknown-value")
    own = rules(auto_pool({FAMILY: ["p5"]}), only=["instances"])
    assert own == ["instances/label-of-others", "instances/not-evaluated"]


def test_auto_modes_labels_restrict_nothing_elsewhere():
    """On a pool of an EC2NodeClass they are labels of one's own."""
    mixed = pool(requirements={"eks.amazonaws.com/instance-category": ["p"], TYPE: ["p5.48xlarge"]})
    assert "instances/label-of-others" in rules(mixed, node_class())


def test_a_node_class_of_auto_mode_has_no_ami():
    """Auto Mode chooses it; a field of an EC2NodeClass is refused."""
    spec = {"role": "nodes", "amiFamily": "AL2023"}
    own = {"apiVersion": "eks.amazonaws.com/v1", "kind": "NodeClass", "metadata": {"name": "a"}, "spec": spec}
    assert "instances/field-of-others" in rules(own)


def test_a_heavy_pool_of_gpus_without_a_taint_takes_all_pods():
    """A weight above that of the CPU pool; with a taint, or without the weight, it does not."""
    cpu = pool("cpu", requirements={TYPE: ["m5.large"]}, taints=[])
    said = [
        "scheduling/gpu-pool-takes-all" in rules(pool(**options), cpu, node_class())
        for options in ({"taints": [], "weight": 10}, {"weight": 10}, {"taints": []})
    ]
    assert said == [True, False, False]


@pytest.mark.parametrize(
    ("spec", "kubernetes", "expected"),
    [
        ({"amiFamily": "AL2", "amiSelectorTerms": [{"id": "ami-1"}]}, "1.33", "ami/al2-family"),
        ({"amiFamily": "AL2", "amiSelectorTerms": [{"id": "ami-1"}]}, "1.32", None),
        (
            {"amiFamily": "AL2023", "amiSelectorTerms": [{"name": "amazon-eks-node-al2023-*"}]},
            "1.34",
            "ami/name-without-version",
        ),
        (
            {"amiFamily": "AL2023", "amiSelectorTerms": [{"name": "amazon-eks-node-al2023-x86_64-nvidia-1.34-*"}]},
            "1.34",
            None,
        ),
    ],
)
def test_images_that_are_no_alias(spec, kubernetes, expected):
    """AL2 where there is none, and a pattern that fits images of every Kubernetes version."""
    assert rules(node_class(**spec), only=["ami"], kubernetes=kubernetes) == ([expected] if expected else [])


def test_a_node_class_that_no_pool_uses():
    """It has no effect; without pools beside it, it may be for those of another folder."""
    assert "apply/node-class-unused" in rules(pool(), node_class(), node_class("other"))
    assert "apply/node-class-unused" not in rules(node_class("other"))


BOTTLEROCKET = {"amiSelectorTerms": [{"alias": "bottlerocket@v1.50.0"}]}
SHARING = '[settings.kubelet-device-plugins.nvidia]\ndevice-sharing-strategy = "time-slicing"\n'
SLICES = "[settings.kubelet-device-plugins.nvidia.time-slicing]\nreplicas = 4\n"


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        (SHARING + SLICES, True),
        (SHARING + SLICES + "rename-by-default = false\n", False),
        ('[settings.kubelet-device-plugins.nvidia]\ndevice-partitioning-strategy = "mig"\n', True),
        ("", False),
    ],
)
def test_bottlerocket_renames_and_partitions(user_data, expected):
    """Karpenter counts nvidia.com/gpu, which such a node does not have."""
    said = rules(pool(), node_class(userData=user_data, **BOTTLEROCKET))
    assert ("scheduling/gpu-renamed" in said) is expected


def test_dcgm_has_to_land_too():
    """A DaemonSet that reads metrics and tolerates nothing never sees a tainted GPU node."""
    image = "nvcr.io/nvidia/k8s/dcgm-exporter:4.4.0"
    assert "scheduling/monitoring-kept-off" in rules(pool(), node_class(), daemon_set("dcgm-server", image, "run"))
    tolerating = daemon_set("dcgm-server", image, "run", tolerate=[GPU_TAINT])
    assert "scheduling/monitoring-kept-off" not in rules(pool(), node_class(), tolerating)


def test_mig_labels_need_who_partitions():
    """The MIG manager reads them, and nobody else."""
    labelled = pool(labels={"nvidia.com/mig.config": "all-1g.10gb"})
    manager = daemon_set("mig", "nvcr.io/nvidia/cloud-native/k8s-mig-manager:v0.12", "run")
    assert "scheduling/mig-not-partitioned" in rules(labelled, node_class(), nvidia_plugin())
    assert "scheduling/mig-not-partitioned" not in rules(labelled, node_class(), manager)


def test_namespaces_are_one_line_a_file():
    """Ten objects without a namespace, and ten in one that nobody makes, are a line each."""
    bare = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"a{number}"}} for number in range(10)]
    own = [{**item, "metadata": {**item["metadata"], "namespace": f"team-{at % 2}"}} for at, item in enumerate(bare)]
    report = checked(bare, own, only=["apply"])
    assert found(report) == ["apply/namespace-absent ConfigMap/a0", "apply/namespace-missing ConfigMap/a0"]
    assert "team-0, team-1" in report.findings[1].message
    assert "nor have 9 more" in report.findings[0].message


def test_placeholders_are_one_note_a_file():
    """Of several values and keys that are yet to be filled in, one note says how many there are."""
    filled = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "${A}", "namespace": "FILLED BY ME"}}]
    filled += [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "job-NODE_NAME", "namespace": "default"}}]
    report = checked(filled)
    assert [finding.rule.id for finding in report.findings if finding.rule.id != "apply/namespace-absent"] == [
        "manifest/template"
    ]
    assert "2 more" in report.findings[0].message


def test_a_message_names_a_few_of_many_pools():
    """Two hundred pools on which the EFA plugin lands are no line of kilobytes."""
    many = [pool(f"p{number}", taints=[]) for number in range(200)]
    messages = [finding.message for finding in checked(many, node_class(), nvidia_plugin(), efa_plugin()).findings]
    assert max(map(len, messages)) < 600
    assert any("and of 197 more pools" in message for message in messages)


@pytest.mark.parametrize(
    ("image", "rule"), [("FILLED BY THE OPERATOR", "manifest/template"), ("a:1", "core/reference")]
)
def test_an_operator_adds_volumes_to_what_it_fills_in(image, rule):
    """A mount without its volume is an error in a manifest of one's own, and not in the asset of an operator."""
    container = {"name": "main", "image": image, "volumeMounts": [{"name": "added", "mountPath": "/added"}]}
    report = checked({**pod(), "spec": {"containers": [container]}}, only=["core", "manifest"])
    assert rule in {finding.rule.id for finding in report.findings}
    assert (rule == "core/reference") is not report.ok


def test_a_number_that_a_script_fills_in_is_a_placeholder():
    """Node feature discovery's Job says NUM_NODES, which sed replaces; a wrong type is an error as ever."""
    jobs = [job(name, pod(), completions=count) for name, count in (("filled", "NUM_NODES"), ("wrong", "two"))]
    found_there = {(each.rule.id, each.name) for each in checked(*jobs, only=["schema", "manifest"]).findings}
    assert {("manifest/template", "filled"), ("schema/type", "wrong")} <= found_there
    assert ("schema/type", "filled") not in found_there
