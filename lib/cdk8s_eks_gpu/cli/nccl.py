"""`eks-gpu nccl LOG`: whether the fabric between nodes works, by the log of an NCCL test."""

from __future__ import annotations

import json

import click

from cdk8s_eks_gpu.cli.options import format_option, output_option
from cdk8s_eks_gpu.nccl import NcclCheck, NcclReport, check_nccl_log
from cdk8s_eks_gpu.status import Status

_MARKS = {Status.PASS: "pass     ", Status.FAIL: "FAIL     ", Status.WAITING: "waiting  ", Status.UNKNOWN: "not known"}


@click.command(short_help="Check the log of an NCCL test between nodes.")
@click.argument("log", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="LOG")
@click.option("--instance-type", required=True, metavar="TYPE", help="The type of the nodes, such as p5.48xlarge.")
@click.option("--nodes", type=click.IntRange(min=2), default=2, show_default=True, help="How many nodes took part.")
@click.option(
    "--efa", type=click.IntRange(min=1), help="The EFA interfaces that each node's Pod asked for.  [default: all]"
)
@click.option("--mark", type=click.FloatRange(min=0, min_open=True), metavar="GB/s", help="The bus bandwidth to reach.")
@format_option(("text", "json"))
@output_option
@click.pass_context
def nccl(  # noqa: PLR0913, PLR0917 -- one parameter an option
    ctx: click.Context,
    log: str,
    instance_type: str,
    nodes: int,
    efa: int | None,
    mark: float | None,
    form: str,
) -> None:
    """Check the log of nccl-tests over whole nodes; `-` reads it from standard input.

    LOG is the output of `kubectl logs` for the launcher, or of mpirun anywhere, with NCCL_DEBUG=INFO. The checks: did
    the test end, on all GPUs of all nodes; over libfabric's provider efa, with all interfaces and GPUDirect RDMA;
    without wrong values; and as fast as such nodes have been measured. `not known` is not a failure.

    Exit code 0: nothing fails. 1: something fails. 2: the log could not be read.
    """
    with click.open_file(log, encoding="utf-8", errors="replace") as stream:
        text = stream.read()
    report = check_nccl_log(text, instance_type, nodes, efa_interfaces=efa, mark=mark)
    click.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False) if form == "json" else _text(report))
    ctx.exit(0 if report.ok else 1)


def _text(report: NcclReport) -> str:
    head = f"{report.nodes} nodes of {report.instance_type}: {report.status}"
    return "\n".join([head, *(line for check in report.checks for line in _lines(check))])


def _lines(check: NcclCheck) -> list[str]:
    lines = [f"  {_MARKS[check.status]} {check.name}: {check.observed}"]
    if check.expected and check.status != Status.PASS:
        lines.append(f"            expected: {check.expected}")
    if check.fix:
        lines.append(f"            Fix: {check.fix}")
    if check.source and check.name == "bandwidth":
        lines.append(f"            source: {check.source}")
    return lines
