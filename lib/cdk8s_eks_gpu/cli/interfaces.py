"""`eks-gpu interfaces TYPE`: the network interfaces that give an instance type all of its EFA."""

from __future__ import annotations

import json

import click
import yaml

from cdk8s_eks_gpu.cli.options import Choice, format_option, output_option
from cdk8s_eks_gpu.instances.efa_layouts import LAYOUT_NAMES, EfaLayout, LayoutName, efa_layouts, types_with_efa


@click.command(short_help="Print the EFA network interfaces of an instance type.")
@click.argument(
    "instance_type",
    metavar="TYPE",
    shell_complete=lambda _ctx, _parameter, start: [
        each for each in sorted(types_with_efa()) if each.startswith(start)
    ],
)
@click.option(
    "--layout",
    type=Choice(LAYOUT_NAMES),
    default=LAYOUT_NAMES[0],
    show_default=True,
    help="ip-optimized takes one IP address, bandwidth-optimized all the bandwidth for IP traffic too.",
)
@format_option(("yaml", "json"))
@output_option
def interfaces(instance_type: str, layout: LayoutName, form: str) -> None:
    """Print `networkInterfaces` of TYPE, such as p5.48xlarge, for the spec of an EC2NodeClass.

    For Karpenter 1.11 and newer. In YAML, a comment names the source of the layout.

    Exit code 0: it is printed. 2: TYPE has no known layout of that name.
    """
    found = efa_layouts(instance_type).layout(layout)
    entries = [
        {"networkCardIndex": card, "deviceIndex": device, "interfaceType": kind}
        for card, device, kind in found.interfaces
    ]
    if form == "json":
        click.echo(json.dumps({"networkInterfaces": entries}, indent=2))
        return
    click.echo(f"# {instance_type}, {layout}: {_summary(found)}\n# {found.source} (read {found.read})")
    click.echo(yaml.safe_dump({"networkInterfaces": entries}, sort_keys=False), nl=False)


def _summary(layout: EfaLayout) -> str:
    addresses = "1 IP address" if layout.ip_addresses == 1 else f"{layout.ip_addresses} IP addresses"
    return f"{layout.efa_count} EFA, {addresses}"
