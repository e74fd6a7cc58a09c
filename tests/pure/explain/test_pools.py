import pytest

from cdk8s_eks_gpu import vocabulary

from .manifests import ask, families, names, pool, requirement


def admitted(*manifests):
    """Return what the one pool of the manifests admits."""
    (found,) = ask(*manifests).pools
    return names(found.types)


def test_the_pool_of_the_seed():
    """The pool that everybody starts with admits the AMD and the fractional GPUs too, but neither arm64 nor gr6."""
    (seed,) = ask(
        pool(
            requirement(vocabulary.ARCH, "In", "amd64"),
            requirement(vocabulary.CAPACITY_TYPE, "In", "spot", "on-demand"),
            requirement(vocabulary.INSTANCE_CATEGORY, "In", "g", "p"),
        )
    ).pools
    assert len(seed.types) == 61
    assert sorted({one.family for one in seed.types}) == sorted(
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
    assert [(one.trap.name, one.unlisted) for one in seed.traps] == [
        ("amd-gpu", ()),
        ("fractional-gpu", ()),
        ("driver", ()),
    ]
    assert seed.left_out == {"karpenter.k8s.aws/instance-category In [g p]": 1325, "kubernetes.io/arch In [amd64]": 418}
    assert seed.warnings == ()


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
        ([families("p4d"), requirement(vocabulary.OS, "In", "windows")], []),
    ],
)
def test_requirements(requirements, expected):
    """A pool admits the types that satisfy all its requirements; labels of its own leave none out."""
    assert admitted(pool(*requirements)) == expected


def test_template_labels_count_as_requirements():
    """A label of the template that types define restricts them, as in Karpenter."""
    assert admitted(pool(families("p4d", "p5e"), labels={vocabulary.INSTANCE_FAMILY: "p5e"})) == ["p5e.48xlarge"]


def test_min_values():
    """Where minValues is not met, Karpenter makes no node at all."""
    (met,) = ask(pool(requirement(vocabulary.INSTANCE_FAMILY, "In", "p4d", "p5e", minValues=2))).pools
    assert names(met.types) == ["p4d.24xlarge", "p5e.48xlarge"]
    (unmet,) = ask(
        pool(
            requirement(vocabulary.INSTANCE_FAMILY, "In", "p4d", "p5e", minValues=2),
            requirement(vocabulary.GPU_NAME, "In", "h200"),
        )
    ).pools
    assert unmet.types == ()
    assert [str(one) for one in unmet.unmet_min_values] == [
        "karpenter.k8s.aws/instance-family In [p4d p5e] minValues 2"
    ]


def test_min_values_of_labels_of_run_time():
    """How many zones there are is not known, so minValues on them is taken to be met."""
    assert admitted(pool(families("p4d"), requirement(vocabulary.ZONE, "Exists", minValues=2) | {"values": None}))


def test_limits():
    """A type of which one node is beyond the pool's limits is not admitted."""
    (found,) = ask(pool(families("p5"), limits={"cpu": 100})).pools
    assert names(found.types) == ["p5.4xlarge"]
    assert found.left_out["limits cpu 100"] > 0
    assert admitted(pool(families("p5"), limits={"nvidia.com/gpu": "8", "memory": "2Ti"})) == [
        "p5.48xlarge",
        "p5.4xlarge",
    ]


def test_several_pools_and_lists():
    """Every pool has its answer, also inside a List."""
    listed = {"apiVersion": "v1", "kind": "List", "items": [pool(families("p4d"), name="a"), pool(name="b")]}
    found = ask(listed)
    assert [(one.name, len(one.types)) for one in found.pools] == [("a", 1), ("b", 1392)]


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
def test_slips_are_told_apart_from_nothing_matches(written, warning):
    """A value that no type has, or a label that resembles a well-known one, is pointed out."""
    (found,) = ask(pool(written)).pools
    assert any(line.startswith(warning) for line in found.warnings)


def test_a_family_that_is_newer_than_the_facts_is_no_slip():
    """A pool that names a family that is known to be missing on the page is not told that it does not exist."""
    (found,) = ask(pool(families("g7"))).pools
    assert found.warnings == ()
