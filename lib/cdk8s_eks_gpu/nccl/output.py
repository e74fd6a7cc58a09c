"""What NCCL and its plugin aws-ofi-nccl say under NCCL_DEBUG=INFO, from NCCL 2.4 and aws-ofi-nccl 1.0 on.

Formats: github.com/NVIDIA/nccl, src/init.cc and src/transport/net.cc; github.com/aws/aws-ofi-nccl,
src/nccl_ofi_net.cpp (up to v1.21.1).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterable

_RANK = re.compile(r"([\w.-]+):(\d+):\d+ \[(\d+)\]")
_PROVIDER = re.compile(r"Selected [Pp]rovider is ([\w;.-]+)(?:, fabric is \S+)?(?: \(found (\d+) nics?\))?")
_NETWORK = re.compile(r"Using network (AWS Libfabric|\S+)")
_CHANNEL = re.compile(r"via NET/(.+?)/\d+(?:\(\d+\))?(/GDRDMA)?")
_GDR = re.compile(r"use ring PXN \d+ GDR (\d)")
_NRANKS = re.compile(r"\bnranks (\d+)\b")
_PLATFORM = re.compile(r"(?:Running on |platform: )((?:[a-z]\w*(?:-\w+)*)\.\d*\w+|P4d|P4de)\b")


class NcclOutput(Struct):
    """What the lines of all ranks say.

    Attributes:
        providers: How many ranks selected which provider of libfabric, such as `efa` or `tcp`.
        nics: How many ranks found how many network interfaces.
        networks: How many ranks use which network: `AWS Libfabric`, `Libfabric`, `Socket`, `IB`.
        channels: Per rank, its channels to other nodes: through which network, and whether with GPUDirect RDMA.
        gdr: The ranks' own word of whether rings use GPUDirect RDMA (NCCL 2.20 and newer).
        ranks: The greatest count of ranks in a communicator, or None.
        platforms: The instance types that the plugin found itself on.
        any: Whether NCCL said anything.
    """

    providers: Counter[str] = field(default_factory=Counter)
    nics: Counter[int] = field(default_factory=Counter)
    networks: Counter[str] = field(default_factory=Counter)
    channels: dict[str, list[tuple[str, bool]]] = field(default_factory=lambda: defaultdict(list))
    gdr: set[bool] = field(default_factory=set)
    ranks: int | None = None
    platforms: set[str] = field(default_factory=set)
    any: bool = False


def read_output(lines: Iterable[str]) -> NcclOutput:
    """Return what NCCL says in the lines of a log, whatever prefixes the lines have."""
    output = NcclOutput()
    for line in lines:
        if "NCCL" not in line and "NET/" not in line:
            continue
        output.any = output.any or "NCCL INFO" in line or "NCCL WARN" in line
        _read(output, line)
    return output


def _read(output: NcclOutput, line: str) -> None:
    """Read a line. Logs have a hundred thousand of them, so words are looked for before patterns."""
    if "via NET/" in line:
        rank = _RANK.search(line)
        for network, direct in _CHANNEL.findall(line):
            output.channels[rank[0] if rank else ""].append((network, bool(direct)))
    if "rovider is" in line:
        for name, count in _PROVIDER.findall(line):
            output.providers[name.lower()] += 1
            if count:
                output.nics[int(count)] += 1
    if "Using network" in line:
        output.networks.update(_NETWORK.findall(line))
    if "use ring" in line:
        output.gdr.update(used != "0" for used in _GDR.findall(line))
    if "nranks" in line:
        output.ranks = max([output.ranks or 0, *map(int, _NRANKS.findall(line))]) or None
    if "latform" in line:
        output.platforms.update(platform.lower() for platform in _PLATFORM.findall(line))
