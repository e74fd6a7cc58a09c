"""Which pool admits which instance types: a row for each family that any pool admits, a column for each pool."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.explain.family import families

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.provisioning.pool import Pool


class Cell(Struct, frozen=True):
    """What one pool admits of one family.

    Attributes:
        count: How many of its types.
        of: How many types the family has.
        sizes: The sizes that it admits, from small to large.
    """

    count: int
    of: int
    sizes: tuple[str, ...]


class Row(Struct, frozen=True):
    """One family.

    Attributes:
        family: Its name.
        gpu: Its GPU or accelerator, such as `h100`, or an empty text.
        architecture: Its CPU architecture.
        has_efa: Whether some of the types that are admitted have EFA.
        cells: For each pool, in the order of the columns.
    """

    family: str
    gpu: str
    architecture: str
    has_efa: bool
    cells: tuple[Cell, ...]


class Matrix(Struct, frozen=True):
    """The whole table: pools by name, and the families by name."""

    pools: tuple[str, ...]
    rows: tuple[Row, ...]


def matrix(pools: Sequence[Pool]) -> Matrix:
    """Return the table for the pools."""
    admitted = [{each.name: each for each in pool.types} for pool in pools]
    every_type = {name: each for types in admitted for name, each in types.items()}
    sizes_of = Counter(each.family for pool in pools[:1] for each in pool.instance_types.catalogue.values())
    rows = []
    for family in families(every_type.values()):
        cells = (_cell(family.types, types.keys(), sizes_of[family.name]) for types in admitted)
        rows.append(
            Row(
                family=family.name,
                gpu=family.gpu.removeprefix("nvidia "),
                architecture=family.architecture,
                has_efa=any(each.count(vocabulary.EFA) for each in family.types),
                cells=tuple(cells),
            )
        )
    return Matrix(tuple(pool.title for pool in pools), tuple(rows))


def _cell(types: Sequence[InstanceType], admitted: Container[str], of: int) -> Cell:
    sizes = tuple(each.size for each in types if each.name in admitted)
    return Cell(len(sizes), of, sizes)
