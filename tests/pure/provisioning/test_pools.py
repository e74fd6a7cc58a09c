import pytest
from tests.pure.provisioning.manifests import ask, cluster, families, names, node_class, pod, pool, requirement

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.descriptions import describe_constraint, describe_slip
from cdk8s_eks_gpu.provisioning.node_pool import NotEvaluated


def admitted(*manifests):
    """Return what the one pool of the manifests admits."""
    (found,) = ask(*manifests).pools
    return names(found.pool.types)


def left_out(found):
    """Return how many types each constraint of a pool leaves out, by its words."""
    return {describe_constraint(reason): count for reason, count in found.pool.instance_types.left_out}


def test_the_pool_of_the_seed():
    """The pool that everybody starts with admits the AMD and the fractional GPUs too, but neither arm64 nor gr6."""
    (seed,) = ask(
        pool(
            requirement(vocabulary.ARCH, "In", "amd64"),
            requirement(vocabulary.CAPACITY_TYPE, "In", "spot", "on-demand"),
            requirement(vocabulary.INSTANCE_CATEGORY, "In", "g", "p"),
        )
    ).pools
    assert len(seed.pool.types) == 61
    assert sorted({each.family for each in seed.pool.types}) == sorted(
        [
            "g4ad",
            "g4dn",
            "g5",
            "g6",
            "g6e",
            "g6f",
            "g7",
            "g7e",
            "p3dn",
            "p4d",
            "p4de",
            "p5",
            "p5e",
            "p5en",
            "p6-b200",
            "p6-b300",
        ]
    )
    assert [match.trap.name for match in seed.traps] == ["amd-gpu", "fractional-gpu", "driver"]
    assert left_out(seed) == {
        "karpenter.k8s.aws/instance-category In [g p]": 1325,
        "kubernetes.io/arch In [amd64]": 418,
    }
    assert seed.slips == ()


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ([families("p5")], ["p5.48xlarge", "p5.4xlarge"]),
        ([families("p5"), requirement(vocabulary.GPU_COUNT, "Gt", "1")], ["p5.48xlarge"]),
        ([families("p5", "p5e"), families("p5e", "p4d")], ["p5e.48xlarge"]),
        ([families("p5"), families("p4d")], []),
        ([requirement("beta.kubernetes.io/instance-type", "In", "p5.4xlarge")], ["p5.4xlarge"]),
        ([families("g5g"), requirement(vocabulary.INSTANCE_CPU, "Lte", "8")], ["g5g.2xlarge", "g5g.xlarge"]),
        ([families("dl1"), requirement(vocabulary.GPU_NAME, "Exists")], ["dl1.24xlarge"]),
        ([families("trn1"), requirement(vocabulary.GPU_NAME, "Exists")], []),
        ([families("p4d"), requirement("team", "In", "vision")], ["p4d.24xlarge"]),
        ([families("p4d"), requirement(vocabulary.INSTANCE_TENANCY, "In", "dedicated")], ["p4d.24xlarge"]),
        ([families("p4d"), requirement(vocabulary.OS, "In", "windows")], ["p4d.24xlarge"]),
    ],
)
def test_requirements(requirements, expected):
    """A pool admits the types that satisfy all its requirements; labels of its own leave none out."""
    assert admitted(pool(*requirements)) == expected


def test_template_labels_count_as_requirements():
    """A label of the template that types define restricts them, as in Karpenter."""
    assert admitted(pool(families("p4d", "p5e"), labels={vocabulary.INSTANCE_FAMILY: "p5e"})) == ["p5e.48xlarge"]


def test_min_values():
    """Where minValues is not met, Karpenter launches no node at all."""
    (met,) = ask(pool(requirement(vocabulary.INSTANCE_FAMILY, "In", "p4d", "p5e", minValues=2))).pools
    assert names(met.pool.types) == ["p4d.24xlarge", "p5e.48xlarge"]
    (unmet,) = ask(
        pool(
            requirement(vocabulary.INSTANCE_FAMILY, "In", "p4d", "p5e", minValues=2),
            requirement(vocabulary.GPU_NAME, "In", "h200"),
        )
    ).pools
    assert unmet.pool.types == ()
    assert [str(each) for each in unmet.pool.instance_types.unmet_min_values] == [
        "karpenter.k8s.aws/instance-family In [p4d p5e] minValues 2"
    ]


def test_min_values_of_what_is_not_known():
    """Where a requirement is yet to be filled in, nobody knows whether minValues are met."""
    flexible = requirement(vocabulary.INSTANCE_FAMILY, "In", "p4d", "p5e", minValues=3)
    (known,) = cluster(pool(flexible)).pools
    assert [each.min_values for each in known.unmet_min_values] == [3]
    (met,) = cluster(pool(flexible | {"minValues": 2})).pools
    (template,) = cluster(pool(flexible, requirement(vocabulary.ARCH, "In", "{{ .Values.arch }}"))).pools
    assert met.unmet_min_values == template.unmet_min_values == ()


def test_min_values_of_labels_of_run_time():
    """How many zones there are is not known, so minValues on them is taken to be met."""
    assert admitted(pool(families("p4d"), requirement(vocabulary.ZONE, "Exists", minValues=2) | {"values": None}))


def test_limits():
    """A type of which one node is beyond the pool's limits is not admitted."""
    (found,) = ask(pool(families("p5"), limits={"cpu": 100})).pools
    assert names(found.pool.types) == ["p5.4xlarge"]
    assert left_out(found)["limits cpu 100"] > 0
    assert admitted(pool(families("p5"), limits={"nvidia.com/gpu": "8", "memory": "2Ti"})) == [
        "p5.48xlarge",
        "p5.4xlarge",
    ]


def test_several_pools_and_lists():
    """Every pool has its answer, also inside a List."""
    listed = {"apiVersion": "v1", "kind": "List", "items": [pool(families("p4d"), name="a"), pool(name="b")]}
    found = ask(listed)
    assert [(each.pool.name, len(each.pool.types)) for each in found.pools] == [("a", 1), ("b", 1392)]


@pytest.mark.parametrize(
    ("written", "warning"),
    [
        (families("p5x"), "karpenter.k8s.aws/instance-family: no known instance type has 'p5x'; did you mean 'p5"),
        (
            requirement(vocabulary.INSTANCE_TYPE, "In", "p5.48xlrage"),
            "node.kubernetes.io/instance-type: no known instance type has 'p5.48xlrage'; did you mean 'p5.48xlarge'?",
        ),
        (
            requirement("topology.kubernetes.io/zones", "Exists"),
            "topology.kubernetes.io/zones is a label of your own; did you mean 'topology.kubernetes.io/zone'?",
        ),
    ],
)
def test_typing_errors_are_distinguished_from_nothing_matches(written, warning):
    """A value that no type has, or a label that resembles a well-known one, is pointed out."""
    (found,) = ask(pool(written)).pools
    assert any(describe_slip(slip).startswith(warning) for slip in found.slips)


@pytest.mark.parametrize("capacity_types", [["reserved"], ["spot"], ["spot", "reserved"], ["on-demand"]])
def test_capacity_types(capacity_types):
    """Reserved nodes need a node class that selects reservations, and spot nodes a type that EC2 offers as spot."""
    asked = pool(families("p5", "hpc7g"), requirement(vocabulary.CAPACITY_TYPE, "In", *capacity_types))
    p5, hpc = ["p5.48xlarge", "p5.4xlarge"], ["hpc7g.16xlarge", "hpc7g.4xlarge", "hpc7g.8xlarge"]
    without = {"reserved": [], "on-demand": [*hpc, *p5]}.get(capacity_types[-1], p5)
    assert admitted(asked, node_class()) == (p5 if "spot" in capacity_types else without)
    selects = node_class(capacityReservationSelectorTerms=[{"tags": {"team": "ml"}}])
    assert admitted(asked, selects) == ([*hpc, *p5] if "reserved" in capacity_types else without)


def test_a_type_newer_than_the_facts_is_named():
    """What a pool names and the facts do not have is named as unknown; the known types are still there."""
    (found,) = ask(pool(requirement(vocabulary.INSTANCE_TYPE, "In", "p5.48xlarge", "p9.96xlarge"))).pools
    assert found.pool.unknown_types == ("p9.96xlarge",)
    assert names(found.pool.types) == ["p5.48xlarge"]


@pytest.mark.parametrize(
    ("group", "why"),
    [
        ("eks.amazonaws.com", NotEvaluated.EKS_AUTO_MODE),
        ("karpenter.sagemaker.amazonaws.com", NotEvaluated.HYPERPOD),
        ("karpenter.azure.com", NotEvaluated.OTHER_PROVIDER),
        ("karpenter.k8s.aws", None),
    ],
)
def test_pools_of_others_are_not_evaluated(group, why):
    """Of a pool whose nodes are not Karpenter's own to launch nothing is said, and no pod is compared with it."""
    manifest = pool(families("p5"))
    manifest["spec"]["template"]["spec"]["nodeClassRef"]["group"] = group
    found = ask(manifest, pod())
    assert found.pools[0].pool.not_evaluated is why
    assert bool(found.pools[0].pool.types) == bool(found.workloads[0].fits) == (why is None)


def test_why_pools_of_others_are_not_evaluated():
    """Who launches their nodes is said in a few words, which a sentence takes over."""
    own = "not a Karpenter of your own"
    assert {each: each.value for each in NotEvaluated} == {
        NotEvaluated.EKS_AUTO_MODE: f"EKS Auto Mode launches its nodes, {own}",
        NotEvaluated.HYPERPOD: f"SageMaker HyperPod launches its nodes, {own}",
        NotEvaluated.OTHER_PROVIDER: "its node class is not of Karpenter's provider for AWS",
    }


@pytest.mark.parametrize(
    ("resource", "is_of_every_node"),
    [
        *((name, True) for name in ("nodes", "cpu", "memory", "pods", "ephemeral-storage")),
        (vocabulary.GPU, False),
        ("example.com/x", False),
    ],
)
def test_a_limit_of_0_on_what_every_node_has(resource, is_of_every_node):
    """It switches a pool off, whatever its types are; of another resource that depends on the types."""
    (found,) = cluster(pool(families("p9"), limits={resource: 0})).pools
    assert found.switched_off_by == ((resource,) if is_of_every_node else ())


@pytest.mark.parametrize(
    ("capacity_types", "expected"),
    [(["reserved"], True), (["reserved", "spot"], False), (["on-demand", "reserved"], False), (["spot"], False)],
)
def test_a_pool_of_reserved_nodes_only(capacity_types, expected):
    """It asks for no other capacity type."""
    (found,) = cluster(pool(requirement(vocabulary.CAPACITY_TYPE, "In", *capacity_types))).pools
    assert found.is_only_reserved == expected
    (any_type,) = cluster(pool(families("p5"))).pools
    assert not any_type.is_only_reserved


def test_types_with_a_device():
    """Of the types that a pool launches, those that have some of the resource."""
    (found,) = cluster(pool(families("p5", "m5", "g4ad"))).pools
    assert names(found.with_device(vocabulary.GPU)) == ["p5.48xlarge", "p5.4xlarge"]


@pytest.mark.parametrize(
    ("family", "at_least", "is_met"), [("p5", 2, True), ("p5", 3, False), ("hpc7g", 1, True), ("hpc7g", 2, False)]
)
def test_min_values_of_capacity_types(family, at_least, is_met):
    """Types that EC2 does not sell as spot have one capacity type, the others two."""
    kinds = requirement(vocabulary.CAPACITY_TYPE, "In", "spot", "on-demand", minValues=at_least)
    (found,) = cluster(pool(families(family), kinds), node_class()).pools
    assert bool(found.types) == is_met


@pytest.mark.parametrize(
    ("limits", "replicas", "most"),
    [(None, None, None), ({"cpu": 8}, None, None), ({"nodes": "4"}, None, 4), ({"nodes": 4}, 2, 2), ({}, 0, 0)],
)
def test_the_most_nodes_of_a_pool(limits, replicas, most):
    """A static pool has its replicas; of any other, a limit on nodes says it."""
    manifest = pool(families("p5"), limits=limits)
    manifest["spec"]["replicas"] = replicas
    (found,) = cluster(manifest, node_class()).pools
    assert found.most_nodes == most
