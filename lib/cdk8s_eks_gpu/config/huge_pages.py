"""How nodes set huge pages aside, by AMI family: memory in pages of 2 MiB, which EFA's buffers lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.scalars import Quantity
    from cdk8s_eks_gpu.provisioning.ami_families import AmiFamily

_PAGE = 2 * 2**20
MENTION = "hugepages"
"""What user data that sets huge pages aside has in it, in any of its forms."""


def page_count(amount: Quantity) -> int | None:
    """Return how many pages of 2 MiB an amount of memory is, or None where it is not a whole number of them."""
    pages, rest = divmod(parse_quantity(str(amount)), _PAGE)
    return int(pages) if pages > 0 and not rest else None


def huge_pages_user_data(pages: int, family: AmiFamily | None) -> str | None:
    """Return user data that sets the pages aside before the kubelet counts them; None where the family is not known.

    Sources: Bottlerocket's `settings.kernel.sysctl`, and of Amazon Linux AWS re:Post, "How do I turn on the HugePages
    feature in Amazon EKS" (a script in the user data; cloud-init runs it before the kubelet starts).
    """
    if family is None:
        return None
    if family.name == "Bottlerocket":
        return f'[settings.kernel.sysctl]\n"vm.nr_hugepages" = "{pages}"\n'
    if family.name in {"AL2", "AL2023"}:
        return f"#!/bin/bash\nsysctl -w vm.nr_hugepages={pages}\n"
    return None
