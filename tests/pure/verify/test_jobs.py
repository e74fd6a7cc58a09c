import pytest
from tests.pure.nccl import logs
from tests.pure.objects.everything import smoke_test_objects
from tests.pure.verify.dumps import EFA_NODE, Dump, promise
from tests.pure.verify.tool_output import fi_info, nvidia_smi

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.verify import Log, Promise, Snapshot, Status, verify
from cdk8s_eks_gpu.verify.folder import _newest
from cdk8s_eks_gpu.verify.script import dump_script
from cdk8s_eks_gpu.verify.snapshot import objects_of_data

CONFIG = """
cluster: {name: rehearsal, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses: {gpu: {role: nodes, ami: al2023@v20251112, discovery: rehearsal}}
nodePools: {train: {nodeClass: gpu, instanceTypes: [p5.48xlarge], efa: ip-optimized}}
smokeTests:
  node: {nodePool: train}
  nccl: {nodePool: train, nodes: 2, launcher: %s}
"""
LABEL = {"Job": "batch.kubernetes.io/job-name", "MPIJob": "training.kubeflow.org/job-name"}
NODE_LOG = nvidia_smi(*["NVIDIA H100 80GB HBM3"] * 8) + fi_info(32) + "found 8 GPUs, expected 8\n"


def checked(name, log, ended="Complete", launcher="job"):
    """Return the results of a test that is a Job, with the log, on the recorded cluster."""
    tests = [each for group in smoke_test_objects(parse_cluster(CONFIG % launcher, "test")).values() for each in group]
    job = next(each for each in tests if each["metadata"]["name"] == name and each["kind"] != "Service")
    dump = Dump()
    condition = {"type": ended, "status": "True", "reason": "BackoffLimitExceeded" if ended == "Failed" else ""}
    there = {**job, "status": {"conditions": [condition] if ended else [], "active": 0 if ended else 1}}
    there["metadata"] = {**job["metadata"], "namespace": "default", "creationTimestamp": "2026-11-26T03:26:00Z"}
    phase = {"Complete": "Succeeded", "Succeeded": "Succeeded", "Failed": "Failed", "": "Running"}[ended]
    ready = [{"type": "Ready", "status": "True" if phase == "Running" else "False"}]
    if job["kind"] == "Job":  # what the controller adds to its pods' labels
        template = {**job["spec"]["template"]}
        added = {"batch.kubernetes.io/job-name": name, "batch.kubernetes.io/controller-uid": "1d0f"}
        template["metadata"] = {**template["metadata"], "labels": {**template["metadata"]["labels"], **added}}
        there["spec"] = {**job["spec"], "template": template, "selector": {"matchLabels": added}, "suspend": False}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{name}-0-x7k2p", "namespace": "default", "labels": {LABEL[job["kind"]]: name}},
        "spec": {"nodeName": dump.node(EFA_NODE)["metadata"]["name"], "containers": []},
        "status": {"phase": phase, "conditions": ready},
    }
    items = [each for data in dump.files.values() for each in data.get("items", ())]
    found = [*items, there, pod]
    read = (Log(f"{name}-0-x7k2p", log),) if log is not None else ()
    seen = Snapshot(objects_of_data("test", found), frozenset(), _newest(found), read)
    wanted = Promise((*promise().objects, *objects_of_data("test", [job])), "1.14.1", "1.34")
    subjects = (f"/{name}",)
    return {each.check: each for each in verify(wanted, seen).results if any(part in each.subject for part in subjects)}


def test_a_whole_node_is_good():
    """The Job of one node that came to its end, with all GPUs and EFA devices in its log, passes."""
    results = checked("node-test", NODE_LOG)
    assert {each.status for each in results.values()} == {Status.PASS}
    assert {"smoke-tests/phase", "smoke-tests/gpus", "smoke-tests/fabric"} <= results.keys()


def test_a_whole_node_without_a_gpu():
    """A Job that failed says why, by its log."""
    results = checked("node-test", NODE_LOG.replace("|   7  ", "|   x  "), ended="Failed")
    assert results["smoke-tests/phase"].status is Status.FAIL
    assert "7 of the 8 GPUs" in results["smoke-tests/gpus"].message


@pytest.mark.parametrize(("launcher", "ended"), [("job", "Complete"), ("mpi-operator", "Succeeded")])
def test_the_fabric_between_nodes(launcher, ended):
    """The log of the test between nodes is judged as `eks-gpu nccl` judges it."""
    results = checked("nccl-test", "\n".join(logs.p5()), ended, launcher)
    assert {each.status for each in results.values()} == {Status.PASS}, results
    assert {"smoke-tests/nccl-provider", "smoke-tests/nccl-bandwidth"} <= results.keys()
    slow = checked("nccl-test", "\n".join(logs.p5(provider="", network="Socket", channel="Socket/0")), ended, launcher)
    assert slow["smoke-tests/nccl-network"].status is Status.FAIL
    assert slow["smoke-tests/nccl-network"].fix


def test_a_test_that_runs_is_waited_for():
    """A Job that has not ended is waited for, with what its log does not have yet."""
    results = checked("nccl-test", "\n".join(logs.p5()[:40]), ended="")
    assert results["smoke-tests/phase"].status is Status.WAITING
    assert not [each for each in results.values() if each.status is Status.FAIL]


def test_the_logs_of_jobs_are_collected():
    """The script takes the logs of all pods of a Job and an MPIJob by their label."""
    for launcher, kind in (("job", "Job"), ("mpi-operator", "MPIJob")):
        tests = smoke_test_objects(parse_cluster(CONFIG % launcher, "test"))
        script = dump_script(Promise(objects_of_data("test", [each for group in tests.values() for each in group])))
        assert f"kubectl logs --selector {LABEL[kind]}=nccl-test" in script
