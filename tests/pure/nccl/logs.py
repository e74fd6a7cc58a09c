"""Logs in the exact format of nccl-tests, NCCL and aws-ofi-nccl, made from figures that public logs show.

Formats: nccl-tests src/util.cu (2.19.6) and src/common.cu of older versions; NCCL src/init.cc, src/transport/net.cc;
aws-ofi-nccl src/nccl_ofi_net.cpp, versions 1.1.4, 1.5.0, 1.7.4, 1.13.2, 1.16.3 and 1.21.1.
"""

GIB = 2**30
P5 = {GIB // 4: 342.81, GIB // 2: 393.34, GIB: 436.95, 2 * GIB: 443.72, 4 * GIB: 465.87, 8 * GIB: 479.28}
P5 |= {16 * GIB: 487.09}
P4DE = {GIB // 2: 74.28, GIB: 76.79, 2 * GIB: 78.33}
GPUS = {"p4de": "NVIDIA A100-SXM4-80GB", "p5": "NVIDIA H100 80GB HBM3", "p6-b300": "NVIDIA B300 SXM6 AC"}


def _width(value, width):
    """Return a number as getFloatStr of nccl-tests prints it."""
    for digits in (2, 1, 0):
        text = f"{value:{width}.{digits}f}"
        if len(text) <= width:
            return text
    return text


def row(size, bus, ranks=16, wrong="0", operation="sum", root="-1"):
    """Return one line of results, out of place and in place."""
    algorithm = bus / (2 * (ranks - 1) / ranks)
    time = size / algorithm / 1e3 if algorithm else 12.3
    body = f"  {_width(time, 7)}  {_width(algorithm, 6)}  {_width(bus, 6)}  {wrong:>5}"
    root = f"  {root:>6}" if root is not None else ""
    return f"{size:12d}  {size // 4:12d}  {'float':>8}  {operation:>6}{root}{body}{body}"


def head(program="all_reduce_perf", most=16 * GIB, check=1, nodes=2, gpus=8, gpu="NVIDIA H100 80GB HBM3", hosts=None):
    """Return the lines before the results, of nccl-tests 2.17."""
    hosts = hosts or [f"ip-10-0-{node}-7" for node in range(nodes)]
    devices = [
        f"#  Rank {host * gpus + gpu_index:2d} Group  0 Pid {140 + gpu_index:6d} on {name:>10} device {gpu_index:2d} "
        f"[0000:{0x53 + gpu_index:02x}:00] {gpu}"
        for host, name in enumerate(hosts)
        for gpu_index in range(gpus)
    ]
    return [
        "# nccl-tests version 2.17.9 nccl-headers=22903 nccl-library=22903",
        f"# Collective test starting: {program}",
        f"# nThread 1 nGpus 1 minBytes 8 maxBytes {most} step: 2(factor) warmup iters: 1 iters: 9 validation: {check}",
        "#",
        "# Using devices",
        *devices,
    ]


def columns():
    """Return the two lines over the results."""
    return [
        "#",
        "#                                                              out-of-place                       in-place",
        "#       size         count      type   redop    root     time   algbw   busbw #wrong    time  algbw  busbw #",
        "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)",
    ]


def foot(program="all_reduce_perf", wrong=0, average=124.25):
    """Return the lines after the results."""
    return [
        f"# Out of bounds values : {wrong} {'FAILED' if wrong else 'OK'}",
        f"# Avg bus bandwidth    : {average} ",
        "#",
        f"# Collective test concluded: {program}",
    ]


def rank_lines(provider, network, channel, nodes=2, gpus=8, version="aws-ofi-nccl 1.16.3", platform=""):
    """Return what NCCL and the plugin say, rank by rank."""
    lines = []
    for node in range(nodes):
        for gpu in range(gpus):
            start = f"ip-10-0-{node}-7:{140 + gpu}:{180 + gpu} [{gpu}] NCCL INFO"
            lines += [
                f"{start} cudaDriverVersion 12080",
                f"{start} NCCL version 2.27.7+cuda12.8",
                *([f"{start} NET/OFI Initializing {version}"] if version else []),
                *([f"{start} NET/OFI {platform}"] if platform else []),
                *([f"{start} NET/OFI {provider}"] if provider else []),
                *([f"{start} Using network {network}"] if network else []),
                f"{start} ncclCommInitRank comm 0x55 rank {node * gpus + gpu} nranks {nodes * gpus} - Init COMPLETE",
                *(
                    [f"{start} Channel 00/0 : {gpu}[{gpu}] -> {gpu + 8}[{gpu}] [send] via NET/{channel}"]
                    if channel
                    else []
                ),
                f"{start} Connected all trees",
            ]
    return lines


def p5(
    results=None,
    *,
    provider="Selected provider is efa, fabric is efa-direct (found 32 nics)",
    network="Libfabric",
    channel="Libfabric/0/GDRDMA",
    **kwargs,
):
    """Return the log of all_reduce_perf on two p5.48xlarge, good unless told otherwise."""
    wrong = kwargs.pop("wrong", 0)
    ranks = rank_lines(provider, network, channel, **{k: kwargs[k] for k in ("version", "platform") if k in kwargs})
    heads = {k: kwargs[k] for k in ("program", "most", "check", "nodes", "gpus", "hosts") if k in kwargs}
    values = P5 if results is None else results
    program = kwargs.get("program", "all_reduce_perf")
    rows = [row(size, bus, wrong="N/A" if kwargs.get("check") == 0 else "0") for size, bus in values.items()]
    return [*head(**heads), *ranks, *columns(), *rows, *foot(program, wrong)]


def text(lines):
    """Return lines as a log."""
    return "\n".join(lines) + "\n"
