import pytest
from tests.pure.verify.broken import BROKEN, sixteen_gpus_in_one_pod
from tests.pure.verify.dumps import Dump, verified

from cdk8s_eks_gpu.verify import Status


def lines(report, status=None):
    """Return what a report says, a line a result."""
    return [
        f"{each.check} {each.status.value} {each.subject} | {each.message} | "
        f"{each.observed} | {each.expected} | {each.fix}"
        for each in report.results
        if status is None or each.status is status
    ]


def test_the_recorded_cluster_is_good(tmp_path):
    """A dump of a cluster in which everything works passes in every part: nothing is left to wait for or not known."""
    report = verified(Dump(), tmp_path)
    assert [line for line in lines(report) if " pass " not in line] == []
    parts = {each.check.partition("/")[0] for each in report.results}
    assert parts == {"karpenter", "applied", "conditions", "daemonsets", "nodes", "smoke-tests"}


@pytest.mark.parametrize(
    ("change", "check", "status", "says"), [entry[1:] for entry in BROKEN], ids=[e[0] for e in BROKEN]
)
def test_what_is_broken_is_found(change, check, status, says, tmp_path):
    """Each way to break the cluster gives the one result that names it, with what was seen and the fix."""
    dump = Dump()
    change(dump)
    report = verified(dump, tmp_path)
    found = [line for line in lines(report) if line.startswith(f"{check} {status} ")]
    assert any(all(part.lower() in line.lower() for part in says) for line in found), "\n".join(lines(report, None))
    assert not report.ok


def test_there_are_enough_ways_to_break_it():
    """At least thirty clusters, each broken in another way."""
    assert len({name for name, *_ in BROKEN}) == len(BROKEN) >= 30


def test_what_is_broken_is_no_more_than_it_is(tmp_path):
    """A GPU that is missing on one node changes nothing that is said of the others."""
    dump = Dump()
    node = dump.node()
    node["status"]["allocatable"]["nvidia.com/gpu"] = "7"
    node["status"]["capacity"]["nvidia.com/gpu"] = "7"
    assert len(verified(dump, tmp_path).of_status(Status.FAIL)) == 1


@pytest.mark.parametrize(
    ("selects", "status"), [({}, Status.FAIL), ({"eks.amazonaws.com/nodegroup": "gpu"}, Status.UNKNOWN)]
)
def test_a_pod_for_nodes_of_others_is_no_failure(selects, status, tmp_path):
    """A pod that waits for a managed node group's nodes is none that the pools should host, as `check` has it."""
    dump = Dump()
    sixteen_gpus_in_one_pod(dump)
    waits = dump.find("pods", "efa-test-pod")
    waits["metadata"]["name"] = "other"
    waits["spec"]["nodeSelector"] = selects
    report = verified(dump, tmp_path)
    assert [each.status for each in report.results if each.check == "pods/pending"] == [status]
