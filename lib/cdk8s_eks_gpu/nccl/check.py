"""The log of an NCCL test between nodes -> what it shows, check by check."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.errors import MissingOptionError
from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.nccl import fabric, results
from cdk8s_eks_gpu.nccl.facts import line_rate
from cdk8s_eks_gpu.nccl.output import read_output
from cdk8s_eks_gpu.nccl.reasons import first_failure, known_reasons, notable
from cdk8s_eks_gpu.nccl.report import NcclCheck, NcclReport
from cdk8s_eks_gpu.nccl.table import read_tests
from cdk8s_eks_gpu.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cdk8s_eks_gpu.nccl.nccl_test import NcclTest


_HOW = "run all_reduce_perf of nccl-tests with NCCL_DEBUG=INFO, and give its whole log"


def check_nccl_log(  # noqa: PLR0913 -- what was asked for, each with its default
    log: str,
    instance_type: str,
    nodes: int = 2,
    *,
    efa_interfaces: int | None = None,
    mark: float | None = None,
    running: bool = False,
) -> NcclReport:
    """Check the log of a test of nccl-tests over whole nodes.

    Args:
        log: The log of the launcher, of mpirun or of all ranks together, with any prefixes that tools put before lines.
        instance_type: The type of the nodes, such as `p5.48xlarge`.
        nodes: How many nodes were to take part.
        efa_interfaces: How many EFA interfaces each of them asked for; None for all that the type has.
        mark: The bus bandwidth in GB/s to reach at the largest size, in place of the mark that is known of the type.
        running: Whether the test still runs: what is missing is then `waiting`.

    Raises:
        UnknownNameError: No such instance type is known; the message has a hint.
        MissingOptionError: The type has no NVIDIA GPU.
    """
    facts = catalogue().find(instance_type)
    if not facts.count(vocabulary.GPU):
        message = f"{instance_type} has no NVIDIA GPU, so no test of NCCL has run on it"
        raise MissingOptionError(message)
    efas = facts.count(vocabulary.EFA) if efa_interfaces is None else efa_interfaces
    lines = log_lines(log)
    tests, output = read_tests(lines), read_output(lines)
    text = notable(lines)
    reasons, failure = known_reasons(text), first_failure(text)
    checks = [_test(tests, lines, reasons, failure, running=running)]
    if tests or output.any:
        checks += [
            *fabric.instance_type(output, instance_type),
            results.ranks(tests, output, nodes, facts.count(vocabulary.GPU)),
            fabric.network(output, reasons, instance_type, efas),
            fabric.provider(output),
            fabric.nics(output, efas, instance_type),
            fabric.gpudirect(output, instance_type),
            results.values(tests),
            *results.bandwidths(tests, facts, nodes, mark),
        ]
    if running:
        checks = [_awaited(check) for check in checks]
    slowest = min((row for row in map(results.decisive, tests) if row), key=lambda row: row.bus_bandwidth, default=None)
    return NcclReport(
        instance_type=instance_type,
        nodes=nodes,
        checks=tuple(checks),
        bus_bandwidth=slowest.bus_bandwidth if slowest else None,
        size=slowest.size if slowest else None,
        line_rate=line_rate(facts),
    )


def _test(
    tests: Sequence[NcclTest], lines: Sequence[str], reasons: Sequence[str], failure: str | None, *, running: bool
) -> NcclCheck:
    """Return whether the tests came to their end."""
    expected = "nccl-tests runs to its end"
    why = "; ".join(reasons)
    unfinished = [test for test in tests if not test.ended]
    if failure is not None:
        return NcclCheck("test", Status.FAIL, failure[:300], expected, why or _HOW)
    if not tests:
        empty = not any(line.strip() for line in lines)
        observed = "the log is empty" if empty else "no test of nccl-tests is in the log"
        return NcclCheck("test", Status.WAITING if running else Status.FAIL, observed, expected, why or _HOW)
    if not unfinished:
        sizes = sum(len(test.rows) for test in tests)
        names = ", ".join(dict.fromkeys(test.program or "a test" for test in tests))
        return NcclCheck("test", Status.PASS, f"{names} ended; {sizes} results", expected)
    test = unfinished[-1]
    row = test.largest
    reached = f"after {results.size_text(row.size)}" if row else "before its first result"
    if running:
        return NcclCheck("test", Status.WAITING, f"it runs, {reached}", expected)
    if test.has_all_sizes or not (test.started or test.devices):
        observed = f"neither its first nor its last lines are in the log; the results end {reached}"
        if test.has_all_sizes:
            observed = "all sizes are there; its last lines are not in the log"
        return NcclCheck("test", Status.UNKNOWN, observed, expected, _HOW)
    fix = why or "did the Pods end? Look at their events and at the logs of all ranks, not of the first alone"
    return NcclCheck("test", Status.FAIL, f"the log ends {reached}", expected, fix)


def _awaited(check: NcclCheck) -> NcclCheck:
    """What is not known of a test that runs may be known later."""
    if check.status != Status.UNKNOWN or check.name == "bandwidth":
        return check
    return NcclCheck(check.name, Status.WAITING, check.observed, check.expected, "", check.source)


_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff]")
_MESSAGE_KEYS = ("log", "message", "msg")


def log_lines(log: str) -> list[str]:
    """Return the lines of a log, without escape codes; of a line of JSON, its `log`, `message` or `msg`.

    Prefixes of mpirun (`[1,0]<stdout>:`), srun (`0:`), kubectl (`[pod/name/container]`) and clocks stay: what reads the
    lines looks for its words anywhere in a line.
    """
    return [line for raw in re.split(r"\r\n|\n|\r", _ESCAPES.sub("", log)) for line in _message(raw)]


def _message(line: str) -> Iterator[str]:
    """Yield the lines in a message that a log collector (Docker, Fluent Bit, CloudWatch) wrapped in JSON."""
    if line.lstrip().startswith("{"):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict):
            for key in _MESSAGE_KEYS:
                if isinstance(record.get(key), str):
                    yield from _ESCAPES.sub("", record[key]).rstrip("\n").split("\n")
                    return
    yield line
