"""`explain` says of each prediction that is known to differ why it may."""

import pytest
from rehearsal import predictions, recording
from tests.rehearsal.test_launches import RECORDED

from cdk8s_eks_gpu.explain import explain
from cdk8s_eks_gpu.provisioning.cluster import Cluster


def cases(path):
    """Return the cases of a suite by their names."""
    return {case.name: case for case, _ in recording.read_suite(path.parent.name, path.stem)}


def known():
    """Return the manifests of every case that is known to differ, by release, suite and name."""
    found = {}
    for path in RECORDED:
        release, suite = path.parent.name.removeprefix("karpenter-"), path.stem
        names = recording.read_known(f"launches-{release}", suite)
        played = cases(path) if names else {}
        found |= {(release, suite, name): played[name].manifests for name in names}
    return found


KNOWN = known()


def test_there_are_some():
    """Those of both releases are found."""
    assert {release for release, *_ in KNOWN} == {"1.14", "1.15"}


@pytest.mark.parametrize("case", sorted(KNOWN), ids="/".join)
def test_the_answer_says_that_it_may_differ(case):
    """By what only the account knows of the pool, or by how Karpenter counts a DaemonSet."""
    answer = explain(Cluster(predictions.objects(KNOWN[case]), case[0]))
    of_pools = [each.text for pool in answer.pools for each in pool.capacity.about("not known")]
    of_workloads = [remark for workload in answer.workloads for remark in workload.remarks]
    assert of_pools + of_workloads


def test_a_daemon_set_of_spot_nodes_has_a_remark():
    """The one case in which the kube-scheduler has room that Karpenter counts as taken."""
    (path,) = [each for each in RECORDED if each.stem == "nodes" and each.parent.name.endswith("1.15")]
    manifests = cases(path)["daemon-of-spot-nodes-pod-on-demand"].manifests
    (daemon,) = [each for each in explain(Cluster(predictions.objects(manifests))).workloads if each.workload.is_daemon]
    assert daemon.remarks


def test_most_pools_have_no_such_statement():
    """What is said everywhere is read nowhere."""
    (path,) = [each for each in RECORDED if each.stem == "resources" and each.parent.name.endswith("1.15")]
    answers = [explain(Cluster(predictions.objects(case.manifests))) for case in [*cases(path).values()][:20]]
    pools = [pool for answer in answers for pool in answer.pools]
    assert pools
    assert not [pool.pool.name for pool in pools if pool.capacity and pool.capacity.about("not known")]
