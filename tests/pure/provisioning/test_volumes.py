"""Where the volumes of pods are, and that their nodes have to be there too."""

import pytest
from tests.pure.provisioning.manifests import ask, families, fit, names, node_class, pod, pool, preferred, requirement

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.pod import ANYWHERE
from cdk8s_eks_gpu.provisioning.reasons import IncompatibleRequirement
from cdk8s_eks_gpu.requirements import Requirement, Requirements

ZONE = vocabulary.ZONE
A, B = (requirement(ZONE, "In", f"us-west-2{letter}") for letter in "ab")
IN_A, IN_B = (Requirements([Requirement.of(ZONE, "In", f"us-west-2{letter}")]) for letter in "ab")
P5_IN_A = pool(families("p5"), A)
DATA = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}


def volume(*terms, name="pv", **spec):
    """Return a PersistentVolume with the terms of its node affinity."""
    affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": list(term)} for term in terms]}}
    spec = {"nodeAffinity": affinity, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def claim(namespace=None, name="data", **spec):
    """Return a PersistentVolumeClaim."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def storage_class(*zones, name="gp3", **metadata):
    """Return a StorageClass that makes volumes in the zones; in any zone where there are none."""
    terms = [{"matchLabelExpressions": [{"key": "topology.ebs.csi.aws.com/zone", "values": [zone]}]} for zone in zones]
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, **metadata},
        **({"allowedTopologies": terms} if zones else {}),
    }


def places(*manifests):
    """Return what the volumes of the last workload ask of its node."""
    return ask(*manifests).workloads[-1].workload.pod.volumes


def asking(**more):
    """Return a pod that mounts the claim."""
    return pod({vocabulary.GPU: 8}, volumes=[DATA], **more)


BOUND = claim(volumeName="pv")
DEFAULT = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        ((volume([A]), BOUND), (IN_A,)),
        ((volume([A], [B]), BOUND), (IN_A, IN_B)),
        ((BOUND,), ANYWHERE),
        ((volume([A], nodeAffinity=None), BOUND), ANYWHERE),
        ((volume([A], name="other"), BOUND), ANYWHERE),
        ((volume([A], claimRef={"name": "data"}), claim()), (IN_A,)),
        ((volume([A], claimRef={"name": "data", "namespace": "default"}), claim()), (IN_A,)),
        ((volume([A], claimRef={"name": "data", "namespace": "other"}), claim()), ANYWHERE),
        ((volume([A]), claim()), ANYWHERE),
        ((volume([A]), claim("default", volumeName="pv")), (IN_A,)),
        ((volume([A]), claim("other", volumeName="pv")), ANYWHERE),
        ((volume([A]), claim(name="else", volumeName="pv")), ANYWHERE),
        ((volume([A, requirement(vocabulary.HOSTNAME, "In", "n")], local={"path": "/a"}), BOUND), (IN_A,)),
        ((volume([requirement(vocabulary.HOSTNAME, "In", "n")], hostPath={"path": "/a"}), BOUND), ANYWHERE),
        ((storage_class("us-west-2a", "us-west-2b"), claim(storageClassName="gp3")), (IN_A, IN_B)),
        ((storage_class(), claim(storageClassName="gp3")), ANYWHERE),
        ((storage_class("us-west-2a"), claim(storageClassName="other")), ANYWHERE),
        ((storage_class("us-west-2a"), claim()), ANYWHERE),
        ((storage_class("us-west-2a", **DEFAULT), claim()), (IN_A,)),
        ((storage_class("us-west-2a", **DEFAULT), claim(storageClassName="gp3")), (IN_A,)),
        ((storage_class("us-west-2a", **DEFAULT), claim(storageClassName="")), ANYWHERE),
        ((storage_class("us-west-2a"), volume([B]), claim(storageClassName="gp3", volumeName="pv")), (IN_B,)),
        ((storage_class("us-west-2a", **DEFAULT),), ANYWHERE),
    ],
)
def test_a_claim(manifests, expected):
    """The volume's node affinity holds, or else what the StorageClass allows; what is not there asks nothing."""
    assert places(P5_IN_A, *manifests, asking()) == expected


def test_volumes_without_a_claim():
    """An emptyDir is anywhere, also where a volume is claimed by nobody."""
    mounts = pod(volumes=[{"name": "scratch", "emptyDir": {}}])
    assert places(P5_IN_A, volume([A]), storage_class("us-west-2a", **DEFAULT), mounts) == ANYWHERE


def test_claims_that_are_made_for_a_pod():
    """Those of a StatefulSet, and ephemeral ones, have the zones of their StorageClass."""
    template = {"spec": {"storageClassName": "gp3"}}
    ephemeral = pod(volumes=[{"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}])
    assert places(storage_class("us-west-2a"), ephemeral) == (IN_A,)
    spec = {"template": {"spec": pod()["spec"]}, "volumeClaimTemplates": [template]}
    stateful = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": spec}
    assert places(storage_class("us-west-2a"), stateful) == (IN_A,)


def test_several_volumes():
    """The node has to be near all of them: each alternative of one goes with each of the other."""
    second = {"name": "more", "persistentVolumeClaim": {"claimName": "more"}}
    team = Requirements([Requirement.of("team", "In", "a")])
    manifests = (
        volume([A], [B]),
        BOUND,
        volume([requirement("team", "In", "a")], name="of-team"),
        claim(name="more", volumeName="of-team"),
        pod(volumes=[DATA, second]),
    )
    assert places(*manifests) == (IN_A & team, IN_B & team)


def test_a_volume_in_another_zone():
    """Karpenter makes no node for the pod; in a zone that the pool has, it does."""
    found = fit(P5_IN_A, node_class(), volume([B]), BOUND, asking())
    reason = IncompatibleRequirement(IN_B[ZONE], IN_A[ZONE])
    assert set(found.rejected.values()) == {(reason,)}
    assert names(fit(P5_IN_A, node_class(), volume([A]), BOUND, asking()).types) == ["p5.48xlarge"]


def test_alternatives_are_tried_with_every_preference():
    """The second place fits at the first attempt; to leave a preference behind is another one."""
    found = fit(P5_IN_A, node_class(), volume([B], [A]), BOUND, asking())
    assert (names(found.types), found.attempt) == (["p5.48xlarge"], 0)
    large = preferred([families("p5")], [families("p4d")])
    found = fit(P5_IN_A, node_class(), volume([B], [A]), BOUND, asking(affinity=large))
    assert (names(found.types), found.attempt) == (["p5.48xlarge"], 0)
    found = fit(P5_IN_A, node_class(), volume([B], [A]), BOUND, asking(affinity=preferred([families("p4d")])))
    assert (names(found.types), found.attempt) == (["p5.48xlarge"], 1)


def test_two_pods_that_differ_in_their_volumes():
    """One of them has a host, and the other none."""
    other = {"name": "data", "persistentVolumeClaim": {"claimName": "other"}}
    manifests = (P5_IN_A, node_class(), volume([B]), BOUND)
    answer = ask(*manifests, asking(), pod({vocabulary.GPU: 8}, name="free", volumes=[other]))
    assert [each.launch is None for each in answer.workloads] == [True, False]
