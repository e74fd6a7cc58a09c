"""Which instance types have an offering: a capacity type, in a zone."""

import pytest
from tests.pure.provisioning.manifests import node_class, requirement

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.provisioning.instance_types import NodeClassInstanceTypes
from cdk8s_eks_gpu.provisioning.node_class import read_node_class
from cdk8s_eks_gpu.provisioning.offerings import capacity_types, with_offering
from cdk8s_eks_gpu.requirements.node_selector import read_requirements

ALL = catalogue().everything
SPOT = sum(1 << place for place, each in enumerate(catalogue().values()) if each.spot is not False)
SELECTS = {"capacityReservationSelectorTerms": [{"tags": {"team": "ml"}}]}
BY_ID = {"capacityReservationSelectorTerms": [{"id": "cr-1"}, {"id": "cr-2"}]}
ID, TYPE = vocabulary.CAPACITY_RESERVATION_ID, vocabulary.CAPACITY_RESERVATION_TYPE


def types(**spec):
    """Return the instance types under a node class with this spec."""
    return NodeClassInstanceTypes(read_node_class(Cursor(node_class(**spec))), catalogue())


def offered(*requirements, **spec):
    """Return the set of types with an offering that the requirements allow."""
    return with_offering(read_requirements(Cursor(list(requirements))), types(**spec))


def capacity(operator, *values):
    """Return a requirement on the capacity type."""
    return requirement(vocabulary.CAPACITY_TYPE, operator, *values)


@pytest.mark.parametrize(
    ("asked", "without", "selecting"),
    [
        ([], ALL, ALL),
        ([capacity("In", "on-demand")], ALL, ALL),
        ([capacity("In", "spot")], SPOT, SPOT),
        ([capacity("In", "reserved")], 0, ALL),
        ([capacity("In", "spot", "reserved")], SPOT, ALL),
        ([capacity("NotIn", "on-demand", "spot")], 0, ALL),
        ([capacity("In", "Spot")], 0, 0),
        ([capacity("DoesNotExist")], 0, 0),
        ([requirement(ID, "In", "cr-1")], 0, ALL),
        ([requirement(TYPE, "In", "capacity-block"), capacity("In", "on-demand")], 0, 0),
        ([requirement(ID, "DoesNotExist")], ALL, ALL),
        ([requirement(ID, "DoesNotExist"), capacity("In", "reserved")], 0, 0),
        ([requirement(TYPE, "NotIn", "capacity-block"), capacity("In", "on-demand")], ALL, ALL),
    ],
)
def test_capacity_types_and_reservations(asked, without, selecting):
    """Reserved offerings are those of a class that selects reservations; all others have no reservation."""
    assert (offered(*asked), offered(*asked, **SELECTS)) == (without, selecting)


@pytest.mark.parametrize(
    ("operator", "values", "found"),
    [
        ("In", ["us-west-2a"], True),
        ("NotIn", ["us-west-2a"], True),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
        ("Gt", ["1"], False),
        ("Lt", ["1"], False),
    ],
)
@pytest.mark.parametrize("key", [vocabulary.ZONE, vocabulary.ZONE_ID])
def test_zones(key, operator, values, found):
    """Every zone that is named is taken to be there; a bound allows numbers only, and no zone is a number."""
    assert offered(requirement(key, operator, *values)) == (ALL if found else 0)


def test_capacity_types_of_types():
    """All types are sold on demand, not all as spot, and reserved where the class selects reservations."""
    assert capacity_types(0, types()) == frozenset()
    assert capacity_types(ALL & ~SPOT, types()) == {"on-demand"}
    assert capacity_types(ALL, types(**SELECTS)) == {"on-demand", "spot", "reserved"}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([requirement(ID, "In", "cr-1")], ALL),
        ([requirement(ID, "In", "cr-9")], 0),
        ([requirement(ID, "NotIn", "cr-1", "cr-2"), capacity("In", "reserved")], 0),
        ([requirement(ID, "NotIn", "cr-1")], ALL),
        ([requirement(ID, "Exists")], ALL),
    ],
)
def test_reservations_that_are_selected_by_id(asked, expected):
    """A class that names all its reservations has no offering of another one."""
    assert offered(*asked, **BY_ID) == expected
