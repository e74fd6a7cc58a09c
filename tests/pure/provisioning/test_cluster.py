"""What Karpenter launches for a pod where several pools could, and that equal pools are computed once."""

import pytest
from tests.pure.provisioning.manifests import (
    GPU_TAINT,
    TOLERATE,
    ask,
    cluster,
    families,
    names,
    node_class,
    pod,
    pool,
    preferred,
    reasons,
    requirement,
    workload,
)

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import Document
from cdk8s_eks_gpu.manifests.kubernetes_object import objects_of
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.provisioning.workload import read_workloads


def weighted(name, weight=None, family="p5", **spec):
    """Return a NodePool with a weight."""
    manifest = pool(families(family), name=name, **spec)
    manifest["spec"]["weight"] = weight
    return manifest


@pytest.mark.parametrize(
    ("pools", "first"),
    [
        ([weighted("a"), weighted("b", 10)], "b"),
        ([weighted("a", 20), weighted("b", 10)], "a"),
        ([weighted("a"), weighted("b")], "b"),
        ([weighted("b", 10), weighted("a", 10)], "b"),
        ([weighted("a", 100, family="m5"), weighted("b")], "b"),
    ],
)
def test_the_heaviest_pool_that_can_host_launches(pools, first):
    """Pools are tried by weight, then by name, both descending; those that cannot host the pod are passed over."""
    launch = ask(*pools, pod({vocabulary.GPU: 8})).workloads[0].launch
    assert (launch.pool.name, names(launch.fit.types)) == (first, ["p5.48xlarge"])


def test_pods_that_are_gone_do_not_answer_for_others():
    """What is known of a pod is not said of a later one that Python puts at the same place in memory."""
    asked = cluster(weighted("a"))

    def hosts(gpus):
        (manifest,) = objects_of("test.yaml", Document(pod({vocabulary.GPU: gpus}), 1, 1, ""))
        return len(asked.hosts(next(iter(read_workloads(manifest)))))

    assert [hosts(gpus) for gpus in (8, 8, 16, 16, 16) * 9] == [1, 1, 0, 0, 0] * 9


def test_a_preference_is_kept_before_a_weight():
    """A light pool that has what a pod prefers launches before a heavy one that does not."""
    asked = pod({vocabulary.GPU: 1}, affinity=preferred([families("g6")]))
    launch = ask(weighted("heavy", 100), weighted("light", family="g6"), asked).workloads[0].launch
    assert launch.pool.name == "light"


def test_nothing_is_launched_for_daemonsets_and_by_static_pools():
    """A DaemonSet's pods come to nodes that are there, and a pool with replicas launches no node for a pod."""
    assert ask(weighted("a"), workload("DaemonSet")).workloads[0].launch is None
    static = weighted("a")
    static["spec"]["replicas"] = 2
    (found,) = ask(static, pod()).workloads
    assert found.launch is None
    assert names(found.fits["a"].types) == ["p5.48xlarge", "p5.4xlarge"]


def test_a_static_pool_of_no_nodes_shares_nothing():
    """A pool that is off by its replicas launches nothing: what is computed of others is not its."""
    pools = [weighted("none"), weighted("one"), weighted("off")]
    pools[1]["spec"]["replicas"], pools[2]["spec"]["replicas"] = 1, 0
    none, single, off = (each.instance_types for each in cluster(*pools).pools)
    assert none is single
    assert off is not single


def test_equal_pools_share_what_is_computed():
    """Pools that differ in name only are computed once, and answer each with its own name."""
    same = cluster(node_class(), *(pool(families("p5"), name=f"pool-{number}") for number in range(3)), pod())
    assert len({id(each.instance_types) for each in same.pools}) == 1
    other = cluster(weighted("a"), weighted("b", limits={"cpu": "100"}), weighted("c", labels={"team": "ml"}))
    assert len({id(each.instance_types) for each in other.pools}) == 3


def test_a_pods_pool_by_name_among_equal_pools():
    """A pod that selects one of several equal pools by name is hosted there only."""
    pools = [pool(families("p5"), name=name) for name in ("a", "b")]
    selects = pod(nodeSelector={vocabulary.NODE_POOL: "b"})
    hosts = ask(*pools, selects).workloads[0].fits
    assert {name: bool(fit.types) for name, fit in hosts.items()} == {"a": False, "b": True}
    refuses = requirement(vocabulary.NODE_POOL, "NotIn", "b")
    terms = {"nodeSelectorTerms": [{"matchExpressions": [refuses]}]}
    away = pod(affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}})
    hosts = ask(*pools, away).workloads[0].fits
    assert {name: bool(fit.types) for name, fit in hosts.items()} == {"a": True, "b": False}


def test_a_daemon_set_of_another_pool():
    """What keeps a DaemonSet off a pool by the pool's name is said together with what it waits for on running nodes."""
    agent = workload("DaemonSet", nodeSelector={vocabulary.NODE_POOL: "b", "nvidia.com/gpu.product": "H100"})
    hosts = ask(pool(families("p5"), name="a"), pool(families("p5"), name="b"), agent).workloads[0].fits
    (why,) = set(reasons(hosts["a"]).values())
    assert vocabulary.NODE_POOL in why
    assert "nvidia.com/gpu.product" in why


def test_a_pool_that_is_not_known_may_host():
    """Whoever asks whether there may be a node gets yes for what is not known, and no where all is."""
    known = pool(families("g4dn"))
    elsewhere = pool(families("p5"), name="other", labels={"team": "a"})
    elsewhere["spec"]["template"]["spec"]["nodeClassRef"] |= {"group": "eks.amazonaws.com", "kind": "NodeClass"}
    small, large = pod({vocabulary.GPU: 1}), pod({vocabulary.GPU: 8}, nodeSelector={"team": "a"})
    for manifests, asked, expected in [
        ([known], small, True),
        ([known], large, False),
        ([known, elsewhere], small, True),
        ([elsewhere], large, True),
    ]:
        found = cluster(node_class(), *manifests, asked)
        assert found.may_have_host(found.workloads[0]) == expected


@pytest.mark.parametrize(("systems", "hosted"), [([], True), (["linux", "windows"], True), (["windows"], False)])
def test_the_system_of_a_node_class_that_is_elsewhere(systems, hosted):
    """Nodes of a class that is elsewhere run Linux, unless the pool asks for Windows alone."""
    asked = [requirement(vocabulary.OS, "In", *systems)] if systems else []
    pods = [pod(name=name, nodeSelector={vocabulary.OS: name}) for name in ("linux", "windows")]
    found = cluster(pool(families("g4dn"), *asked), *pods)
    assert [bool(found.hosts(each)) for each in found.workloads] == [hosted, not hosted]


def test_candidates_never_leave_out_a_host():
    """The quick look at labels rules out no pool that can host a pod, and spares those that cannot have its labels."""
    pools = [pool(families("p5"), name=f"pool-{team}", labels={"team": team}) for team in ("a", "b", "c")]
    asked = [
        pod(name="one", nodeSelector={"team": "a"}),
        pod(name="any"),
        pod(name="open", nodeSelector={"team": "x"}),
    ]
    open_pool = pool(families("p5"), requirement("team", "Exists"), name="open")
    found = cluster(*pools, open_pool, *asked)
    for work in found.workloads:
        hosts = {each.name for each in found.pools if found.fit(each, work).types}
        assert hosts == {each.name for each in found.hosts(work)} <= {each.name for each in found.candidates(work)}
    assert [each.name for each in found.candidates(found.workloads[0])] == ["pool-a", "open"]


@pytest.mark.parametrize(
    ("selects", "candidates"),
    [
        ({vocabulary.ARCH: "amd64"}, ["a", "b"]),
        ({vocabulary.ARCH: "amd64", "team": "x"}, ["a"]),
        ({vocabulary.NODE_POOL: "b"}, ["b"]),
        ({vocabulary.NODE_POOL: "b", vocabulary.ARCH: "arm64"}, ["b"]),
        ({"team": "y"}, []),
        ({"eks.amazonaws.com/compute-type": "auto"}, ["a", "b"]),
        ({"eks.amazonaws.com/compute-type": "auto", "team": "x"}, ["a"]),
    ],
)
def test_candidates_by_labels_of_pools(selects, candidates):
    """Names and labels of pools rule pools out at once; what types have, or nodes of others, rules out none."""
    found = cluster(pool(name="a", labels={"team": "x"}), pool(name="b"), pod(nodeSelector=selects))
    assert [each.name for each in found.candidates(found.workloads[0])] == candidates


def test_workloads_near_a_pool():
    """Pods that ask for the same count once, without huge pages; DaemonSets and pods of other pools do not count."""
    pages = {vocabulary.GPU: 1, "hugepages-2Mi": 2**30, "memory": 2**30}
    found = cluster(
        pool(name="a", labels={"team": "x"}),
        pool(name="b"),
        pod({vocabulary.GPU: 1}, "first"),
        pod({vocabulary.GPU: 1}, "second"),
        pod(pages, "pages", nodeSelector={"team": "x"}),
        pod({}, "other", nodeSelector={vocabulary.NODE_POOL: "b"}),
        workload("DaemonSet", name="daemon"),
    )
    near = [[dict(each.pod.requests).keys() for each in found.near(pool)] for pool in found.pools]
    assert [len(each) for each in near] == [2, 2]
    assert not any("hugepages-2Mi" in requests for each in near for requests in each)


def test_nodes_that_run_already():
    """Those of static pools have the labels that appear when they run; any other pool has no node yet."""
    static, dynamic, small = weighted("static"), weighted("dynamic"), weighted("small", family="g5")
    static["spec"]["replicas"] = small["spec"]["replicas"] = 2
    asked = pod({vocabulary.GPU: 8}, nodeSelector={"nvidia.com/gpu.product": "H100", vocabulary.GPU_NAME: "h100"})
    found = cluster(static, dynamic, small, asked)
    assert [each.name for each in found.running_hosts(found.workloads[0])] == ["static"]
    assert found.hosts(found.workloads[0]) == ()


def test_a_node_class_that_is_not_in_the_manifests():
    """A pool whose node class is elsewhere is taken to select reservations: nobody can say that it does not."""
    reserved = pool(families("p5"), requirement(vocabulary.CAPACITY_TYPE, "In", "reserved"))
    (found,) = cluster(reserved).pools
    assert (found.node_class_manifest, names(found.types)) == (None, ["p5.48xlarge", "p5.4xlarge"])


def of_class(name, **spec):
    """Return a node class of a name, and a pool of that name that uses it."""
    own, uses = node_class(**spec), pool(families("p5"), name=name)
    own["metadata"]["name"] = name
    uses["spec"]["template"]["spec"]["nodeClassRef"]["name"] = name
    return own, uses


def in_files(files):
    """Return the cluster of manifests by file."""
    return Cluster(
        each
        for file, manifests in files.items()
        for number, manifest in enumerate(manifests, start=1)
        for each in objects_of(file, Document(manifest, number, 1, ""))
    )


@pytest.mark.parametrize(("file", "most"), [("a/x.yaml", 10), ("a/z.yaml", 10), ("b/z.yaml", 20), ("c/z.yaml", 30)])
def test_the_nearest_of_several_classes(file, most):
    """Of several classes of a name the pool's is that of its file, then of its folder, then the last."""
    files = {"a/x.yaml": [node_class(kubelet={"maxPods": 10})], "b/y.yaml": [node_class(kubelet={"maxPods": 20})]}
    files |= {"d/y.yaml": [node_class(kubelet={"maxPods": 30})]}
    files = {file: [], **files}
    files[file] = [*files[file], pool(families("p5"))]
    (found,) = in_files(files).pools
    assert found.node_class.max_pods == most


def test_the_file_of_a_pool_comes_before_its_folder():
    """A class in the pool's own file is nearer than a later one in the same folder."""
    files = {
        "a/x.yaml": [node_class(kubelet={"maxPods": 10}), pool(families("p5"))],
        "a/y.yaml": [node_class(kubelet={"maxPods": 20})],
    }
    (found,) = in_files(files).pools
    assert found.node_class.max_pods == 10


RESERVATION = vocabulary.CAPACITY_RESERVATION_ID


@pytest.mark.parametrize(
    ("asking", "shared"),
    [
        (pod(), True),
        (pod(nodeSelector={RESERVATION: "cr-1"}), False),
        (pool(families("p5"), requirement(RESERVATION, "In", "cr-1"), name="asks"), False),
    ],
)
def test_classes_that_differ_in_their_reservations(asking, shared):
    """Pools of such classes share what is computed until a pool or a pod asks for a reservation by its id."""
    single = of_class("one", capacityReservationSelectorTerms=[{"id": "cr-1"}])
    other = of_class("other", capacityReservationSelectorTerms=[{"id": "cr-2"}])
    found = {each.name: each for each in cluster(*single, *other, asking).pools}
    types = [found[name].instance_types.node_class_types for name in ("one", "other")]
    assert (types[0] is types[1]) == shared


def test_what_is_launched_from_some_pools():
    """Where not all pools are there, what is launched comes from those that are."""
    found = cluster(weighted("a", 100), weighted("b"), pod())
    asked = found.workloads[0]
    assert found.launch(asked).pool.name == "a"
    light = [each for each in found.pools if each.name == "b"]
    assert found.launch(asked, light).pool.name == "b"
    assert found.launch(asked, []) is None


def test_an_unknown_type_may_fit():
    """A pool that names a type without facts may host what nothing known of the type keeps off."""
    unknown = pool(requirement(vocabulary.INSTANCE_TYPE, "In", "p99.48xlarge"), taints=[GPU_TAINT])
    tolerating, other = pod(tolerations=[TOLERATE]), pod(name="other")
    found = cluster(node_class(), unknown, tolerating, other)
    assert [found.may_host(found.pools[0], each) for each in found.workloads] == [True, False]
    known = cluster(node_class(), pool(families("p5")), pod({vocabulary.GPU: 100}))
    assert not known.may_host(known.pools[0], known.workloads[0])
    assert known.kept_off_unknown(known.pools[0], known.workloads[0]) == {}


@pytest.mark.parametrize(
    ("selects", "may_host"),
    [
        ({}, True),
        ({vocabulary.INSTANCE_FAMILY: "p99"}, True),
        ({vocabulary.INSTANCE_FAMILY: "p98"}, False),
        ({vocabulary.INSTANCE_TYPE: "p99.48xlarge"}, True),
        ({vocabulary.INSTANCE_TYPE: "p98.48xlarge"}, False),
    ],
)
def test_an_unknown_family_may_fit(selects, may_host):
    """A pod that selects another family, or a type of another one, is kept off by the name alone."""
    found = cluster(node_class(), pool(families("p99")), pod(nodeSelector=selects))
    assert found.may_host(found.pools[0], found.workloads[0]) == may_host


def test_one_unknown_family_of_two():
    """Of two such families only the one that the pod does not select is kept off."""
    selects = pod(nodeSelector={vocabulary.INSTANCE_FAMILY: "p98"})
    found = cluster(node_class(), pool(families("p98", "p99")), selects)
    kept_off = found.kept_off_unknown(found.pools[0], found.workloads[0])
    assert {name: bool(why) for name, why in kept_off.items()} == {"p98": False, "p99": True}
