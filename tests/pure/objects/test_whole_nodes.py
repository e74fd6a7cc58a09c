"""The tests of whole nodes: what a node has by the facts, and what the pool leaves to them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.pure.objects.everything import all_objects, smoke_test_objects

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions, NodeTestOptions
from cdk8s_eks_gpu.errors import ConfigError, MissingOptionError, UnknownNameError
from cdk8s_eks_gpu.findings import Severity
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.nccl.facts import MARKS
from cdk8s_eks_gpu.objects.nccl_test import nccl_test
from cdk8s_eks_gpu.objects.node_test import node_test
from cdk8s_eks_gpu.preflight import check

CLUSTER = """\
cluster: {{name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}}
nodeClasses:
  gpu: {{role: nodes, ami: al2023@v20250920, discovery: training}}
nodePools:
  train: {pool}
plugins: {{nvidia: {{}}, efa: {{}}}}
smokeTests: {tests}
"""
P5 = {"nodeClass": "gpu", "instanceTypes": ["p5.48xlarge"], "limits": {"nvidia.com/gpu": 64}}
LAUNCHERS = ["job", "mpi-operator"]
WITH_GPU_AND_EFA = sorted(
    name for name, each in catalogue().items() if each.count(vocabulary.GPU) and each.count(vocabulary.EFA)
)


def config(pool=None, **tests):
    """Return a configuration with one pool and these tests."""
    return parse_cluster(CLUSTER.format(pool=json.dumps({**P5, **(pool or {})}), tests=json.dumps(tests)), "x")


def pods(manifests):
    """Return the specs of the Pods that take the GPUs."""
    found = []
    for manifest in manifests:
        spec = manifest["spec"]
        worker = spec.get("mpiReplicaSpecs", {}).get("Worker")
        template = worker["template"] if worker else spec.get("template")
        found += [template["spec"]] if template else []
    return found


def nccl(pool=None, **test):
    """Return the objects of the NCCL test of a pool."""
    return smoke_test_objects(config(pool, nccl={"nodePool": "train", **test}))["nccl-test"]


@pytest.mark.parametrize("launcher", LAUNCHERS)
@pytest.mark.parametrize("name", WITH_GPU_AND_EFA)
def test_it_takes_whole_nodes_of_any_type(name, launcher):
    """Each Pod asks for all GPUs and EFA interfaces of its type, and for memory that the type has beside them."""
    facts = catalogue()[name]
    [spec] = pods(nccl_test(NcclTestOptions(instance_type=name, launcher=launcher, image="example.com/nccl-tests:1")))
    limits = spec["containers"][0]["resources"]["limits"]
    assert limits[vocabulary.GPU] == facts.count(vocabulary.GPU)
    assert limits[vocabulary.EFA] == facts.count(vocabulary.EFA)
    assert int(limits["memory"].removesuffix("Gi")) * 2**30 <= facts.allocatable["memory"] / 2
    assert spec["nodeSelector"] == {vocabulary.INSTANCE_TYPE: name}
    assert spec["volumes"][0]["emptyDir"]["medium"] == "Memory"


def test_the_largest_size_fits_into_the_gpu():
    """Three buffers of the largest size go into a GPU; 16 GiB where the GPU is large enough, as the marks have it."""
    sizes = {
        name: (args := nccl_test(NcclTestOptions(instance_type=name))[0]["spec"]["template"]["spec"]["containers"][0])[
            "args"
        ][args["args"].index("-e") + 1]
        for name in ("p5.48xlarge", "p4de.24xlarge", "p4d.24xlarge", "g6.8xlarge")
    }
    assert sizes == {"p5.48xlarge": "16G", "p4de.24xlarge": "16G", "p4d.24xlarge": "8G", "g6.8xlarge": "4G"}


def findings(**tests):
    """Return what the check finds in the tests of a stack."""
    texts = {"all.yaml": yaml.safe_dump_all(all_objects(config(**tests)))}
    found = check(texts, karpenter="1.14", kubernetes="1.34").findings
    return [each for each in found if each.name in {"nccl-test", "node-test"} and each.severity is not Severity.NOTE]


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_the_check_finds_nothing_wrong(launcher):
    """Both launchers' Pods have a node to run on, and break no rule, by the same check that users run."""
    assert findings(node={"nodePool": "train"}, nccl={"nodePool": "train", "launcher": launcher}) == []


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_the_check_judges_the_pods_of_both_launchers(launcher):
    """A test that asks for more than its type has is found, in a Job and in an MPIJob alike."""
    found = findings(nccl={"nodePool": "train", "launcher": launcher, "efaInterfaces": 33})
    kind = {"job": "Job", "mpi-operator": "MPIJob"}[launcher]
    assert [each.kind for each in found if each.rule.id == "scheduling/no-host"] == [kind], found


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_all_nodes_are_in_one_zone(launcher):
    """The pool's one zone is named; of several, the first Pod's is that of all; a zone of one's own comes first."""
    [spec] = pods(nccl({"zones": ["us-west-2a"]}, launcher=launcher))
    assert spec["nodeSelector"][vocabulary.ZONE] == "us-west-2a"
    assert "affinity" not in spec
    [spec] = pods(
        nccl({"capacity": {"zone": "us-west-2b", "reservations": ["cr-0123456789abcdef0"]}}, launcher=launcher)
    )
    assert spec["nodeSelector"][vocabulary.ZONE] == "us-west-2b"
    [spec] = pods(nccl({"zones": ["us-west-2a", "us-west-2b"]}, launcher=launcher))
    assert vocabulary.ZONE not in spec["nodeSelector"]
    [term] = spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term == {"labelSelector": {"matchLabels": {"app": "nccl-test"}}, "topologyKey": vocabulary.ZONE}
    [spec] = pods(nccl({"zones": ["us-west-2a", "us-west-2b"]}, launcher=launcher, zone="us-west-2b"))
    assert spec["nodeSelector"][vocabulary.ZONE] == "us-west-2b"


def test_the_taints_of_the_pool_are_tolerated():
    """Whatever keeps other Pods off the pool, the tests of the pool are let in."""
    taints = [
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"},
        {"key": "example.com/team", "value": "ml", "effect": "NoExecute"},
    ]
    objects = smoke_test_objects(config({"taints": taints}, node={"nodePool": "train"}, nccl={"nodePool": "train"}))
    tolerations = [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        {"key": "example.com/team", "operator": "Exists", "effect": "NoExecute"},
    ]
    found = pods([*objects["node-test"], *objects["nccl-test"]])
    assert [spec["tolerations"] for spec in found] == [tolerations] * 2


def test_the_job_has_no_key_and_needs_nothing_installed():
    """Plain Kubernetes objects: a headless Service, and a Job whose Pods get names and indices."""
    job, service = nccl(nodes=4)
    assert (service["kind"], service["spec"]["clusterIP"], job["kind"]) == ("Service", "None", "Job")
    spec = job["spec"]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 4, 4)
    assert spec["backoffLimit"] == 0
    assert spec["template"]["spec"]["subdomain"] == service["metadata"]["name"]
    assert service["spec"]["selector"].items() <= spec["template"]["metadata"]["labels"].items()
    text = json.dumps([service, job])
    assert "PRIVATE KEY" not in text
    assert "Secret" not in text


def test_the_mpi_job_runs_one_rank_a_gpu():
    """Ranks, slots and workers go together; the launcher waits for the nodes, and all variables reach all ranks."""
    [job] = nccl(nodes=3, launcher="mpi-operator", env={"NCCL_ALGO": "Ring"})
    spec = job["spec"]
    assert (job["apiVersion"], spec["slotsPerWorker"]) == ("kubeflow.org/v2beta1", 8)
    assert spec["launcherCreationPolicy"] == "WaitForWorkersReady"
    assert spec["mpiReplicaSpecs"]["Worker"]["replicas"] == 3
    launcher = spec["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0]
    command = launcher["command"]
    assert (command[command.index("-np") + 1], command[command.index("-N") + 1]) == ("24", "8")
    forwarded = {command[at + 1] for at, part in enumerate(command) if part == "-x"}
    assert forwarded == {"PATH", "LD_LIBRARY_PATH", *(variable["name"] for variable in launcher["env"])}
    assert {"name": "NCCL_ALGO", "value": "Ring"} in launcher["env"]
    assert "command" not in pods([job])[0]["containers"][0]  # the operator's own, which is sshd


def test_huge_pages_are_those_of_the_pool():
    """Karpenter counts none, and a Pod that asks for them has no node, unless the pool sets them aside."""
    container = pods(nccl())[0]["containers"][0]
    assert vocabulary.HUGE_PAGES not in container["resources"]["limits"]
    assert {"name": "FI_EFA_USE_HUGE_PAGE", "value": "0"} in container["env"]
    for pool, test in (({"hugePages": "5Gi"}, {}), ({}, {"hugePages": "5Gi"})):
        container = pods(nccl(pool, **test))[0]["containers"][0]
        assert container["resources"]["limits"][vocabulary.HUGE_PAGES] == "5Gi"
        assert "FI_EFA_USE_HUGE_PAGE" not in {variable["name"] for variable in container["env"]}
    container = pods(nccl({"hugePages": "5Gi"}, hugePages=0))[0]["containers"][0]
    assert vocabulary.HUGE_PAGES not in container["resources"]["limits"]


def test_the_check_finds_a_node_with_the_huge_pages_of_the_pool():
    """With the pool's NodeOverlay, Karpenter has a node for a test that asks for huge pages."""
    manifests = all_objects(config({"hugePages": "5Gi", "efa": "ip-optimized"}, nccl={"nodePool": "train"}))
    found = check({"all.yaml": yaml.safe_dump_all(manifests)}, karpenter="1.14", kubernetes="1.34").findings
    errors = [each for each in found if each.name == "nccl-test" and each.severity is Severity.ERROR]
    assert errors == []


def test_images_are_pinned_and_come_from_the_registry():
    """No image is `latest`; with a registry of one's own, ours come from there, and a user's stays."""
    assert not any(pods(nccl())[0]["containers"][0]["image"].endswith(end) for end in (":latest", "nccl-tests"))
    text = CLUSTER.format(
        pool=json.dumps(P5), tests=json.dumps({"node": {"nodePool": "train"}, "nccl": {"nodePool": "train"}})
    )
    text = text.replace(
        "kubernetesVersion", "imageRegistry: r.example.com/mirror, imagePullSecrets: [login], kubernetesVersion"
    )
    objects = smoke_test_objects(parse_cluster(text, "x"))
    for spec in pods([*objects["node-test"], *objects["nccl-test"]]):
        assert spec["containers"][0]["image"].startswith("r.example.com/mirror/hpc-cloud/nccl-tests:cuda")
        assert spec["imagePullSecrets"] == [{"name": "login"}]


def test_argo_cd_creates_them_anew():
    """A Job cannot be changed: an Application of the smoke tests replaces it. By hand, nothing is annotated."""
    tests = json.dumps({"node": {"nodePool": "train"}, "nccl": {"nodePool": "train", "annotations": {"a": "b"}}})
    text = CLUSTER.format(pool=json.dumps(P5), tests=tests)
    for delivery, options in (("", None), ("delivery: {argocd: {smokeTests: application}}", "Force=true,Replace=true")):
        objects = smoke_test_objects(parse_cluster(text + delivery, "x"))
        for name in ("node-test", "nccl-test"):
            annotations = objects[name][0]["metadata"].get("annotations", {})
            assert annotations.get("argocd.argoproj.io/sync-options") == options
        assert objects["nccl-test"][0]["metadata"]["annotations"]["a"] == "b"


MISTAKES = {
    "several types": (
        {"instanceTypes": ["p5.48xlarge", "p5e.48xlarge"]},
        {},
        r"launches 2 instance types with NVIDIA GPUs and EFA",
    ),
    "no such pool": ({}, {"nodePool": "trian"}, r"did you mean 'train'"),
    "no EFA": (
        {"instanceTypes": ["g5.xlarge"]},
        {},
        r"launches no instance types with NVIDIA GPUs and EFA, which this test is for \(g5.xlarge\)",
    ),
    "Neuron": (
        {"instanceTypes": ["trn1.32xlarge"]},
        {},
        r"launches no instance types with NVIDIA GPUs and EFA, which this test is for \(trn1.32xlarge\)",
    ),
    "GPUs that the image is not built for": (
        {"instanceTypes": ["g7e.48xlarge"]},
        {},
        r"image: is missing: the default image is not built for the GPU of g7e.48xlarge \(rtx-pro-server-6000\)",
    ),
    "another type": (
        {},
        {"instanceType": "p4d.24xlarge"},
        r"nodePools.train never launches 'p4d.24xlarge', only p5.48xlarge",
    ),
    "unknown": ({}, {"instanceType": "p5.48xlarg"}, r"did you mean 'p5.48xlarge'"),
    "without EFA": ({"instanceTypes": ["g5.xlarge"]}, {"instanceType": "g5.xlarge"}, r"'g5.xlarge' has no EFA"),
    "without GPU": ({"instanceTypes": ["c7i.large"]}, {"instanceType": "c7i.large"}, r"'c7i.large' has no NVIDIA GPU"),
    "no pool": ({}, {"nodePool": None}, r"is missing: without nodePool"),
    "limited GPUs": (
        {"limits": {"nvidia.com/gpu": 8}},
        {},
        r"2 nodes of p5.48xlarge have 16 nvidia.com/gpu, and nodePools.train is limited to 8",
    ),
    "limited CPUs": ({"limits": {"cpu": 200}}, {}, r"have 384 cpu, and nodePools.train is limited to 200"),
    "a static pool": ({"limits": {"nodes": 4}, "replicas": 1}, {}, r"nodePools.train is a static pool of 1"),
    "one node": ({}, {"nodes": 1}, r"nodes: .*2"),
    "a launcher": ({}, {"launcher": "mpi"}, r"launcher"),
    "a name": ({}, {"name": "Nccl.Test"}, r"a name of a letter"),
    "a size": ({}, {"maxSize": "16Gi"}, r"as nccl-tests takes it"),
}


@pytest.mark.parametrize(("pool", "test", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_reported_with_their_fix(pool, test, message):
    """What cannot be tested is refused when the file is read, with its place."""
    with pytest.raises(ConfigError, match=message) as raised:
        config(pool, nccl={"nodePool": "train", **test})
    assert all(problem.path.startswith("smokeTests.nccl") for problem in raised.value.problems)


def test_an_image_of_ones_own_is_for_any_gpu():
    """GPUs that the default image is not built for can be tested with another image."""
    own = "registry.example.com/nccl-tests:sm120"
    config({"instanceTypes": ["g7e.48xlarge"]}, nccl={"nodePool": "train", "image": own})
    nccl_test(NcclTestOptions(instance_type="g7e.48xlarge", image=own))


FAMILIES_NOT_SUPPORTED = {"p3dn", "g4dn", "g7", "g7e"}
NOT_SUPPORTED = [name for name in WITH_GPU_AND_EFA if name.split(".")[0] in FAMILIES_NOT_SUPPORTED]
SUPPORTED = [name for name in WITH_GPU_AND_EFA if name not in NOT_SUPPORTED]


@pytest.mark.parametrize("instance_type", NOT_SUPPORTED)
def test_gpus_that_the_image_is_not_built_for_are_refused_without_a_file_too(instance_type):
    """In an app of one's own the test is not made for nodes on which its image cannot run."""
    with pytest.raises(MissingOptionError, match=rf"image is missing: .* GPU of {instance_type}"):
        nccl_test(NcclTestOptions(instance_type=instance_type))


@pytest.mark.parametrize("instance_type", SUPPORTED)
def test_all_other_gpus_are_tested_with_the_default_image(instance_type):
    """Of the types with GPUs and EFA, only the families that docs/nccl.md names need another image."""
    assert nccl_test(NcclTestOptions(instance_type=instance_type))


@pytest.mark.parametrize("page", ["nccl.md", "nccl.ko.md"])
def test_the_page_names_the_families_that_need_another_image(page):
    """English and Korean readers see which families the default image is not built for."""
    text = Path(__file__).parents[3].joinpath("docs", page).read_text(encoding="utf-8")
    [sentence] = [part for part in text.split("\n\n") if "sm_120" in part]
    assert set(re.findall(r"(?:p|g)\d+[a-z]*", sentence)) == FAMILIES_NOT_SUPPORTED


def test_a_type_that_says_which_of_several():
    """A pool of many types is tested with the one that is named."""
    pool = {"instanceTypes": ["p5.48xlarge", "p5e.48xlarge"]}
    [spec] = pods(nccl(pool, instanceType="p5e.48xlarge"))
    assert spec["nodeSelector"][vocabulary.INSTANCE_TYPE] == "p5e.48xlarge"


@pytest.mark.parametrize(
    "make", [lambda **o: node_test(NodeTestOptions(**o)), lambda **o: nccl_test(NcclTestOptions(**o))]
)
def test_without_a_pool_the_type_has_to_be_said(make):
    """In an app of one's own nothing else tells what a whole node has."""
    with pytest.raises(MissingOptionError, match="instanceType"):
        make()
    with pytest.raises(UnknownNameError, match="did you mean"):
        make(instance_type="p5.48xlarg")
    with pytest.raises(MissingOptionError, match="no GPU"):
        make(instance_type="c7i.large")


def fi_info(devices):
    """Return what libfabric 2 lists: each device for each fabric and type of endpoint."""
    entry = (
        "provider: efa\n    fabric: {}\n    domain: rdmap{}s0-{}\n    version: 204.0\n    type: {}\n    protocol: {}\n"
    )
    kinds = [("efa-direct", "rdm", "FI_EP_RDM", "FI_PROTO_EFA"), ("efa", "rdm", "FI_EP_RDM", "FI_PROTO_EFA")]
    kinds.append(("efa", "dgrm", "FI_EP_DGRAM", "FI_PROTO_EFA"))
    return "".join(entry.format(fabric, 79 + d, kind, *rest) for fabric, kind, *rest in kinds for d in range(devices))


@pytest.mark.skipif(sys.platform == "win32", reason="the script runs in a Linux container")
@pytest.mark.parametrize(("gpus", "efas", "status"), [(8, 32, 0), (7, 32, 1), (8, 31, 1), (8, 0, 1), (0, 32, 1)])
def test_the_node_test_counts_gpus_and_efa_devices(gpus, efas, status, tmp_path):
    """The Job succeeds where nvidia-smi and fi_info list all devices of the type, and fails where one is missing."""
    container = node_test(NodeTestOptions(instance_type="p5.48xlarge"))["spec"]["template"]["spec"]["containers"][0]
    listed = "".join(f"GPU {index}: NVIDIA H100 80GB HBM3 (UUID: GPU-{index})\n" for index in range(gpus))
    for name, text in (("nvidia-smi", listed), ("fi_info", fi_info(efas))):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
        (tmp_path / name).write_text(
            f"#!/bin/sh\ncat {tmp_path}/{name}.txt\n[ -s {tmp_path}/{name}.txt ]\n", encoding="utf-8"
        )
        (tmp_path / name).chmod(0o755)
    environment = {each["name"]: each["value"] for each in container["env"]}
    done = subprocess.run(
        container["command"],
        env={**environment, "PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert f"found {gpus} GPUs, expected 8" in done.stdout
    assert f"found {efas} EFA devices, expected 32" in done.stdout


def test_a_node_without_efa_is_tested_for_its_gpus():
    """A type without EFA is asked for none, and no device is looked for."""
    spec = node_test(NodeTestOptions(instance_type="g5.xlarge"))["spec"]["template"]["spec"]
    assert spec["containers"][0]["resources"]["limits"] == {vocabulary.GPU: 1}
    assert {"name": "EFAS", "value": "0"} in spec["containers"][0]["env"]


def test_kubernetes_leaves_the_script_as_it_is():
    """Kubernetes puts variables for `$(NAME)` in a command, and `$` for `$$`: the scripts have neither."""
    p5 = "p5.48xlarge"
    for manifest in (nccl_test(NcclTestOptions(instance_type=p5))[0], node_test(NodeTestOptions(instance_type=p5))):
        container = manifest["spec"]["template"]["spec"]["containers"][0]
        names = {variable["name"] for variable in container["env"]}
        text = "\n".join(container["command"])
        assert "$$" not in text
        assert names.isdisjoint(re.findall(r"\$\(([^)]*)\)", text))


def test_the_page_has_the_marks():
    """docs/nccl.md and its Korean page show each mark at its largest size."""
    for page in ("nccl.md", "nccl.ko.md"):
        text = (Path(__file__).parents[3] / "docs" / page).read_text("utf-8")
        for name, mark in MARKS.items():
            size, reached = mark.at(2**40)
            assert re.search(rf"\| {name} \| (?:about |약 )?{reached:g} \| {size // 2**30} GiB \|", text), name
