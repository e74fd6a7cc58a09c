"""What NodeOverlays add to the nodes of pools."""

import pytest
from tests.pure.provisioning.manifests import (
    ask,
    cluster,
    families,
    fit,
    names,
    node_class,
    node_overlay,
    pod,
    pool,
    reasons,
    requirement,
)

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import Cursor
from cdk8s_eks_gpu.provisioning.node_overlay import overlaid, read_node_overlay
from cdk8s_eks_gpu.provisioning.offerings import with_offering
from cdk8s_eks_gpu.requirements import Requirements

P5 = pool(families("p5"), labels={"team": "vision"})
SHARED = {"nvidia.com/gpu.shared": "4"}
BOTH, LARGE = ["p5.48xlarge", "p5.4xlarge"], ["p5.48xlarge"]


@pytest.mark.parametrize(
    ("requirements", "hosts"),
    [
        ([], BOTH),
        ([requirement(vocabulary.INSTANCE_SIZE, "In", "48xlarge")], LARGE),
        ([requirement(vocabulary.NODE_POOL, "In", "gpu")], BOTH),
        ([requirement(vocabulary.NODE_POOL, "In", "other")], []),
        ([requirement("team", "In", "vision")], BOTH),
        ([requirement("team", "In", "speech")], []),
        ([requirement("team", "NotIn", "speech")], BOTH),
        ([requirement("team", "NotIn", "vision")], []),
        ([requirement("team", "DoesNotExist")], []),
        ([requirement("tier", "In", "a")], []),
        ([requirement("tier", "DoesNotExist")], BOTH),
        ([families("p4d")], []),
    ],
)
def test_where_an_overlay_applies(requirements, hosts):
    """It applies where pool and type define every label that it asks for."""
    found = fit(P5, node_overlay(*requirements, nvidia_com__gpu_shared="4"), pod(SHARED))
    assert names(found.types) == hosts


def test_how_much_there_is():
    """A node has as much as the overlay says, and the reasons tell of it."""
    overlay = node_overlay(requirement(vocabulary.INSTANCE_SIZE, "In", "48xlarge"), nvidia_com__gpu_shared="4")
    assert reasons(fit(P5, overlay, pod({"nvidia.com/gpu.shared": "5"}))) == {
        "p5.48xlarge": "insufficient nvidia.com/gpu.shared: requested 5, allocatable 4",
        "p5.4xlarge": "insufficient nvidia.com/gpu.shared: requested 5, allocatable 0",
    }


@pytest.mark.parametrize(("first", "second", "holds"), [(10, None, "8"), (None, 10, "2"), (None, None, "2")])
def test_the_heavier_overlay_holds(first, second, holds):
    """Where two overlays say the same the heavier one holds, and of equals the later name."""
    overlays = [
        node_overlay(name="a", weight=first, nvidia_com__gpu_shared="8"),
        node_overlay(name="b", weight=second, nvidia_com__gpu_shared="2"),
    ]
    for ordered in (overlays, overlays[::-1]):
        assert bool(fit(P5, *ordered, pod({"nvidia.com/gpu.shared": holds})).types)
        assert bool(fit(P5, *ordered, pod({"nvidia.com/gpu.shared": "8"})).types) == (holds == "8")


def test_huge_pages_are_taken_out_of_the_memory():
    """An overlay gives nodes huge pages, and what they take is no longer there as memory."""
    overlay = node_overlay(hugepages_2Mi="1Gi") | {}
    overlay["spec"]["capacity"] = {"hugepages-2Mi": "200Gi"}
    assert names(fit(P5, overlay, pod({"hugepages-2Mi": "1Gi"})).types) == BOTH
    found = fit(P5, overlay, pod({"hugepages-2Mi": "1Gi", "memory": "100Gi"}))
    assert names(found.types) == LARGE
    assert "insufficient memory" in reasons(found)["p5.4xlarge"]


def test_limits_count_what_an_overlay_adds():
    """A type of which one node would exceed a limit by what an overlay adds is not launched."""
    limited = pool(families("p5"), limits=SHARED)
    assert names(ask(limited, node_overlay(nvidia_com__gpu_shared="4")).pools[0].pool.types) == BOTH
    assert names(ask(limited, node_overlay(nvidia_com__gpu_shared="5")).pools[0].pool.types) == []


def added(overlays, **template):
    """Return what overlays add to a pool of all types: how many types have how much of a resource."""
    (found,) = cluster(pool(**template), node_class()).pools
    types = found.instance_types.node_class_types
    read = [read_node_overlay(Cursor(each)) for each in overlays]
    sets = overlaid(found.spec, types, read)
    everything = types.catalogue.everything & with_offering(Requirements(), types)
    assert all(not type_set & ~everything for type_set, _, _ in sets)
    return [(type_set.bit_count() - everything.bit_count(), name, amount) for type_set, name, amount in sets]


LARGEST = requirement(vocabulary.INSTANCE_TYPE, "In", "p5.48xlarge")
OF_ONE = node_overlay(LARGEST, name="one", example_com__x="4")


def test_types_that_a_heavier_overlay_has_left():
    """What a heavier overlay says of a type holds there, and what a lighter one says of all the others."""
    assert added([node_overlay(example_com__x="8")]) == [(0, "example.com/x", 8)]
    (item, rest) = added([OF_ONE, node_overlay(example_com__x="8")])
    assert item[1:] == ("example.com/x", 4)
    assert rest == (-1, "example.com/x", 8)
    assert added([node_overlay(example_com__x="8"), OF_ONE]) == [(0, "example.com/x", 8)]
    (_, other) = added([OF_ONE, node_overlay(example_com__y="8")])
    assert other == (0, "example.com/y", 8)


@pytest.mark.parametrize("labels", [{}, {"team": "b"}])
def test_an_overlay_that_applies_nowhere(labels):
    """An overlay of a label that the pool does not have, or has with another value, adds nothing."""
    assert added([node_overlay(requirement("team", "In", "a"), example_com__x="8")], labels=labels) == []


def test_an_overlay_that_says_no_weight():
    """It is as light as can be."""
    assert read_node_overlay(Cursor(node_overlay())).weight == 0
    assert read_node_overlay(Cursor(node_overlay(weight=7))).weight == 7


OF_BOTH = families("p5", "g6")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"example_com__x": "1"}, {"example_com__x": "4"}, {"b": "z"}),
        ({"example_com__x": "1"}, {"example_com__y": "4"}, {}),
        ({"example_com__x": "1", "weight": 2}, {"example_com__x": "4"}, {}),
        ({"example_com__x": "1", "weight": 2}, {"example_com__x": "4", "weight": 2}, {"b": "z"}),
    ],
)
def test_overlays_in_conflict(first, second, expected):
    """Of two that say the same of a type with the same weight, Karpenter ignores the second on all types."""
    overlays = node_overlay(families("p5"), name="z", **first), node_overlay(OF_BOTH, name="b", **second)
    found = cluster(pool(OF_BOTH), node_class(), *overlays)
    assert found.overlay_conflicts == expected
    assert [each.name for each in found.node_overlays] == (["z"] if expected else ["z", "b"])


@pytest.mark.parametrize(
    ("types", "conflicts"),
    [(["p5"], {"b": "z"}), (["g6"], {}), (["p4d"], {})],
)
def test_a_conflict_is_one_on_a_type(types, conflicts):
    """Overlays of different types are in no conflict, nor are those that apply to no pool."""
    overlays = (
        node_overlay(families(name), name=key, example_com__x="1")
        for key, name in zip("zb", ["p5", *types], strict=True)
    )
    assert cluster(pool(OF_BOTH), node_class(), *overlays).overlay_conflicts == conflicts
    both = (node_overlay(requirement("team", "In", "a"), name=key, example_com__x="1") for key in "zb")
    assert cluster(pool(OF_BOTH), node_class(), *both).overlay_conflicts == {}


@pytest.mark.parametrize(
    ("between", "conflicts"),
    [
        ({"example_com__y": "1"}, {}),
        ({"example_com__y": "1", "types": ["p4d"]}, {"a": "z"}),
        ({"example_com__y": "1", "types": ["p5"]}, {"a": "z"}),
        ({"example_com__y": "1", "weight": 2}, {"a": "z"}),
        ({"example_com__x": "1"}, {"b": "z", "a": "z"}),
        ({"price": "1.0"}, {"a": "z"}),
    ],
)
def test_an_overlay_between_two_that_say_the_same(between, conflicts):
    """Of each type, Karpenter remembers only the last overlay of the weight that says something of its resources."""
    said = {"types": ["p5", "g6"], "price": None} | between
    types, price = said.pop("types"), said.pop("price")
    middle = node_overlay(families(*types), name="b", **said)
    middle["spec"] |= {} if price is None else {"price": price}
    outer = (node_overlay(OF_BOTH, name=name, example_com__x="1") for name in "za")
    assert cluster(pool(OF_BOTH), node_class(), *outer, middle).overlay_conflicts == conflicts


@pytest.mark.parametrize(("capacity_types", "conflicts"), [(["spot", "spot"], {"b": "z"}), (["spot", "on-demand"], {})])
def test_a_conflict_of_prices(capacity_types, conflicts):
    """A price is that of offerings: overlays of different capacity types are in no conflict."""
    overlays = [
        node_overlay(requirement(vocabulary.CAPACITY_TYPE, "In", kind), name=key)
        for key, kind in zip("zb", capacity_types, strict=True)
    ]
    for each in overlays:
        each["spec"]["price"] = "1.0"
    assert cluster(P5, node_class(), *overlays).overlay_conflicts == conflicts


@pytest.mark.parametrize(
    ("first", "second", "conflicts"),
    [
        ({"price": "1.0"}, {"priceAdjustment": "+10%"}, {"b": "z"}),
        ({"price": "1.0"}, {}, {}),
        ({}, {"priceAdjustment": "+10%"}, {}),
    ],
)
def test_what_sets_a_price(first, second, conflicts):
    """A price and what is added to one are in conflict, and neither is with an overlay that says nothing of prices."""
    overlays = [node_overlay(name=key) for key in "zb"]
    for overlay, spec in zip(overlays, (first, second), strict=True):
        overlay["spec"] |= spec
    assert cluster(P5, node_class(), *overlays).overlay_conflicts == conflicts


def test_the_last_overlay_of_a_name_holds():
    """Two overlays of one name are one in a cluster, and in no conflict with themselves."""
    overlays = (node_overlay(example_com__x=amount) for amount in ("1", "4"))
    found = cluster(P5, node_class(), *overlays)
    assert found.overlay_conflicts == {}
    assert [each.capacity for each in found.node_overlays] == [{"example.com/x": 4}]
