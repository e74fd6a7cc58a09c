"""What `efa` and `capacity` of a pool mean for its node class, its labels, its limits, and for the EFA plugin."""

import json
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pure.objects.everything import stack_objects

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.capacity import Capacity, StaticCapacity
from cdk8s_eks_gpu.config.class_profile import node_class_for
from cdk8s_eks_gpu.config.cluster import ClusterConfig
from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.config.node_class import NodeClassOptions
from cdk8s_eks_gpu.config.node_pool import NodePoolOptions
from cdk8s_eks_gpu.config.pool_profile import expanded_pool
from cdk8s_eks_gpu.config.profiles import expand, expanded
from cdk8s_eks_gpu.errors import ConfigError, ConfigWarning
from cdk8s_eks_gpu.instances import catalogue, efa_layouts

HEAD = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1", region: us-west-2}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
"""
CLASS = NodeClassOptions(role="nodes", ami="al2023@v20250920", discovery="training")


def parse(pools, plugins="{}"):
    """Return the configuration with these pools, a line each."""
    return parse_cluster(HEAD + "".join(f"  {pool}\n" for pool in pools) + f"plugins: {plugins}\n", "cluster.yaml")


def problems_of(*pools):
    """Return the message of each problem, by path."""
    with pytest.raises(ConfigError) as caught:
        parse(pools)
    return {problem.path: problem.message for problem in caught.value.problems}


def manifests(config):
    """Return the specs of the pools and node classes by kind and name."""
    objects = stack_objects(config)["0002-node-pools"]
    return {(each["kind"], each["metadata"]["name"]): each["spec"] for each in objects}


def interfaces_of(spec):
    """Return a node class's interfaces as the facts have them."""
    keys = ("networkCardIndex", "deviceIndex", "interfaceType")
    return tuple(tuple(each[key] for key in keys) for each in spec["networkInterfaces"])


def test_a_class_of_one_pool_gets_the_interfaces_itself():
    """p5 with all of its EFA: 33 entries that nobody wrote, and the label that the EFA plugin looks for."""
    result = manifests(parse(["p5: {nodeClass: gpu, instanceTypes: [p5.48xlarge], efa: ip-optimized}"]))
    layout = efa_layouts("p5.48xlarge").layouts["ip-optimized"]
    assert interfaces_of(result["EC2NodeClass", "gpu"]) == layout.interfaces
    template = result["NodePool", "p5"]["template"]
    assert template["metadata"]["labels"] == {"eks-gpu.io/efa": "attached"}
    assert template["spec"]["nodeClassRef"]["name"] == "gpu"
    assert "efa" not in result["NodePool", "p5"]


def test_a_shared_class_gets_a_variant_for_each_layout():
    """p5en in two layouts beside a pool without EFA: three classes, of which the plain one stays as it was."""
    config = parse(
        [
            "few: {nodeClass: gpu, instanceTypes: [p5en.48xlarge], efa: ip-optimized}",
            "many: {nodeClass: gpu, instanceTypes: [p5en.48xlarge], efa: bandwidth-optimized}",
            "plain: {nodeClass: gpu, instanceFamilies: [g6]}",
        ]
    )
    result, layouts = manifests(config), efa_layouts("p5en.48xlarge").layouts
    assert interfaces_of(result["EC2NodeClass", "gpu-efa-p5en"]) == layouts["ip-optimized"].interfaces
    assert interfaces_of(result["EC2NodeClass", "gpu-efa-p5en-bandwidth"]) == layouts["bandwidth-optimized"].interfaces
    assert "networkInterfaces" not in result["EC2NodeClass", "gpu"]
    names = {pool: result["NodePool", pool]["template"]["spec"]["nodeClassRef"]["name"] for pool in config.node_pools}
    assert names == {"few": "gpu-efa-p5en", "many": "gpu-efa-p5en-bandwidth", "plain": "gpu"}
    assert expand(config).variants == {"gpu-efa-p5en": "gpu", "gpu-efa-p5en-bandwidth": "gpu"}
    variant = expanded(config).node_classes["gpu-efa-p5en"]
    assert variant.metadata.annotations == {"eks-gpu.io/variant-of": "gpu"}


def test_pools_of_one_layout_share_a_class():
    """p5 and p5e have the same cards: their pools need one class, which needs no variant if nobody else has it."""
    pools = [
        "p5: {nodeClass: gpu, instanceTypes: [p5.48xlarge], efa: ip-optimized}",
        "p5e: {nodeClass: gpu, instanceTypes: [p5e.48xlarge], efa: ip-optimized}",
    ]
    assert expanded(parse(pools)).node_classes.keys() == {"gpu"}
    assert expanded(parse([*pools, "g6: {nodeClass: gpu, instanceFamilies: [g6]}"])).node_classes.keys() == {
        "gpu",
        "gpu-efa-p5",
    }


@pytest.mark.parametrize(
    ("types", "layout", "name"),
    [
        ("p5.48xlarge", "ip-optimized", "gpu-efa-p5"),
        ("p5.4xlarge", "ip-optimized", "gpu-efa-p5-4xlarge"),
        ("p5.4xlarge", "bandwidth-optimized", "gpu-efa-p5-4xlarge"),
        ("p5.48xlarge, p5e.48xlarge", "bandwidth-optimized", "gpu-efa-p5-p5e-bandwidth"),
        ("g6e.24xlarge", "ip-optimized", "gpu-efa-g6e-24xlarge"),
        ("p4d.24xlarge, p4de.24xlarge, g6e.48xlarge", "ip-optimized", "gpu-efa-x4"),
        ("p6-b300.48xlarge", "bandwidth-optimized", "gpu-efa-p6-b300-bandwidth"),
        ("p6e-gb200.36xlarge", "ip-optimized", "gpu-efa-p6e-gb200"),
    ],
)
def test_the_variants_name(types, layout, name):
    """It says the families, and the size where others of the family have more EFA."""
    config = parse([f"a: {{nodeClass: gpu, instanceTypes: [{types}], efa: {layout}}}", "b: {nodeClass: gpu}"])
    assert expanded(config).node_pools["a"].node_class == name


def test_types_of_several_layouts_are_refused_with_the_split():
    """A class has one layout: the message names who clashes, and the pools that work."""
    [(path, message)] = problems_of("p5: {nodeClass: gpu, instanceFamilies: [p5, p5e], efa: ip-optimized}").items()
    assert path == "nodePools.p5.efa"
    assert message == (
        "'ip-optimized' needs types of one layout, and the pool admits several (32 EFA: p5.48xlarge, p5e.48xlarge; "
        "1 EFA: p5.4xlarge); make a pool for each: instanceTypes: [p5.48xlarge, p5e.48xlarge] and "
        "instanceTypes: [p5.4xlarge]"
    )


@pytest.mark.parametrize(
    ("pool", "words"),
    [
        ("instanceFamilies: [g7e], efa: ip-optimized", "no EFA: g7e.2xlarge, g7e.4xlarge); make a pool for each"),
        ("instanceFamilies: [c6in], efa: ip-optimized", "say instanceTypes: [c6in.32xlarge, c6in.metal]"),
        (
            "instanceTypes: [g5.xlarge], efa: ip-optimized",
            "needs types with EFA, and the pool admits none (g5.xlarge); leave efa out",
        ),
        ("instanceTypes: [p6e-gb200.36xlarge], efa: bandwidth-optimized", "is not known: the User Guide has no layout"),
        ("instanceTypes: [i7ie.48xlarge], efa: ip-optimized", "no source says which of them carry EFA. Take another"),
        ("instanceTypes: [p5.48xlrge], efa: ip-optimized", "unknown instance type 'p5.48xlrge'; did you mean"),
        ("instanceCategories: [none], efa: ip-optimized", "no instance type satisfies the pool's requirements"),
        ("efa: ip-optimised", "is none of ip-optimized, bandwidth-optimized, on-request, none; did you mean"),
    ],
)
def test_what_has_no_layout_is_refused(pool, words):
    """Types without EFA, unknown ones, and those of which no source speaks: never a guess, always a cure."""
    assert words in problems_of(f"p: {{nodeClass: gpu, {pool}}}")["nodePools.p.efa"]


def test_karpenter_before_1_11_has_no_interfaces():
    """The field came with Karpenter 1.11: an older one would drop it without a word."""
    text = HEAD.replace("1.14.1", "1.10.2") + "  p: {nodeClass: gpu, instanceTypes: [p5.48xlarge], efa: ip-optimized}\n"
    with pytest.raises(ConfigError, match=r"nodePools\.p\.efa: 'ip-optimized' needs Karpenter 1\.11.*is 1\.10\.2"):
        parse_cluster(text, "cluster.yaml")


@pytest.mark.parametrize(
    ("capacity", "option", "since", "before"),
    [
        ("reservations: [cr-1]", "reservations", "1.3", "1.2"),
        ("blocks: [cr-1]", "blocks", "1.6", "1.5"),
        ("blocks: [cr-1]", "blocks", "1.6", "1.2"),
        ("static: {replicas: 1}", "static", "1.8", "1.7"),
        ("placementGroup: a", "placementGroup", "1.11", "1.10"),
    ],
)
def test_capacity_needs_its_release_of_karpenter(capacity, option, since, before):
    """An older Karpenter would drop the fields, or refuse them: the release that brought the option is named."""
    line = f"  p: {{nodeClass: gpu, capacity: {{{capacity}}}}}\n"
    with pytest.raises(ConfigError) as caught:
        parse_cluster(HEAD.replace("1.14.1", before) + line, "cluster.yaml")
    [problem] = caught.value.problems
    assert (problem.path, problem.message) == (
        f"nodePools.p.capacity.{option}",
        f"{option} came with Karpenter {since}; karpenterVersion is {before}",
    )
    assert parse_cluster(HEAD.replace("1.14.1", since) + line, "cluster.yaml")


def test_several_blocks_are_a_warning():
    """With a fallback no manifest shows that they are blocks: the configuration does."""
    line = "p: {nodeClass: gpu, capacity: {blocks: [cr-1, cr-2], fallback: [on-demand]}}"
    with pytest.warns(ConfigWarning, match=r"nodePools\.p\.capacity\.blocks: are several"):
        parse([line])


KIND = "karpenter.k8s.aws/capacity-reservation-type"


@pytest.mark.parametrize(
    ("capacity", "expected"),
    [
        ("blocks: [cr-1]", [("In", ["capacity-block"])]),
        ("blocks: [cr-1], fallback: [on-demand]", []),
        ("blocks: [cr-1], reservations: [cr-2]", []),
        ("reservations: [cr-1], placementGroup: a, fallback: [spot]", [("NotIn", ["capacity-block"])]),
        ("reservations: [cr-1]", []),
        ("placementGroup: a", []),
    ],
)
def test_the_kind_of_reservation_is_said_where_it_can_be(capacity, expected):
    """In keeps out what has no reservation, so it stands only where there is nothing else."""
    result = manifests(parse([f"p: {{nodeClass: gpu, capacity: {{{capacity}}}}}"]))
    requirements = result["NodePool", "p"]["template"]["spec"]["requirements"]
    assert [(each["operator"], each["values"]) for each in requirements if each["key"] == KIND] == expected


@pytest.mark.parametrize(
    ("pools", "selector"),
    [
        (["efa: ip-optimized, instanceTypes: [p5.48xlarge]"], {"eks-gpu.io/efa": "attached"}),
        (["efa: ip-optimized, instanceTypes: [p5.48xlarge]", "efa: none"], {"eks-gpu.io/efa": "attached"}),
        (["efa: ip-optimized, instanceTypes: [p5.48xlarge]", "efa: on-request"], None),
        (["efa: on-request"], None),
        (["efa: none"], None),
        (["weight: 1"], None),
    ],
)
def test_the_plugin_lands_where_efa_is(pools, selector):
    """On nodes with the label, unless a pool has EFA on request: its nodes have no label, and need the plugin."""
    lines = [f"p{at}: {{nodeClass: gpu, {pool}}}" for at, pool in enumerate(pools)]
    efa = expanded(parse(lines, "{efa: {}}")).plugins.efa
    assert efa.node_selector == selector


def test_what_a_user_says_of_the_plugin_stays():
    """A selector of one's own is kept beside the label."""
    line = "p: {nodeClass: gpu, efa: ip-optimized, instanceTypes: [p5.48xlarge]}"
    efa = expanded(parse([line], "{efa: {nodeSelector: {team: ml}}}")).plugins.efa
    assert efa.node_selector == {"eks-gpu.io/efa": "attached", "team": "ml"}


def test_all_of_efa_from_a_reservation():
    """One pool says p5, all of EFA, this reservation, this placement group; its class has all three."""
    config = parse(
        [
            (
                "p5: {nodeClass: gpu, instanceTypes: [p5.48xlarge], efa: bandwidth-optimized, capacity: {reservations:"
                " [cr-0123456789abcdef0, {tags: {team: ml}}], fallback: [on-demand], placementGroup: train,"
                " zone: us-west-2a}}"
            ),
            "plain: {nodeClass: gpu}",
        ]
    )
    result = manifests(config)
    node_class, pool = result["EC2NodeClass", "gpu-p5"], result["NodePool", "p5"]
    assert node_class["capacityReservationSelectorTerms"] == [{"id": "cr-0123456789abcdef0"}, {"tags": {"team": "ml"}}]
    assert node_class["placementGroupSelector"] == {"name": "train"}
    assert len(node_class["networkInterfaces"]) == 40
    requirements = {each["key"]: each["values"] for each in pool["template"]["spec"]["requirements"]}
    assert requirements[vocabulary.CAPACITY_TYPE] == ["reserved", "on-demand"]
    assert requirements[vocabulary.ZONE] == ["us-west-2a"]
    assert pool["disruption"]["consolidationPolicy"] == "WhenEmpty"
    assert "expireAfter" not in pool["template"]["spec"]
    assert "capacityReservationSelectorTerms" not in result["EC2NodeClass", "gpu"]


def test_a_capacity_block_ends_its_nodes_itself():
    """Nothing drifts or ages in a block, and an empty node of it is kept: it is paid for."""
    pool = expanded_pool(NodePoolOptions(node_class="gpu", capacity=Capacity(blocks=["cr-1"])))
    assert (pool.capacity_types, pool.expire_after) == (("reserved",), "Never")
    assert pool.disruption.consolidate_after == "Never"
    budgets = [(budget.nodes, budget.reasons) for budget in pool.disruption.budgets]
    assert budgets == [("0", ("Drifted",)), ("10%", None)]


def test_what_a_pool_says_itself_is_kept():
    """A profile fills in; it never overrides."""
    said = NodePoolOptions(
        node_class="gpu",
        capacity=Capacity(blocks=["cr-1"], static=StaticCapacity(replicas=4)),
        expire_after="48h",
        limits={"nodes": 4},
        disruption={"consolidate_after": "1h"},
    )
    result = expanded_pool(said)
    assert (result.expire_after, result.limits, result.disruption) == ("48h", {"nodes": "4"}, said.disruption)


@settings(deadline=None)  # the first model builds its validators
@given(st.integers(min_value=0, max_value=1000))
def test_a_static_pool_has_room_to_drift(replicas):
    """The limit is above the replicas by what the budget lets drift at once, or drift would wait for ever."""
    pool = expanded_pool(NodePoolOptions(node_class="gpu", capacity=Capacity(static=StaticCapacity(replicas=replicas))))
    room = int(pool.limits["nodes"]) - replicas
    assert pool.limits.keys() == {"nodes"}
    assert pool.replicas == replicas
    assert room >= 1
    assert room >= replicas / 10 > room - 2
    assert pool.weight is None


@pytest.mark.parametrize(
    ("pool", "path", "words"),
    [
        ("capacityTypes: [spot], capacity: {fallback: [spot]}", "capacityTypes", "capacity makes them spot already"),
        ("zones: [us-west-2a], capacity: {zone: us-west-2b}", "zones", "capacity.zone is us-west-2b already"),
        ("replicas: 1, capacity: {static: {replicas: 1}}", "replicas", "keep one of the two"),
        ("weight: 1, capacity: {static: {replicas: 1}}", "weight", "no weight for a static pool"),
        ("limits: {cpu: 1}, capacity: {static: {replicas: 1}}", "limits", "by nodes only: remove cpu"),
        ("capacity: {blocks: [cr-1], placementGroup: a}", "capacity.placementGroup", "no node of a capacity block"),
        ("capacity: {blocks: [block]}", "capacity.blocks[0]", "is not a capacity reservation id such as cr-"),
        ("capacity: {zone: eu-west-1a}", "capacity.zone", "'eu-west-1a' is no zone of cluster.region"),
        ("zones: [us-west-2a, us-west-1a]", "zones[1]", "whose zones are us-west-2a, us-west-2b and so on"),
        ("zones: [us-west-2]", "zones[0]", "is no zone of cluster.region"),
        (
            "requirements: [{key: topology.kubernetes.io/zone, operator: In, values: [us-east-1a]}]",
            "requirements[0].values[0]",
            "is no zone of cluster.region",
        ),
    ],
)
def test_contradictions_are_reported_with_their_place(pool, path, words):
    """What is said twice, or cannot be, is refused at the line where it stands."""
    assert words in problems_of(f"p: {{nodeClass: gpu, {pool}}}")[f"nodePools.p.{path}"]


@pytest.mark.parametrize("zone", ["us-west-2a", "us-west-2-lax-1a"])
def test_zones_of_the_region(zone):
    """Availability zones and local zones are taken."""
    assert parse([f"p: {{nodeClass: gpu, zones: [{zone}]}}"]).node_pools["p"].zones == [zone]


def test_what_the_class_says_already_is_refused():
    """Interfaces, reservations and placement groups are said once, on the pool or on the class."""
    text = HEAD.replace(
        "discovery: training",
        "discovery: training, placementGroupSelector: {name: a}, capacityReservationSelectorTerms: [{id: cr-1}], "
        "networkInterfaces: [{networkCardIndex: 0, deviceIndex: 0, interfaceType: interface}]",
    )
    text += "  p: {nodeClass: gpu, instanceTypes: [p5.48xlarge], efa: ip-optimized, capacity: {reservations: [cr-2]}}\n"
    with pytest.raises(ConfigError) as caught:
        parse_cluster(text, "cluster.yaml")
    assert {problem.path: problem.message for problem in caught.value.problems} == {
        "nodePools.p.efa": "its node class has networkInterfaces already: keep one of the two",
        "nodePools.p.capacity": "its node class has capacityReservationSelectorTerms already: keep one of the two",
    }


def test_a_name_that_is_taken_is_refused():
    """A variant never takes the place of a class that the user named."""
    text = HEAD.replace("nodePools:\n", "  gpu-efa-p5: {role: a, ami: al2023@v20250920, discovery: a}\nnodePools:\n")
    text += "  p: {nodeClass: gpu, instanceTypes: [p5.48xlarge], efa: ip-optimized}\n  q: {nodeClass: gpu}\n"
    with pytest.raises(ConfigError, match=r"nodePools\.p\.nodeClass: .*'gpu-efa-p5', is taken: rename the other"):
        parse_cluster(text, "cluster.yaml")


def test_who_composes_by_hand_gets_the_class_too():
    """`node_class_for` puts on a class what a pool needs, or says why it cannot."""
    pool = NodePoolOptions(node_class="gpu", instance_types=["p6-b300.48xlarge"], efa="ip-optimized")
    assert len(node_class_for(pool, CLASS).network_interfaces) == 17
    assert node_class_for(NodePoolOptions(node_class="gpu"), CLASS) == CLASS
    clash = NodePoolOptions(node_class="gpu", instance_families=["p5"], efa="ip-optimized")
    with pytest.raises(ConfigError, match="needs types of one layout"):
        node_class_for(clash, CLASS)


def test_in_python_the_same_is_refused():
    """A configuration that is built in Python is held to the same."""
    with pytest.raises(ValueError, match=r"nodePools\.p\.efa: 'ip-optimized' needs types of one layout"):
        ClusterConfig(
            cluster={"name": "a", "kubernetes_version": "1.34", "karpenter_version": "1.14.1"},
            node_classes={"gpu": CLASS},
            node_pools={"p": NodePoolOptions(node_class="gpu", instance_families=["p5"], efa="ip-optimized")},
        )


LAYOUTS = [
    (name, layout) for name in sorted(catalogue()) if efa_layouts(name).has_efa for layout in efa_layouts(name).layouts
]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.sampled_from(LAYOUTS)), min_size=1, max_size=6))
def test_every_pool_gets_its_own_layout_only(wanted):
    """Whatever pools share a class: each names one with its own interfaces, and the expansion expands no further."""
    pools = {
        f"p{at}": NodePoolOptions(node_class="gpu")
        if each is None
        else NodePoolOptions(node_class="gpu", instance_types=[each[0]], efa=each[1])
        for at, each in enumerate(wanted)
    }
    config = ClusterConfig(
        cluster={"name": "a", "kubernetes_version": "1.34", "karpenter_version": "1.14.1"},
        node_classes={"gpu": CLASS},
        node_pools=pools,
    )
    result = expanded(config)
    for name, each in zip(pools, wanted, strict=True):
        interfaces = result.node_classes[result.node_pools[name].node_class].network_interfaces
        found = interfaces and tuple((i.network_card_index, i.device_index, i.interface_type) for i in interfaces)
        assert found == (each and efa_layouts(each[0]).layouts[each[1]].interfaces)
        assert ("eks-gpu.io/efa" in (result.node_pools[name].all_labels() or {})) == (each is not None)
    assert expanded(result) is result
    assert len(result.node_classes) <= len(set(wanted)) + 1


def test_a_region_that_is_not_known_is_a_warning():
    """It may be newer than the facts; one of the wrong form is an error."""
    text = HEAD.replace("us-west-2", "us-west-9") + "  p: {nodeClass: gpu}\n"
    with pytest.warns(ConfigWarning, match=r"cluster\.region: 'us-west-9' is no region that is known here"):
        parse_cluster(text, "cluster.yaml")
    with pytest.raises(ConfigError, match=r"cluster\.region: 'uswest2' is not an AWS region such as"):
        parse_cluster(text.replace("us-west-9", "uswest2"), "cluster.yaml")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse(["p: {nodeClass: gpu}"])


@pytest.mark.parametrize(
    ("ami", "user_data"),
    [
        ("al2023@v20250920", "#!/bin/bash\nsysctl -w vm.nr_hugepages=5120\n"),
        ("bottlerocket@1.46.0", '[settings.kernel.sysctl]\n"vm.nr_hugepages" = "5120"\n'),
    ],
)
def test_huge_pages_are_set_aside_and_karpenter_knows(ami, user_data):
    """The class gets user data of its family's form, a shared one in a variant, and a NodeOverlay says the capacity."""
    text = HEAD.replace("al2023@v20250920", ami)
    text += "  p: {nodeClass: gpu, hugePages: 10Gi}\n  q: {nodeClass: gpu}\n"
    result = manifests(parse_cluster(text, "cluster.yaml"))
    assert result["EC2NodeClass", "gpu-p"]["userData"] == user_data
    assert "userData" not in result["EC2NodeClass", "gpu"]
    assert result["NodeOverlay", "p-huge-pages"] == {
        "requirements": [{"key": "karpenter.sh/nodepool", "operator": "In", "values": ["p"]}],
        "capacity": {"hugepages-2Mi": "10Gi"},
    }
    assert list(result).index(("NodeOverlay", "p-huge-pages")) < list(result).index(("NodePool", "p"))


def test_huge_pages_of_ones_own_user_data():
    """User data that sets them aside stays as it is; other user data, or an AMI of one's own, is told what to add."""
    line = "  p: {nodeClass: gpu, hugePages: 10Gi}\n"

    def text(user_data):
        return HEAD.replace("discovery: training", f"discovery: training, userData: {json.dumps(user_data)}") + line

    config = parse_cluster(text("#!/bin/sh\necho 9 > /proc/sys/vm/nr_hugepages\n"), "cluster.yaml")
    assert manifests(config)["EC2NodeClass", "gpu"]["userData"].startswith("#!/bin/sh")
    assert expanded(config) is config
    with pytest.raises(ConfigError, match=r"hugePages: its node class has userData already: set vm\.nr_hugepages=5120"):
        parse_cluster(text("#!/bin/sh\nls\n"), "cluster.yaml")
    custom = HEAD.replace("ami: al2023@v20250920", "amiFamily: Custom, amiSelectorTerms: [{id: ami-1}]")
    with pytest.raises(ConfigError, match="is of no family whose user data is known"):
        parse_cluster(custom + line, "cluster.yaml")


def test_huge_pages_that_cannot_be():
    """Whole pages of 2 MiB, and a Karpenter that has NodeOverlays."""
    assert problems_of("p: {nodeClass: gpu, hugePages: 3Mi}")["nodePools.p.hugePages"].startswith(
        "'3Mi' is not a number"
    )
    with pytest.raises(ConfigError, match=r"by a NodeOverlay, since 1\.7, and cluster\.karpenterVersion is 1\.6"):
        parse_cluster(HEAD.replace("1.14.1", "1.6") + "  p: {nodeClass: gpu, hugePages: 2Mi}\n", "cluster.yaml")
