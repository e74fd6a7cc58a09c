"""Instance types that share a family, and what is alike and different among them."""

from __future__ import annotations

from functools import cache, cached_property, lru_cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cdk8s_eks_gpu.instances import InstanceType


class Family(Struct, frozen=True, eq=False, dict=True):
    """Some types of one family.

    Attributes:
        name: The family's name, such as `p5`.
        types: The types, from small to large.
    """

    name: str
    types: tuple[InstanceType, ...]

    @cached_property
    def architecture(self) -> str:
        """The CPU architecture."""
        return self.types[0].architecture

    @cached_property
    def gpu(self) -> str:
        """The GPU or accelerator, such as `nvidia h100`, or an empty text."""
        labels = self.types[0].labels
        maker = labels.get(vocabulary.GPU_MANUFACTURER) or labels.get(vocabulary.ACCELERATOR_MANUFACTURER, "")
        name = labels.get(vocabulary.GPU_NAME) or labels.get(vocabulary.ACCELERATOR_NAME, "")
        return f"{maker} {name}".strip()

    @cached_property
    def gpu_counts(self) -> tuple[int, ...]:
        """How many GPUs or accelerators its types have, each number once."""
        return self._numbers(
            lambda each: int(
                each.labels.get(vocabulary.GPU_COUNT) or each.labels.get(vocabulary.ACCELERATOR_COUNT) or 0
            )
        )

    @cached_property
    def gpu_memories(self) -> tuple[int, ...]:
        """The memory of one GPU in MiB, each size once."""
        return self._numbers(lambda each: int(each.labels.get(vocabulary.GPU_MEMORY) or 0))

    @cached_property
    def memories(self) -> tuple[int, ...]:
        """The memory of the nodes in MiB, each size once."""
        return self._numbers(lambda each: int(each.labels[vocabulary.INSTANCE_MEMORY]))

    @cached_property
    def efa_counts(self) -> tuple[int, ...]:
        """How many EFA interfaces its types have, each number once."""
        return self._numbers(lambda each: each.count(vocabulary.EFA))

    def _numbers(self, number: Callable[[InstanceType], int]) -> tuple[int, ...]:
        return tuple(sorted({number(each) for each in self.types}))


def families(types: Iterable[InstanceType]) -> tuple[Family, ...]:
    """Return the types grouped by family; families by name, types from small to large."""
    ordered = sorted(types, key=_order)
    return tuple(_family(tuple(same)) for _, same in groupby(ordered, key=attrgetter("family")))


@lru_cache(maxsize=4096)  # pools have many families in common
def _family(types: tuple[InstanceType, ...]) -> Family:
    return Family(types[0].family, types)


@cache
def _order(instance_type: InstanceType) -> tuple[str, int, int, str]:
    labels = instance_type.labels
    size = int(labels[vocabulary.INSTANCE_CPU]), int(labels[vocabulary.INSTANCE_MEMORY])
    return instance_type.family, *size, instance_type.name
