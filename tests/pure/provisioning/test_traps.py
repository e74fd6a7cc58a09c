"""Instance types that a pool launches and a GPU pod had better not get."""

import pytest

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.provisioning.traps import matching_traps
from cdk8s_eks_gpu.requirements import Requirement, Requirements

ANY = Requirements()


def types(*names):
    """Return the set of these types."""
    return sum(1 << place for place, name in enumerate(catalogue()) if name in names)


def test_the_types_of_a_trap():
    """A trap comes with those of the types that it is about, by name and as a set."""
    amd, arm64 = ("g4ad.16xlarge", "g4ad.xlarge"), ("g5g.xlarge",)
    found = matching_traps(types(*amd, *arm64, "p5.48xlarge"), ANY)
    assert [(match.trap.name, match.types, match.type_set) for match in found] == [
        ("amd-gpu", amd, types(*amd)),
        ("arm64", arm64, types(*arm64)),
    ]
    assert matching_traps(types("p5.48xlarge"), ANY) == ()


def test_who_wants_the_types():
    """Who asks for an AMD GPU, or names the architecture, knows what it gets."""
    assert matching_traps(types("g4ad.xlarge"), ANY, ["amd.com/gpu"]) == ()
    named = Requirements([Requirement.of(vocabulary.ARCH, "In", "arm64")])
    assert matching_traps(types("g5g.xlarge"), named) == ()


@pytest.mark.parametrize(
    ("ami_alias", "trapped"),
    [("", True), ("al2023@v20260916", True), ("al2023@v20260917", False), ("bottlerocket@latest", False)],
)
def test_a_trap_of_an_image(ami_alias, trapped):
    """What a later image mends is a trap with the earlier ones alone."""
    assert bool(matching_traps(types("g7.48xlarge"), ANY, ami_alias=ami_alias)) == trapped
