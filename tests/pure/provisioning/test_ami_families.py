"""What an AMI family means for disks."""

import pytest

from cdk8s_eks_gpu.provisioning.ami_families import AMI_FAMILIES, GIB, Disk, family_name, family_of
from cdk8s_eks_gpu.quantity import parse_quantity

LINUX, WINDOWS = Disk("/dev/xvda", 20), Disk("/dev/sda1", 50)


@pytest.mark.parametrize(
    ("name", "disks"),
    [
        ("AL2", (LINUX,)),
        ("AL2023", (LINUX,)),
        ("Bottlerocket", (Disk("/dev/xvda", 4), Disk("/dev/xvdb", 20))),
        ("Windows2019", (WINDOWS,)),
        ("Windows2022", (WINDOWS,)),
        ("Windows2025", (WINDOWS,)),
        ("Custom", ()),
    ],
)
def test_the_disks_of_a_family(name, disks):
    """They are those of Karpenter's defaults; the last is for images and pods, and of a custom AMI nothing is known."""
    family = AMI_FAMILIES[name]
    assert (family.name, family.disks, family.data_disk) == (name, disks, disks[-1] if disks else None)


@pytest.mark.parametrize(
    ("ami_family", "alias", "family"),
    [
        ("AL2", "al2023@latest", "AL2"),
        ("Ubuntu", "al2023@latest", None),
        ("", "al2023@v20251112", "AL2023"),
        ("", "Bottlerocket@latest", "Bottlerocket"),
        ("", "windows2022", "Windows2022"),
        ("", "ubuntu@latest", None),
        ("", "", None),
        ("Custom", "", "Custom"),
    ],
)
def test_the_family_of_a_node_class(ami_family, alias, family):
    """What amiFamily says counts for more than an alias."""
    found = family_of(family_name(ami_family, alias))
    assert (found and found.name) == family


def test_sizes_of_disks_are_in_gib():
    """A snapshot of 20 is one of 20Gi."""
    assert parse_quantity("1Gi") == GIB
