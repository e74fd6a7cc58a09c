"""One requirement: the cases of Karpenter's requirement_test.go (core at v1.14.1), as tables."""

import pytest

from cdk8s_eks_gpu.errors import RequirementError
from cdk8s_eks_gpu.requirements import Operator, Requirement, Selector

from .operands import OPERANDS, matrix, operand, parse

INTERSECTIONS = """
       *      {} {A} {B} {A,B} !{A}     {1} {9} {1,9} !{1,2}    >=2     >=10 <=0 <=8
*      *      {} {A} {B} {A,B} !{A}     {1} {9} {1,9} !{1,2}    >=2     >=10 <=0 <=8
{}     {}     {} {}  {}  {}    {}       {}  {}  {}    {}        {}      {}   {}  {}
{A}    {A}    {} {A} {}  {A}   {}       {}  {}  {}    {A}       {}      {}   {}  {}
{B}    {B}    {} {}  {B} {B}   {B}      {}  {}  {}    {B}       {}      {}   {}  {}
{A,B}  {A,B}  {} {A} {B} {A,B} {B}      {}  {}  {}    {A,B}     {}      {}   {}  {}
!{A}   !{A}   {} {}  {B} {B}   !{A}     {1} {9} {1,9} !{1,2,A}  >=2     >=10 <=0 <=8
{1}    {1}    {} {}  {}  {}    {1}      {1} {}  {1}   {}        {}      {}   {}  {1}
{9}    {9}    {} {}  {}  {}    {9}      {}  {9} {9}   {9}       {9}     {}   {}  {}
{1,9}  {1,9}  {} {}  {}  {}    {1,9}    {1} {9} {1,9} {9}       {9}     {}   {}  {1}
!{1,2} !{1,2} {} {A} {B} {A,B} !{1,2,A} {}  {9} {9}   !{1,2}    >=2!{2} >=10 <=0 <=8!{1,2}
>=2    >=2    {} {}  {}  {}    >=2      {}  {9} {9}   >=2!{2}   >=2     >=10 {}  >=2<=8
>=10   >=10   {} {}  {}  {}    >=10     {}  {}  {}    >=10      >=10    >=10 {}  {}
<=0    <=0    {} {}  {}  {}    <=0      {}  {}  {}    <=0       {}      {}   <=0 <=0
<=8    <=8    {} {}  {}  {}    <=8      {1} {}  {1}   <=8!{1,2} >=2<=8  {}   <=0 <=8
"""

ALLOWED_VALUES = """
        1 2 9 A B
*       + + + + +
{}      - - - - -
{A}     - - - + -
{B}     - - - - +
{A,B}   - - - + +
!{A}    + + + - +
{1}     + - - - -
{9}     - - + - -
{1,9}   + - + - -
!{1,2}  - - + + +
>=2     - + + - -
>=10    - - - - -
<=0     - - - - -
<=8     + + - - -
"""


@pytest.mark.parametrize(("left", "right", "both"), matrix(INTERSECTIONS))
def test_intersection(left, right, both):
    """Two requirements on one key give the requirement that Karpenter gives."""
    assert operand(left) & operand(right) == parse(both)


@pytest.mark.parametrize(("left", "right", "both"), matrix(INTERSECTIONS))
def test_intersection_keeps_the_left_min_values(left, right, both):
    """A minimum of values on one side survives, even where nothing is left to choose from."""
    assert operand(left, flexible=True) & operand(right) == parse(both, min_values=OPERANDS[left][2])


@pytest.mark.parametrize(("left", "right", "both"), matrix(INTERSECTIONS))
def test_intersection_takes_the_larger_min_values(left, right, both):
    """Of minimums on both sides the larger wins."""
    larger = max(OPERANDS[left][2], OPERANDS[right][2])
    assert operand(left, flexible=True) & operand(right, flexible=True) == parse(both, min_values=larger)


@pytest.mark.parametrize(("notation", "value", "allowed"), matrix(ALLOWED_VALUES))
def test_membership(notation, value, allowed):
    """A requirement allows just the values that Karpenter lets through; bounds let only integers through."""
    assert (value in operand(notation)) == (allowed == "+")


@pytest.mark.parametrize(
    ("notation", "operator"),
    [
        ("*", "Exists"),
        ("{}", "DoesNotExist"),
        ("{A}", "In"),
        ("{B}", "In"),
        ("{A,B}", "In"),
        ("!{A}", "NotIn"),
        ("{1}", "In"),
        ("{9}", "In"),
        ("{1,9}", "In"),
        ("!{1,2}", "NotIn"),
        (">=2", "Exists"),
        (">=10", "Exists"),
        ("<=0", "Exists"),
        ("<=8", "Exists"),
    ],
)
def test_operator(notation, operator):
    """Bounds count as Exists, an empty set as DoesNotExist."""
    assert operand(notation).operator == Operator(operator)


@pytest.mark.parametrize(
    ("notation", "length"),
    [
        ("*", 2**63 - 1),
        ("{}", 0),
        ("{A}", 1),
        ("{A,B}", 2),
        ("!{A}", 2**63 - 2),
        ("{1,9}", 2),
        ("!{1,2}", 2**63 - 3),
        (">=2", 2**63 - 1),
        ("<=8", 2**63 - 1),
    ],
)
def test_length(notation, length):
    """A complement counts down from the largest integer, and bounds do not count."""
    assert len(operand(notation)) == length


@pytest.mark.parametrize(
    ("notation", "value"),
    [
        ("*", "0"),
        ("{}", ""),
        ("{A}", "A"),
        ("{A,B}", "A"),
        ("!{A}", "0"),
        ("{1,9}", "1"),
        ("!{1,2}", "0"),
        (">=2", "2"),
        (">=10", "10"),
        ("<=0", "0"),
        ("<=8", "0"),
    ],
)
def test_any_is_one_of_the_allowed_values(notation, value):
    """The value that stands for a requirement is allowed by it, and the same at every run."""
    requirement = operand(notation)
    assert requirement.any() == value
    assert value in requirement or not requirement.values


def test_any_is_the_smallest_integer_that_is_left():
    """Where 0 is not allowed, the next integer stands for the requirement; below 0 it is the bound."""
    assert Requirement.of("key", "NotIn", "0").any() == "1"
    assert Requirement.of("key", "Lte", "-5").any() == "-5"


def test_any_between_bounds_that_leave_nothing():
    """Where every integer between the bounds is refused, there is no value to name."""
    both = Requirement.of("key", "Gte", "5") & Requirement.of("key", "Lte", "5") & Requirement.of("key", "NotIn", "5")
    assert both.any() == ""


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        (operand("*"), "key Exists"),
        (operand("{}"), "key DoesNotExist"),
        (operand("{A}"), "key In [A]"),
        (operand("{A,B}"), "key In [A B]"),
        (operand("!{A}"), "key NotIn [A]"),
        (operand("{1,9}"), "key In [1 9]"),
        (operand("!{1,2}"), "key NotIn [1 2]"),
        (operand(">=2"), "key Exists >=2"),
        (operand(">=10"), "key Exists >=10"),
        (operand("<=0"), "key Exists <=0"),
        (operand("<=8"), "key Exists <=8"),
        (operand(">=2") & operand("<=8"), "key Exists >=2 <=8"),
        (operand(">=10") & operand("<=0"), "key DoesNotExist"),
        (operand("{A,B}", flexible=True), "key In [A B] minValues 2"),
        (Requirement.of("key", "In", *"abcde"), "key In [a b c d e]"),
        (Requirement.of("key", "In", *"abcdefg"), "key In [a b c d e and 2 others]"),
    ],
)
def test_text(requirement, text):
    """A requirement prints as it does in Karpenter's log, where users look for it."""
    assert str(requirement) == text


@pytest.mark.parametrize(
    ("notation", "operator", "values"),
    [
        ("*", "Exists", ()),
        ("{}", "DoesNotExist", ()),
        ("{A}", "In", ("A",)),
        ("{A,B}", "In", ("A", "B")),
        ("!{A}", "NotIn", ("A",)),
        ("{1,9}", "In", ("1", "9")),
        ("!{1,2}", "NotIn", ("1", "2")),
        (">=2", "Gte", ("2",)),
        (">=10", "Gte", ("10",)),
        ("<=0", "Lte", ("0",)),
        ("<=8", "Lte", ("8",)),
    ],
)
@pytest.mark.parametrize("flexible", [False, True])
def test_selectors(notation, operator, values, flexible):
    """A requirement goes back to the form of a manifest, with inclusive bounds and its minValues."""
    min_values = OPERANDS[notation][2] if flexible else None
    expected = Selector("key", Operator(operator), values, min_values)
    assert operand(notation, flexible=flexible).selectors() == (expected,)


def test_both_bounds_make_two_selectors():
    """Two bounds on one key are written as two selectors."""
    both = Requirement.of("cpu", "Gte", "8") & Requirement.of("cpu", "Lte", "8")
    assert both.selectors() == (Selector("cpu", Operator.GTE, ("8",)), Selector("cpu", Operator.LTE, ("8",)))


@pytest.mark.parametrize(
    ("selectors", "allowed", "refused"),
    [
        ([("Gte", "2")], ["2", "3", "100"], ["1", "0"]),
        ([("Lte", "8")], ["8", "7", "0"], ["9", "10"]),
        ([("Gte", "2"), ("Lte", "8")], ["2", "5", "8"], ["1", "9"]),
        ([("Gt", "1")], ["2"], ["1"]),
        ([("Lt", "9")], ["8"], ["9"]),
        ([("Gt", "4"), ("Gte", "5")], ["5"], ["4"]),
        ([("Gt", "5"), ("Gte", "5")], ["6"], ["5"]),
        ([("Gt", "3"), ("Gte", "6")], ["6"], ["5"]),
        ([("Lt", "5"), ("Lte", "5")], ["4"], ["5"]),
        ([("Lt", "9"), ("Lte", "5")], ["5"], ["6"]),
        ([("Gte", "0")], ["0", "+0", "-0", "007"], ["-1", "", "x", "1.0", " 1", "1_0", "9223372036854775808"]),
        ([("Lte", "0")], ["0"], ["1"]),
    ],
)
def test_bounds(selectors, allowed, refused):
    """Of several bounds the tightest holds, and only what Go reads as an integer is within one."""
    requirement = Requirement.of("key", "Exists")
    for operator, value in selectors:
        requirement &= Requirement.of("key", operator, value)
    assert [value for value in (*allowed, *refused) if value in requirement] == allowed


@pytest.mark.parametrize(("lower", "upper", "meet"), [("7", "7", True), ("7", "8", True), ("8", "7", False)])
def test_bounds_that_meet(lower, upper, meet):
    """Two bounds have a value in common where they are equal, and none where they cross."""
    at_least, at_most = Requirement.of("a", "Gte", lower), Requirement.of("a", "Lte", upper)
    assert at_least.intersects(at_most) == at_most.intersects(at_least) == meet
    assert ("7" in at_least & at_most) == meet


@pytest.mark.parametrize(("value", "allowed"), [(-(2**63), True), (-(2**63) - 1, False)])
def test_the_smallest_integer(value, allowed):
    """Go's smallest integer is within a bound, and what is smaller is no integer to it."""
    assert (str(value) in Requirement.of("key", "Lte", "0")) == allowed


def test_greater_than_the_largest_integer():
    """Nothing is greater than Go's largest integer."""
    requirement = Requirement.of("key", "Gt", str(2**63 - 1), min_values=2)
    assert requirement == Requirement.of("key", "DoesNotExist")
    assert len(requirement) == 0


def test_a_requirement_that_allows_nothing_is_one():
    """A requirement counts as there, whatever it allows, so that `or` does not take another in its place."""
    assert all(map(bool, map(operand, OPERANDS)))


def test_empty_values():
    """In without values is the empty set, NotIn without values is everything."""
    assert Requirement.of("key", "In") == Requirement.of("key", "DoesNotExist")
    assert Requirement.of("key", "NotIn") == Requirement.of("key", "Exists")


def test_empty_text_is_a_value():
    """The empty text is a value of a label like any other."""
    assert "" in Requirement.of("key", "In", "")
    assert "" not in Requirement.of("key", "NotIn", "")


@pytest.mark.parametrize(
    ("operator", "values", "message"),
    [
        (
            "in",
            ("a",),
            r"^operator 'in' is none of In, NotIn, Exists, DoesNotExist, Gt, Lt, Gte, Lte; did you mean 'In'\?$",
        ),
        ("NotInn", ("a",), r"did you mean 'NotIn'"),
        ("Equals", ("a",), r"operator 'Equals' is none of"),
        ("Gt", (), r"^operator Gt takes one integer, not \[\]$"),
        ("Gt", ("1", "2"), r"takes one integer, not \['1', '2'\]"),
        ("Lte", ("1.5",), r"takes one integer, not \['1.5'\]"),
        ("Gte", ("9223372036854775808",), r"takes one integer"),
    ],
)
def test_refusals(operator, values, message):
    """An unknown operator or a bound without an integer is an error with a hint, and never an empty match."""
    with pytest.raises(RequirementError, match=message):
        Requirement.of("key", operator, *values)
