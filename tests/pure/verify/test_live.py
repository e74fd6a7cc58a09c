import pytest
from tests.pure.verify.api_server import serving
from tests.pure.verify.dumps import Dump, promise

from cdk8s_eks_gpu.errors import LiveError
from cdk8s_eks_gpu.verify import Status, verify
from cdk8s_eks_gpu.verify.live import LiveCluster


def seen(dump, folder, **options):
    """Return the report of a server that answers from the dump."""
    with serving(dump, folder, **options) as kubeconfig:
        return verify(promise(), LiveCluster(kubeconfig=str(kubeconfig)).snapshot(promise()))


def test_a_live_cluster_is_read_page_by_page(tmp_path):
    """What the client reads gives the results that dumps of the same cluster give."""
    report = seen(Dump(), tmp_path)
    assert not report.of_status(Status.FAIL)
    assert not report.of_status(Status.WAITING)
    assert {each.check for each in report.of_status(Status.UNKNOWN)} == {"smoke-tests/fabric"}
    assert len(report.of_status(Status.PASS)) > 60


def test_what_is_missing_in_a_live_cluster(tmp_path):
    """An object that the server does not find, by name or in a list, is missing."""
    dump = Dump()
    dump.remove("configmaps-nvidia", "worker-conf")
    dump.remove("ec2nodeclasses", "gpu-efa-p5")
    missing = {each.subject for each in seen(dump, tmp_path).of_status(Status.FAIL)}
    assert missing == {"ConfigMap/nvidia/nvdp-node-feature-discovery-worker-conf", "EC2NodeClass/gpu-efa-p5"}


def test_what_may_not_be_read_is_not_known(tmp_path):
    """Without the permission to read a kind, nothing is said of it, and nothing fails."""
    report = seen(Dump(), tmp_path, denied={"ConfigMap", "Node"})
    assert not report.of_status(Status.FAIL)
    messages = [each.message for each in report.of_status(Status.UNKNOWN)]
    assert any("configmaps is forbidden" in message for message in messages)
    assert "Nodes were not looked at." in messages


def test_a_cluster_without_karpenter(tmp_path):
    """Where the server does not know Karpenter's kinds, the objects fail with what to install."""
    failing = seen(Dump(), tmp_path, unserved={"NodePool", "NodeClaim"}).of_status(Status.FAIL)
    assert {each.subject for each in failing if "karpenter-crd" in each.fix} == {"NodePool/gpu", "NodePool/train"}


def test_a_server_that_is_not_there(tmp_path):
    """A server that does not answer is an error with one line, not a report."""
    with serving(Dump(), tmp_path) as kubeconfig:
        pass
    with pytest.raises(LiveError, match="does not answer"):
        LiveCluster(kubeconfig=str(kubeconfig)).snapshot(promise())
