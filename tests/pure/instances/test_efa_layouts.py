"""The layouts of every EFA type, against the EC2 User Guide (efa-acc-inst-types) and Karpenter's own conditions."""

import importlib.util
import json
from pathlib import Path

import jsonschema
import pytest

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.instances import catalogue, efa_layouts, network_cards

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "lib" / "cdk8s_eks_gpu" / "instances"
TABLE = json.loads((FOLDER / "efa-layouts.json").read_text(encoding="utf-8"))
TYPES = sorted(TABLE["types"])


def short(layout):
    """Return a layout as texts such as 4,1 interface."""
    return [f"{card},{device} {kind}" for card, device, kind in layout.interfaces]


def all_layouts():
    """Yield the facts of each type with each of its layouts."""
    for name in TYPES:
        facts = efa_layouts(name)
        for layout in facts.layouts.values():
            yield facts, layout


def tool(name):
    """Return a module of tools/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_follows_its_schema():
    """Whoever reads the JSON without Python can rely on the schema beside it."""
    schema = json.loads((FOLDER / "efa-layouts.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(TABLE)
    used = {entry.get("source") for each in TABLE["types"].values() for entry in each["layouts"].values()} - {None}
    assert used <= TABLE["sources"].keys()


def test_every_type_with_efa_is_there():
    """Each type that Karpenter gives vpc.amazonaws.com/efa has its facts, be it that no layout is known."""
    with_efa = {name for name, each in catalogue().items() if each.count(vocabulary.EFA)}
    assert with_efa <= set(TYPES)
    for name in TYPES:
        facts = efa_layouts(name)
        assert facts.layouts.keys() | facts.not_known.keys() == {"ip-optimized", "bandwidth-optimized"}


def test_the_file_is_what_the_tool_writes():
    """Nobody edits the file by hand: `make layouts` writes it from the facts and from what was read."""
    layouts = tool("efa_layouts")
    assert (FOLDER / "efa-layouts.json").read_text(encoding="utf-8") == layouts.document(TYPES)


@pytest.mark.parametrize("name", ["p5.48xlarge", "p5e.48xlarge"])
def test_p5_has_eight_interfaces_for_ip(name):
    """EFA on all 32 cards; for bandwidth, an ENA interface on card 4, 8 and so on, which the User Guide lists."""
    facts = efa_layouts(name)
    few = ["0,0 interface", "0,1 efa-only", *(f"{card},0 efa-only" for card in range(1, 32))]
    assert short(facts.layouts["ip-optimized"]) == few
    more = {f"{card},1 interface" for card in (4, 8, 12, 16, 20, 24, 28)}
    bandwidth = facts.layouts["bandwidth-optimized"]
    assert set(short(bandwidth)) == {*few, *more}
    assert (bandwidth.efa_count, bandwidth.ip_addresses) == (32, 8)
    assert facts.layouts["ip-optimized"].source.endswith("efa-acc-inst-types.html#efa-for-p5")


@pytest.mark.parametrize(
    ("name", "cards"),
    [
        ("p4d.24xlarge", 4),
        ("p4de.24xlarge", 4),
        ("p5en.48xlarge", 16),
        ("p6-b200.48xlarge", 8),
        ("g6e.24xlarge", 2),
        ("g6e.48xlarge", 4),
        ("g7e.24xlarge", 2),
        ("g7e.48xlarge", 4),
        ("trn1.32xlarge", 8),
        ("trn1n.32xlarge", 16),
        ("c6in.32xlarge", 2),
    ],
)
def test_the_general_rule(name, cards):
    """EFA on every card: beside the primary interface on card 0, at device 0 elsewhere; for bandwidth ENA at 1."""
    facts = efa_layouts(name)
    few = ["0,0 interface", "0,1 efa-only", *(f"{card},0 efa-only" for card in range(1, cards))]
    assert short(facts.layouts["ip-optimized"]) == few
    assert set(short(facts.layouts["bandwidth-optimized"])) == {*few, *(f"{n},1 interface" for n in range(1, cards))}
    assert facts.card_count == len(facts.interfaces_per_card) == len(facts.efa_cards) == cards


def test_card_0_of_p6_b300_has_no_efa():
    """Seventeen cards, and EFA on sixteen: a layout that puts one on card 0 does not start."""
    facts = efa_layouts("p6-b300.48xlarge")
    few = ["0,0 interface", *(f"{card},0 efa-only" for card in range(1, 17))]
    assert short(facts.layouts["ip-optimized"]) == few
    assert set(short(facts.layouts["bandwidth-optimized"])) == {*few, *(f"{n},1 interface" for n in range(1, 17))}
    assert facts.efa_cards == tuple(range(1, 17))


def test_gb200_has_one_layout():
    """Four EFAs at 400 Gb/s, one for each GPU; of one with more IP bandwidth the User Guide does not speak."""
    facts = efa_layouts("p6e-gb200.36xlarge")
    assert short(facts.layouts["ip-optimized"]) == ["0,0 interface", *(f"{card},0 efa-only" for card in (1, 5, 9, 13))]
    assert facts.not_known.keys() == {"bandwidth-optimized"}
    assert facts.interfaces_per_card[1:3] == (1, 2)


@pytest.mark.parametrize("name", ["p5.4xlarge", "g6.8xlarge", "c5n.18xlarge", "g7.8xlarge"])
def test_a_single_card_needs_no_more_for_bandwidth(name):
    """Both layouts are the same where the primary interface is on the only card."""
    facts = efa_layouts(name)
    assert short(facts.layouts["ip-optimized"]) == ["0,0 interface", "0,1 efa-only"]
    assert facts.layouts["bandwidth-optimized"].interfaces == facts.layouts["ip-optimized"].interfaces


@pytest.mark.parametrize("name", ["i7ie.48xlarge", "u7inh-32tb.480xlarge"])
def test_where_no_source_says_so_do_we(name):
    """Two cards and one EFA, or no word on how many: which card carries it is not guessed."""
    facts = efa_layouts(name)
    assert facts.has_efa
    assert facts.efa_cards is None
    assert not facts.layouts
    assert "no source says" in facts.not_known["ip-optimized"]


def test_a_type_without_efa_and_an_unknown_one_differ():
    """None is not unknown: a type that the facts do not have is refused, with a hint."""
    assert not efa_layouts("g5.xlarge").has_efa
    assert efa_layouts("g5.xlarge").interfaces_per_card == network_cards("g5.xlarge")
    with pytest.raises(UnknownNameError, match=r"'p5\.48xlrge'; did you mean 'p5\.48xlarge'"):
        efa_layouts("p5.48xlrge")


def test_ec2_and_karpenter_take_every_layout():
    """No card gets two EFAs or more interfaces than it takes, the primary is ENA, and Karpenter passes no type over.

    Karpenter v1.14.1, pkg/providers/instancetype/compatibility: card and device below their limits, at most the type's
    number of EFAs. EC2NodeClass: (0, 0) is there, and an interface.
    """
    for facts, layout in all_layouts():
        places = [(card, device) for card, device, _ in layout.interfaces]
        assert layout.interfaces[0] == (0, 0, "interface")
        assert places == sorted(set(places))
        carriers = [card for card, _, kind in layout.interfaces if kind == "efa-only"]
        assert len(carriers) == len(set(carriers))
        assert set(carriers) <= set(facts.efa_cards)
        assert all(card < facts.card_count for card, _ in places)
        limits = facts.interfaces_per_card or [2] * facts.card_count
        assert all(device < limits[card] for card, device in places), facts.instance_type
        if facts.instance_type in catalogue():
            assert layout.efa_count == catalogue()[facts.instance_type].count(vocabulary.EFA)


def test_the_two_layouts_differ_in_ip_addresses_only():
    """Both give all of EFA; the other bandwidth costs addresses."""
    for name in TYPES:
        layouts = efa_layouts(name).layouts
        if len(layouts) == 2:
            few, many = layouts["ip-optimized"], layouts["bandwidth-optimized"]
            assert few.ip_addresses == 1
            assert set(few.interfaces) <= set(many.interfaces)
            assert few.efa_count == many.efa_count


def test_network_cards_are_read_out_of_go():
    """The tool takes one number for each card, in the cards' order, and stops at a form that it does not know."""
    read = tool("network_cards").read_limits
    card = "\t\t\t{{\n\t\t\t\tMaximumNetworkInterfaces: {},\n\t\t\t\tNetworkCardIndex:         {},\n\t\t\t}},\n"
    block = '\t"p9.48xlarge": {{\n\t\tDefaultNetworkCardIndex: 0,\n{}\t}},\n'
    assert read(block.format(card.format(4, 1) + card.format(15, 0))) == {"p9.48xlarge": [15, 4]}
    with pytest.raises(ValueError, match=r"p9\.48xlarge: read cards \[1\] of 1"):
        read(block.format(card.format(4, 1)))
