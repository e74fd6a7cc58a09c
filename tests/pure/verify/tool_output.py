"""What nvidia-smi and fi_info print, in the forms of several versions."""

WIDE = "|   {index}  {name:<28}{mode:<3} |   00000000:{bus:02X}:00.0 Off | {ecc:>20} |"
OLD = "|   {index}  {name:<17}{mode:<4} | 00000000:{bus:02X}:00.0 Off | {ecc:>20} |"


def nvidia_smi(*names, ecc=0, driver="580.95.05", cuda="13.0", memory=81559, power="114W /  700W", mig="Disabled"):
    """Return the table of drivers from 530 on."""
    lines = [
        "Thu Nov 26 03:00:00 2026",
        "+" + "-" * 89 + "+",
        f"| NVIDIA-SMI {driver:<22} Driver Version: {driver:<14} CUDA Version: {cuda:<8} |",
        "+-----------------------------------------+------------------------+----------------------+",
        "| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |",
        "| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |",
        "|                                         |                        |               MIG M. |",
        "|=========================================+========================+======================|",
    ]
    for index, name in enumerate(names):
        lines += [
            WIDE.format(index=index, name=name, mode="On", bus=0x53 + index, ecc=ecc if index == 0 else 0),
            f"| N/A   31C    P0            {power} |       0MiB /  {memory}MiB |      0%      Default |",
            f"|                                         |                        | {mig:>20} |",
            "+-----------------------------------------+------------------------+----------------------+",
        ]
    return "\n".join([*lines, "", *_processes()]) + "\n"


def old_nvidia_smi(*names, ecc=0, driver="450.119.04", cuda="11.0", memory=16160):
    """Return the table of drivers before 530."""
    lines = [
        "+" + "-" * 77 + "+",
        f"| NVIDIA-SMI {driver:<12} Driver Version: {driver:<12} CUDA Version: {cuda:<8} |",
        "|-------------------------------+----------------------+----------------------+",
        "| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |",
        "| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |",
        "|                               |                      |               MIG M. |",
        "|===============================+======================+======================|",
    ]
    for index, name in enumerate(names):
        lines += [
            f"|   {index}  {name:<16} On   | 00000000:00:{0x1B + index:02X}.0 Off | {ecc:>20} |",
            f"| N/A   41C    P0    40W / 300W |      0MiB / {memory}MiB |      0%      Default |",
            "|                               |                      |                  N/A |",
            "+-------------------------------+----------------------+----------------------+",
        ]
    return "\n".join(lines) + "\n"


def _processes():
    return [
        "+" + "-" * 89 + "+",
        "| Processes:" + " " * 78 + "|",
        "|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |",
        "|        ID   ID                                                               Usage      |",
        "|=========================================================================================|",
        "|  No running processes found" + " " * 61 + "|",
        "+" + "-" * 89 + "+",
    ]


def fi_info(devices, *, direct=False, provider="efa"):
    """Return what `fi_info -p efa` prints on a p5: a block for each endpoint of each device."""
    blocks = []
    for number in range(devices):
        domain = f"rdmap{79 + number}s0"
        for fabric, suffix, kind in (
            *((("efa-direct", "rdm", "FI_EP_RDM"),) if direct else ()),
            ("efa", "rdm", "FI_EP_RDM"),
            ("efa", "dgrm", "FI_EP_DGRAM"),
        ):
            blocks.append(
                f"provider: {provider}\n    fabric: {fabric}\n    domain: {domain}-{suffix}\n"
                f"    version: 122.0\n    type: {kind}\n    protocol: FI_PROTO_EFA\n"
            )
    return "".join(blocks)


NO_FABRIC = "fi_getinfo: -61 (No data available)\n"
XID_79 = "[  843.308145] NVRM: Xid (PCI:0000:53:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.\n"
