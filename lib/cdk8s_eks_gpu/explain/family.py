"""Instance types that share a family, and what is alike and different among them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cdk8s_eks_gpu.instances import InstanceType


@dataclass(frozen=True)
class Family:
    """Some types of one family.

    Attributes:
        name: The family's name, such as `p5`.
        types: The types, from small to large.
    """

    name: str
    types: tuple[InstanceType, ...]

    @property
    def architecture(self) -> str:
        """The CPU architecture."""
        return self.types[0].architecture

    @property
    def gpu(self) -> str:
        """The GPU or accelerator, such as `nvidia h100`, or an empty text."""
        labels = self.types[0].labels
        maker = labels.get(vocabulary.GPU_MANUFACTURER) or labels.get(vocabulary.ACCELERATOR_MANUFACTURER, "")
        name = labels.get(vocabulary.GPU_NAME) or labels.get(vocabulary.ACCELERATOR_NAME, "")
        return f"{maker} {name}".strip()

    @property
    def gpu_counts(self) -> tuple[int, ...]:
        """How many GPUs or accelerators its types have, each number once."""
        return self._numbers(
            lambda each: int(
                each.labels.get(vocabulary.GPU_COUNT) or each.labels.get(vocabulary.ACCELERATOR_COUNT) or 0
            )
        )

    @property
    def gpu_memories(self) -> tuple[int, ...]:
        """The memory of one GPU in MiB, each size once."""
        return self._numbers(lambda each: int(each.labels.get(vocabulary.GPU_MEMORY) or 0))

    @property
    def memories(self) -> tuple[int, ...]:
        """The memory of the nodes in MiB, each size once."""
        return self._numbers(lambda each: int(each.labels[vocabulary.INSTANCE_MEMORY]))

    @property
    def efa_counts(self) -> tuple[int, ...]:
        """How many EFA interfaces its types have, each number once."""
        return self._numbers(lambda each: each.count(vocabulary.EFA))

    def _numbers(self, number: Callable[[InstanceType], int]) -> tuple[int, ...]:
        return tuple(sorted({number(each) for each in self.types}))


def families(types: Iterable[InstanceType]) -> tuple[Family, ...]:
    """Return the types grouped by family; families by name, types from small to large."""
    ordered = sorted(types, key=lambda each: (each.family, *_scale(each)))
    return tuple(Family(name, tuple(of_name)) for name, of_name in groupby(ordered, key=lambda each: each.family))


def _scale(each: InstanceType) -> tuple[int, int, str]:
    return int(each.labels[vocabulary.INSTANCE_CPU]), int(each.labels[vocabulary.INSTANCE_MEMORY]), each.name
