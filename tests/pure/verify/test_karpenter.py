import copy

from msgspec.structs import replace
from tests.pure.verify.dumps import Dump, promise

from cdk8s_eks_gpu.verify import Status, read_folder, verify
from cdk8s_eks_gpu.verify.checks.karpenter import running_version
from cdk8s_eks_gpu.verify.snapshot import objects_of_data

STATIC = {
    "apiVersion": "karpenter.sh/v1",
    "kind": "NodePool",
    "metadata": {"name": "fixed"},
    "spec": {"replicas": 2, "template": {"spec": {"nodeClassRef": {"name": "gpu"}, "requirements": []}}},
}


def results(folder, change=lambda _: None, *, static=STATIC, **versions):
    """Return the results about Karpenter by their check, of a promise that has a static pool too."""
    dump = Dump()
    change(dump)
    wanted = replace(promise(), objects=(*promise().objects, *objects_of_data("test", [static])), **versions)
    return {each.check: each for each in verify(wanted, read_folder(dump.write(folder))).results}


def set_gates(text):
    """Return the change that sets the controller's feature gates."""

    def change(dump):
        container = dump.find("deployments", "karpenter")["spec"]["template"]["spec"]["containers"][0]
        container["env"] = [{"name": "FEATURE_GATES", "value": text}]

    return change


def test_a_gate_that_is_off(tmp_path):
    """A field that needs a gate fails where the controller has it off, with how to turn it on."""
    found = results(tmp_path, set_gates("ReservedCapacity=true,StaticCapacity=false"))["karpenter/feature-gates"]
    assert (found.status, found.observed, found.expected) == (Status.FAIL, "off", "on")
    assert "NodePool/fixed" in found.message
    assert "StaticCapacity=true" in found.fix


def test_a_gate_that_is_on(tmp_path):
    """With the gate on it passes; a gate that nobody sets has the default of the release that runs."""
    assert results(tmp_path, set_gates("StaticCapacity=true"))["karpenter/feature-gates"].status is Status.PASS


def test_a_gate_that_others_need(tmp_path):
    """What EKS Auto Mode makes of a static pool is no matter of the controller's gates."""
    others = copy.deepcopy(STATIC)
    others["spec"]["template"]["spec"]["nodeClassRef"]["group"] = "eks.amazonaws.com"
    found = results(tmp_path, set_gates(""), static=others)["karpenter/feature-gates"]
    assert (found.status, found.message) == (Status.PASS, "The manifests need no feature gate.")


def test_the_default_of_a_gate(tmp_path):
    """StaticCapacity is off in 1.14 unless somebody sets it."""
    assert results(tmp_path, set_gates(""))["karpenter/feature-gates"].status is Status.FAIL


def test_a_static_pool_without_its_nodes(tmp_path):
    """A pool that keeps a number of nodes is waited for until it has them."""
    found = results(tmp_path)["nodes/replicas"]
    assert (found.status, found.observed, found.expected) == (Status.WAITING, "0", "2")


def test_another_kubernetes(tmp_path):
    """A Kubernetes for which the manifests were not made is said, and is no failure."""
    found = results(tmp_path, kubernetes="1.33")["karpenter/kubernetes"]
    assert (found.status, found.observed, found.expected) == (Status.UNKNOWN, "1.34", "1.33")


def test_the_version_that_runs(tmp_path):
    """The version is told by the image's tag, with or without a digest, else by the chart's label."""
    for image, version in (
        ("public.ecr.aws/karpenter/controller:1.14.1@sha256:00", "1.14.1"),
        ("registry.example.com/mirror/karpenter/controller:v1.8.2", "1.8.2"),
        ("registry.example.com/karpenter@sha256:00", "1.14.1"),
    ):
        dump = Dump()
        dump.find("deployments", "karpenter")["spec"]["template"]["spec"]["containers"][0]["image"] = image
        folder = tmp_path / version / str(len(image))
        folder.mkdir(parents=True)
        assert running_version(read_folder(dump.write(folder))) == version
