"""Checks of how the ranks reach each other: network, provider, interfaces, GPUDirect RDMA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.nccl.facts import uses_gpudirect
from cdk8s_eks_gpu.nccl.reasons import SOCKET_REASONS
from cdk8s_eks_gpu.nccl.report import NcclCheck
from cdk8s_eks_gpu.status import Status

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from cdk8s_eks_gpu.nccl.output import NcclOutput

_LIBFABRIC = {"AWS Libfabric", "Libfabric"}
_DEBUG = "NCCL says so with NCCL_DEBUG=INFO: set it, and run again"


def instance_type(output: NcclOutput, asked: str) -> list[NcclCheck]:
    """Return whether the plugin found itself on the instance type that was asked for, where it says so."""
    if not output.platforms:
        return []
    others = sorted(found for found in output.platforms if not asked.startswith(found))
    if not others:
        return [NcclCheck("instance-type", Status.PASS, asked, asked)]
    fix = f"say --instance-type {others[0]}, or have the Pods run on {asked}"
    return [NcclCheck("instance-type", Status.FAIL, f"the log is of {', '.join(others)}", asked, fix)]


def network(output: NcclOutput, reasons: Sequence[str], asked: str, efas: int) -> NcclCheck:
    """Return whether NCCL talks through libfabric, not through sockets."""
    expected = "Using network Libfabric (AWS Libfabric)"
    names = set(output.networks)
    shown = f"Using network {_counted(output.networks)}"
    if not names:
        names = {name for channels in output.channels.values() for name, _ in channels}
        shown = f"channels via NET/{', NET/'.join(sorted(names))}"
    if not names:
        if output.providers:  # reported by a plugin that NCCL then uses, in versions that do not say so
            return NcclCheck("network", Status.PASS, "NCCL has loaded aws-ofi-nccl", expected)
        return NcclCheck("network", Status.UNKNOWN, "NCCL does not say", expected, _DEBUG)
    wrong = sorted(names - _LIBFABRIC)
    if not wrong:
        return NcclCheck("network", Status.PASS, shown, expected)
    fix = f"{asked} has no EFA: take a type that has" if not efas else "; ".join(reasons) or SOCKET_REASONS
    return NcclCheck("network", Status.FAIL, shown, expected, fix)


def provider(output: NcclOutput) -> NcclCheck:
    """Return whether all ranks selected EFA."""
    expected = "Selected provider is efa"
    if not output.providers:
        return NcclCheck("provider", Status.UNKNOWN, "no rank names its provider", expected, _why_not(output))
    observed = f"Selected provider is {_counted(output.providers)}"
    if set(output.providers) == {"efa"}:
        return NcclCheck("provider", Status.PASS, observed, expected)
    fix = (
        "libfabric found no EFA for these ranks: their containers need vpc.amazonaws.com/efa, their node EFA "
        "interfaces, and the image an EFA installer; FI_PROVIDER must not name another provider"
    )
    return NcclCheck("provider", Status.FAIL, observed, expected, fix)


def nics(output: NcclOutput, efas: int, asked: str) -> NcclCheck:
    """Return whether each rank found as many interfaces as its Pod asked for."""
    if not efas:
        return NcclCheck("nics", Status.UNKNOWN, f"found {_counted(output.nics) or 'none'}", f"{asked} has no EFA")
    expected = f"found {efas} nics"
    if not output.nics:
        fix = "aws-ofi-nccl tells the count from 1.5 on" if output.providers else _why_not(output)
        return NcclCheck("nics", Status.UNKNOWN, "no rank tells how many it found", expected, fix)
    observed = f"found {_counted(output.nics)} nics"
    if set(output.nics) == {efas}:
        return NcclCheck("nics", Status.PASS, observed, expected)
    if min(output.nics) < efas:
        fix = (
            f"a whole {asked} has {efas}: ask for vpc.amazonaws.com/efa: {efas}, and launch the node with all of its "
            "EFA interfaces (efa: ip-optimized of the pool)"
        )
    else:
        fix = f"is it {asked}, and did the Pods ask for {efas}?"
    return NcclCheck("nics", Status.FAIL, observed, expected, fix)


def gpudirect(output: NcclOutput, asked: str) -> NcclCheck:
    """Return whether every rank's channels to other nodes use GPUDirect RDMA, on the types that have it."""
    wanted, source = uses_gpudirect(asked)
    expected = {True: "GDRDMA", False: "none on this type", None: ""}[wanted]
    by_rank = {
        rank: any(direct for _, direct in channels)
        for rank, channels in output.channels.items()
        if any(name in _LIBFABRIC for name, _ in channels)
    }
    without = sum(not direct for direct in by_rank.values())
    fix = (
        "see that the node's AMI is the accelerated one with its EFA and NVIDIA drivers, leave FI_EFA_USE_DEVICE_RDMA "
        "and NCCL_NET_GDR_LEVEL alone, and take an image with a newer EFA installer"
    )
    not_used = Status.PASS if wanted is False else Status.UNKNOWN
    if not by_rank and not output.gdr:
        if not wanted:
            return NcclCheck("gpudirect-rdma", not_used, "not used", expected)
        others = any(output.channels.values())
        observed = "no channel goes through libfabric" if others else "no rank tells its channels between nodes"
        return NcclCheck("gpudirect-rdma", Status.UNKNOWN, observed, expected, _why_not(output), source)
    if not without and (by_rank or output.gdr == {True}):
        return NcclCheck("gpudirect-rdma", Status.PASS, "GDRDMA on all channels' ranks", expected, source=source)
    observed = f"{without} of {len(by_rank)} ranks without GDRDMA" if by_rank else "rings use GDR 0"
    if wanted:
        return NcclCheck("gpudirect-rdma", Status.FAIL, observed, expected, fix, source)
    return NcclCheck("gpudirect-rdma", not_used, observed, expected, source=source)


def _why_not(output: NcclOutput) -> str:
    """Return what to do so that it is known."""
    return _DEBUG if set(output.networks) <= _LIBFABRIC else "fix the network first"


def _counted(found: Counter[str] | Counter[int]) -> str:
    """Return the one value, or all with the number of ranks: `efa (14 ranks), tcp (2 ranks)`."""
    if len(found) == 1:
        return str(next(iter(found)))
    return ", ".join(f"{value} ({count} lines)" for value, count in sorted(found.items(), key=str))
