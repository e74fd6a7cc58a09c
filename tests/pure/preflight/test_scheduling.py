"""Device plugins on the nodes of pools, and instance types for the pods that need one."""

import pytest
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

OTHER_TAINT = {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
SECOND_TAINT = {"key": "team", "value": "ml", "effect": "NoSchedule"}


def scheduling(*manifests, **versions):
    """Return the report of the group scheduling."""
    return checked(*manifests, only=["scheduling"], **versions)


def test_the_taint_of_nvidias_chart_lets_the_chain_land():
    """With nvidia.com/gpu=present:NoSchedule every part of the chain lands, and nothing is said."""
    assert found(scheduling(pool(), node_class(), nvidia_plugin(), pod())) == []


@pytest.mark.parametrize("taints", [[OTHER_TAINT], [GPU_TAINT, SECOND_TAINT]])
def test_a_taint_that_the_nfd_worker_does_not_tolerate_is_one_message_about_the_chain(taints):
    """Another taint value, or a second taint, is reported at the taint with the whole chain and the cure."""
    report = scheduling(pool(taints=taints), node_class(), nvidia_plugin(), pod())
    (finding,) = report.findings
    assert (finding.rule.id, finding.kind, finding.path) == (
        "scheduling/no-gpu-registered",
        "NodePool",
        f"spec.template.spec.taints[{len(taints) - 1}]",
    )
    assert "no GPU is ever registered" in finding.message
    assert "NFD worker" in finding.message or "team=ml:NoSchedule" in finding.message
    assert finding.fix


def test_the_label_that_the_plugin_also_takes_spares_the_worker():
    """A pool that carries nvidia.com/gpu.present=true needs no NFD worker."""
    labelled = pool(taints=[OTHER_TAINT], labels={"nvidia.com/gpu.present": "true"})
    assert found(scheduling(labelled, node_class(), nvidia_plugin(), pod())) == []


def test_a_worker_that_tolerates_the_taint_brings_the_chain_to_life():
    """The cure of the finding cures it."""
    chain = nvidia_plugin()
    chain[0]["spec"]["template"]["spec"]["tolerations"].append({"operator": "Exists"})
    assert found(scheduling(pool(taints=[OTHER_TAINT]), node_class(), chain, pod())) == []


def test_without_the_worker_the_plugin_waits_for_ever():
    """A plugin that waits for NFD's label, with no NFD in the manifests, is an error at the pool's labels."""
    report = scheduling(pool(), node_class(), nvidia_plugin()[1:], pod())
    assert [(each.rule.id, each.path) for each in report.findings] == [
        ("scheduling/no-gpu-registered", "spec.template.metadata.labels")
    ]


def test_a_pool_without_gpus_needs_no_plugin():
    """Where no GPU is, none has to be registered."""
    cpus = pool("cpu", taints=[SECOND_TAINT], requirements={"node.kubernetes.io/instance-type": ["m5.large"]})
    assert found(scheduling(cpus, node_class(), nvidia_plugin())) == []


def test_an_efa_plugin_that_does_not_tolerate_the_pool_registers_nothing():
    """The chart's own tolerations do not suffice on a tainted pool whose pods ask for EFA."""
    user = pod("nccl", limits={"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 4})
    plain = efa_plugin(tolerate=[{"key": "CriticalAddonsOnly", "operator": "Exists"}])
    assert found(scheduling(pool(), node_class(), plain, user)) == ["scheduling/no-efa-registered NodePool/gpu"]
    assert found(scheduling(pool(), node_class(), efa_plugin(), user)) == []


@pytest.mark.parametrize(
    ("label", "fix"),
    [
        ("eks-gpu.io/efa", "Set `efa` on the pool in cluster.yaml, which labels its nodes eks-gpu.io/efa."),
        ("team", "Give the pool's template the label team, or take it out of the DaemonSet's nodeSelector."),
    ],
)
def test_the_fix_of_an_efa_plugin_that_selects_a_label_is_the_label(label, fix):
    """A toleration would not help a plugin whose nodeSelector keeps it off."""
    user = pod("nccl", limits={"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 4})
    plugin = efa_plugin()
    plugin["spec"]["template"]["spec"]["nodeSelector"] = {label: "attached"}
    (finding,) = scheduling(pool(), node_class(), plugin, user).findings
    assert (finding.rule.id, finding.fix) == ("scheduling/no-efa-registered", fix)
    assert f"EFA device plugin does not run: label {label}" in finding.message


def test_a_pod_that_no_type_can_host_names_the_nearest_miss():
    """More GPUs than any type of the pool has is an error that says how many there are."""
    report = scheduling(pool(), node_class(), pod("greedy", limits={"nvidia.com/gpu": 9}))
    (finding,) = report.findings
    assert finding.rule.id == "scheduling/no-host"
    assert finding.path == "spec"
    assert "requested 9, allocatable 8" in finding.message


def test_an_untolerated_taint_keeps_a_pod_off():
    """A GPU pod without the toleration has no host, and the taint is named; EKS adds that of the GPU's own taint."""
    team = {"key": "team", "value": "a", "effect": "NoSchedule"}
    (finding,) = scheduling(pool(taints=[GPU_TAINT, team]), node_class(), pod("shy", tolerate=[])).findings
    assert finding.rule.id == "scheduling/no-host"
    assert "pool gpu: did not tolerate taint team=a:NoSchedule." in finding.message
    assert not scheduling(pool(), node_class(), pod("shy", tolerate=[])).findings


def test_the_type_that_comes_closest_is_named():
    """Of types that lack the same resource, that which has the most of it."""
    types = pool(requirements={"karpenter.k8s.aws/instance-family": ["p5"]})
    (finding,) = scheduling(types, node_class(), pod(limits={"nvidia.com/gpu": 16})).findings
    near = "pool gpu (p5.48xlarge): insufficient nvidia.com/gpu: requested 16, allocatable 8."
    assert finding.message == f"No instance type can host Pod train. Nearest misses: {near}"


def test_daemon_sets_that_leave_no_room_for_a_pod_that_asks_for_nothing():
    """What only DaemonSets ask too much of is a miss as well."""
    daemon = daemon_set("big", "big:1", "big", tolerate=[{"operator": "Exists"}])
    daemon["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"memory": "4Ti"}}
    (finding,) = scheduling(pool(), node_class(), daemon, pod()).findings
    assert "insufficient memory: requested 0 and 4Ti for DaemonSets" in finding.message


def test_a_pool_that_is_not_there_is_named_with_the_one_that_was_meant():
    """A selector of a pool that no manifest has is an error with a hint."""
    (finding,) = scheduling(
        pool("gpu-train"), node_class(), pod(nodeSelector={"karpenter.sh/nodepool": "gpu-trian"})
    ).findings
    assert finding.rule.id == "scheduling/no-host"
    assert "did you mean 'gpu-train'" in finding.message


def test_a_label_that_appears_at_run_time_is_an_error_with_karpenters_word_for_it():
    """GFD's label in a selector is never provisioned for, unless the pool carries it."""
    wants = {"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"}
    (finding,) = scheduling(pool(), node_class(), nvidia_plugin(), pod(nodeSelector=wants)).findings
    assert finding.rule.id == "scheduling/run-time-label"
    assert "karpenter.k8s.aws/instance-gpu-name" in finding.fix
    assert found(scheduling(pool(labels=wants), node_class(), nvidia_plugin(), pod(nodeSelector=wants))) == []


def test_any_pool_that_can_host_a_pod_is_enough():
    """A pod that one of several pools can host is no error."""
    small = pool("small", requirements={"node.kubernetes.io/instance-type": ["g5.xlarge"]})
    assert found(scheduling(small, pool(), node_class(), pod(limits={"nvidia.com/gpu": 8}))) == []


def test_pods_of_operators_are_pods_too():
    """A pod template is found in a custom resource, such as an MPIJob."""
    worker = {"replicas": 2, "template": {"spec": pod(limits={"nvidia.com/gpu": 16})["spec"]}}
    spec = {"mpiReplicaSpecs": {"Worker": worker}}
    mpi = {"apiVersion": "kubeflow.org/v2beta1", "kind": "MPIJob", "metadata": {"name": "nccl"}, "spec": spec}
    (finding,) = scheduling(pool(), node_class(), mpi).findings
    assert (finding.kind, finding.path) == ("MPIJob", "spec.mpiReplicaSpecs.Worker.template.spec")


def test_without_pools_nothing_is_said_about_hosts():
    """Pods alone are not compared with pools that are elsewhere."""
    assert found(scheduling(pod(limits={"nvidia.com/gpu": 99}), job("batch", pod(limits={"nvidia.com/gpu": 99})))) == []


def test_other_daemonsets_play_no_part():
    """A DaemonSet that is no device plugin may stay away from GPU nodes."""
    assert found(scheduling(pool(), node_class(), daemon_set("logs", "fluent-bit:3", "fluent-bit"), pod())) == []


def test_a_startup_taint_needs_a_daemonset_that_could_remove_it():
    """Nobody who tolerates the startup taint is a warning; well-known add-ons remove theirs themselves."""

    def starting_with(key):
        each = pool()
        each["spec"]["template"]["spec"]["startupTaints"] = [{"key": key, "effect": "NoSchedule"}]
        return found(scheduling(each, node_class(), nvidia_plugin()))

    assert starting_with("example.com/not-ready") == ["scheduling/startup-taint-stays NodePool/gpu"]
    assert starting_with("ebs.csi.aws.com/agent-not-ready") == []
