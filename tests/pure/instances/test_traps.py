import datetime as dt

import pytest

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue, traps
from cdk8s_eks_gpu.requirements import Requirement, Requirements

GPU_POOL = Requirements([Requirement.of(vocabulary.INSTANCE_CATEGORY, "In", "g", "p")])


def traps_of(name, chosen=GPU_POOL, requested=()):
    """Return the names of the traps that the type of that name is, for a pod with these requests."""
    instance_type = catalogue()[name]
    found = [trap for trap in traps() if trap.concerns(chosen, requested)]
    return [trap.name for trap in found if instance_type.requirements.compatible(trap.requirements) == ()]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("g4ad.xlarge", ["amd-gpu"]),
        ("g6f.large", ["fractional-gpu"]),
        ("gr6f.4xlarge", ["fractional-gpu"]),
        ("g5g.xlarge", ["arm64"]),
        ("g5.xlarge", []),
        ("p5.48xlarge", []),
    ],
)
def test_traps_among_gpu_types(name, names):
    """Types that a GPU pool admits and a CUDA pod had better not get are known."""
    assert traps_of(name, Requirements()) == names


def test_fixes_keep_the_trap_out_and_nothing_else_of_its_pool():
    """With the requirement that is offered, the trap's types are gone, and only they."""
    for trap in traps():
        fixed = catalogue().admitted(Requirements([*GPU_POOL.values(), trap.fix]))
        lost = set(catalogue().admitted(GPU_POOL)) - set(fixed)
        assert all(instance_type.requirements.compatible(trap.requirements) == () for instance_type in lost)
        assert not any(instance_type.requirements.compatible(trap.requirements) == () for instance_type in fixed)


def test_who_asks_for_it_is_not_warned():
    """A pod that asks for an AMD GPU, and a pool that names arm64, know what they do."""
    assert traps_of("g4ad.xlarge", requested=["amd.com/gpu"]) == []
    assert traps_of("g5g.xlarge", Requirements([Requirement.of(vocabulary.ARCH, "In", "arm64", "amd64")])) == []


def test_every_fact_has_a_source():
    """Knowledge without a document and a date is hearsay."""
    for known in traps():
        assert known.sources
        for source in known.sources:
            assert source.document.startswith("https://")
            assert dt.date.fromisoformat(source.date)
