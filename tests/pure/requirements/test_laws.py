"""The laws of the algebra, held for requirements that nobody thought of."""

from hypothesis import given
from hypothesis import strategies as st

from cdk8s_eks_gpu.requirements import Requirement, Requirements

VALUES = st.sampled_from(["", "a", "b", "-1", "0", "1", "2", "3", "007", "x1", "9223372036854775808"])
BOUNDS = st.integers(-2, 4).map(str)
MIN_VALUES = st.none() | st.integers(1, 3)


ONE_KEY = st.just("key")


@st.composite
def requirements(draw, keys=ONE_KEY):
    """Draw a requirement as a manifest may have it, or an intersection of two."""
    key = draw(keys)
    kind = draw(st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte", "both"]))
    if kind == "both":
        first = draw(requirements(st.just(key)))
        return first & draw(requirements(st.just(key)))
    if kind in {"In", "NotIn"}:
        values = draw(st.lists(VALUES, max_size=4))
    else:
        values = [draw(BOUNDS)] if kind[0] in "GL" else []
    return Requirement.of(key, kind, *values, min_values=draw(MIN_VALUES))


SEVERAL = st.lists(requirements(st.sampled_from("pqr")), max_size=5)


@given(requirements(), requirements())
def test_commutative(first, other):
    """The order of two requirements does not matter."""
    assert first & other == other & first


@given(requirements(), requirements(), requirements())
def test_associative(first, second, third):
    """How requirements are grouped does not matter."""
    assert (first & second) & third == first & (second & third)


@given(requirements())
def test_idempotent(first):
    """Saying a thing twice says it once."""
    assert first & first == first


@given(requirements())
def test_identity_and_zero(first):
    """Exists changes nothing, and nothing survives DoesNotExist."""
    assert first & Requirement.of("key", "Exists") == first
    assert (first & Requirement.of("key", "DoesNotExist")).operator == "DoesNotExist"


@given(requirements(), requirements(), VALUES)
def test_intersection_is_membership_in_both(first, other, value):
    """A value is allowed by an intersection just if both sides allow it."""
    assert (value in first & other) == (value in first and value in other)


@given(requirements(), requirements())
def test_intersects_agrees_with_the_intersection(first, other):
    """The quick question whether two requirements meet has the answer of the intersection itself."""
    assert first.intersects(other) == ((first & other).operator != "DoesNotExist")


@given(requirements())
def test_selectors_say_the_same(first):
    """What goes back into a manifest and comes in again allows no value that was refused."""
    again = Requirements(
        Requirement.of(s.key, s.operator, *s.values, min_values=s.min_values) for s in first.selectors()
    )
    assert (again["key"] & first) == first


@given(SEVERAL, st.randoms())
def test_order_of_many(some, random):
    """A list of requirements means the same in any order."""
    first, other = Requirements(some), Requirements(random.sample(some, len(some)))
    assert first == other
    assert hash(first) == hash(other)
    assert str(first) == str(other)


@given(SEVERAL, SEVERAL)
def test_intersects_is_symmetric(first, other):
    """Whether two sides meet does not depend on who asks."""
    left, right = Requirements(first), Requirements(other)
    assert bool(left.intersects(right)) == bool(right.intersects(left))
