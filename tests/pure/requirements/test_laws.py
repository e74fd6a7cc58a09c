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
        one = draw(requirements(st.just(key)))
        return one & draw(requirements(st.just(key)))
    if kind in {"In", "NotIn"}:
        values = draw(st.lists(VALUES, max_size=4))
    else:
        values = [draw(BOUNDS)] if kind[0] in "GL" else []
    return Requirement.of(key, kind, *values, min_values=draw(MIN_VALUES))


SEVERAL = st.lists(requirements(st.sampled_from("pqr")), max_size=5)


@given(requirements(), requirements())
def test_commutative(one, other):
    """The order of two requirements does not matter."""
    assert one & other == other & one


@given(requirements(), requirements(), requirements())
def test_associative(one, two, three):
    """How requirements are grouped does not matter."""
    assert (one & two) & three == one & (two & three)


@given(requirements())
def test_idempotent(one):
    """Saying a thing twice says it once."""
    assert one & one == one


@given(requirements())
def test_identity_and_zero(one):
    """Exists changes nothing, and nothing survives DoesNotExist."""
    assert one & Requirement.of("key", "Exists") == one
    assert (one & Requirement.of("key", "DoesNotExist")).operator == "DoesNotExist"


@given(requirements(), requirements(), VALUES)
def test_intersection_is_membership_in_both(one, other, value):
    """A value is allowed by an intersection just if both sides allow it."""
    assert (value in one & other) == (value in one and value in other)


@given(requirements(), requirements())
def test_intersects_agrees_with_the_intersection(one, other):
    """The quick question whether two requirements meet has the answer of the intersection itself."""
    assert one.intersects(other) == ((one & other).operator != "DoesNotExist")


@given(requirements())
def test_selectors_say_the_same(one):
    """What goes back into a manifest and comes in again allows no value that was refused."""
    again = Requirements(Requirement.of(s.key, s.operator, *s.values, min_values=s.min_values) for s in one.selectors())
    assert (again["key"] & one) == one


@given(SEVERAL, st.randoms())
def test_order_of_many(some, random):
    """A list of requirements means the same in any order."""
    one, other = Requirements(some), Requirements(random.sample(some, len(some)))
    assert one == other
    assert hash(one) == hash(other)
    assert str(one) == str(other)


@given(SEVERAL, SEVERAL)
def test_intersects_is_symmetric(one, other):
    """Whether two sides meet does not depend on who asks."""
    left, right = Requirements(one), Requirements(other)
    assert bool(left.intersects(right)) == bool(right.intersects(left))
