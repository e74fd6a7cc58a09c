"""Checks of the results: the ranks that took part, wrong values, bandwidth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.nccl.facts import MARK_NODES, MARKS, TOLERANCE, line_rate
from cdk8s_eks_gpu.nccl.report import NcclCheck
from cdk8s_eks_gpu.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.nccl.nccl_test import NcclTest, Row
    from cdk8s_eks_gpu.nccl.output import NcclOutput

_WHOLE_LOG = "give the whole log, with the lines `Using devices`"


def ranks(tests: Sequence[NcclTest], output: NcclOutput, nodes: int, gpus: int) -> NcclCheck:
    """Return whether one rank a GPU took part, on as many nodes as asked for."""
    expected = f"{nodes * gpus} ranks on {nodes} nodes" if gpus else f"{nodes} nodes"
    counts = {count for test in tests if (count := test.rank_count) is not None}
    if not counts and output.ranks is not None:
        counts = {output.ranks}
    hosts = {test.node_count for test in tests if test.node_count is not None}
    if not counts:
        return NcclCheck("ranks", Status.UNKNOWN, "the log does not list them", expected, _WHOLE_LOG)
    observed = f"{_listed(counts)} ranks" + (f" on {_listed(hosts)} nodes" if hosts else "")
    if hosts and hosts != {nodes}:
        fix = "with all ranks on one node NVLink is measured, not EFA: " if hosts == {1} else ""
        fix += f"ask for whole nodes ({gpus} GPUs a Pod), and give mpirun the hosts of all Pods"
        return NcclCheck("ranks", Status.FAIL, observed, expected, fix)
    if gpus and counts != {nodes * gpus}:
        fix = f"have one rank a GPU: {gpus} slots a node, mpirun -np {nodes * gpus}; or say --nodes as it was"
        if counts == {1}:
            fix = "each process ran alone: nccl-tests must be built with MPI=1, and mpirun must be that MPI's"
        elif counts == {gpus}:
            fix = f"they fit on one node, where NVLink is measured, not EFA: {fix}"
        return NcclCheck("ranks", Status.FAIL, observed, expected, fix)
    return NcclCheck("ranks", Status.PASS, observed, expected)


def values(tests: Sequence[NcclTest]) -> NcclCheck:
    """Return whether all results were right."""
    expected = "no value out of bounds"
    counted = sum(test.out_of_bounds or 0 for test in tests)
    wrong = sum(row.wrong or 0 for test in tests for row in test.rows)
    if counted or wrong:
        fix = (
            "NCCL computed wrong results: do not train on these nodes. Look for Xid and ECC errors, test the nodes in "
            "other pairs, and replace the one that stays bad"
        )
        return NcclCheck("values", Status.FAIL, f"{max(counted, wrong)} values out of bounds", expected, fix)
    rows = [row for test in tests for row in test.rows]
    checked = [row for row in rows if row.wrong is not None]
    if any(test.validation is False for test in tests) or (rows and not checked):
        return NcclCheck("values", Status.UNKNOWN, "the results were not checked (-c 0)", expected, "run with -c 1")
    if not rows and not any(test.out_of_bounds is not None for test in tests):
        return NcclCheck("values", Status.UNKNOWN, "there are no results", expected)
    return NcclCheck("values", Status.PASS, f"none in {len(rows)} results", expected)


def bandwidths(tests: Sequence[NcclTest], facts: InstanceType, nodes: int, mark: float | None) -> list[NcclCheck]:
    """Return for each test whether its bus bandwidth at the largest size is that of two such nodes."""
    return [_bandwidth(test, facts, nodes, mark) for test in tests] or [
        NcclCheck("bandwidth", Status.UNKNOWN, "there are no results")
    ]


def decisive(test: NcclTest) -> Row | None:
    """Return the row that decides about a test: the largest size's, where that is more than nothing."""
    row = test.largest
    return row if row and row.size else None


def _bandwidth(test: NcclTest, facts: InstanceType, nodes: int, mark: float | None) -> NcclCheck:
    row = decisive(test)
    if row is None:
        return NcclCheck("bandwidth", Status.UNKNOWN, "there are no results")
    name = test.program or ("all_reduce_perf" if test.is_all_reduce else "a test")
    observed = f"{name}: {row.bus_bandwidth:g} GB/s at {size_text(row.size)}{_share(row, facts)}"
    if test.average_failed:
        fix = "the average is below NCCL_TESTS_MIN_BW"
        return NcclCheck("bandwidth", Status.FAIL, observed, "the average that NCCL_TESTS_MIN_BW asks for", fix)
    known = MARKS.get(facts.name)
    source = f"{known.source}, {MARK_NODES} nodes" if known else ""
    if mark is not None:
        least, expected, source = mark, f"at least {mark:g} GB/s", "the mark that was given"
    else:
        reason = _no_mark(test, row, facts, nodes)
        if known is None or reason:
            return NcclCheck("bandwidth", Status.UNKNOWN, observed, fix=reason)
        size, reached = known.at(row.size) or (0, 0.0)
        least = TOLERANCE * reached
        expected = f"at least {least:.4g} GB/s: {TOLERANCE:.0%} of the {reached:g} reached at {size_text(size)}"
    if row.bus_bandwidth >= least:
        return NcclCheck("bandwidth", Status.PASS, observed, expected, source=source)
    fix = (
        "first fix what fails above. Then: are the nodes in one zone, and in one placement group or capacity block; "
        "does other traffic share them; are NCCL, aws-ofi-nccl and libfabric of one recent release?"
    )
    return NcclCheck("bandwidth", Status.FAIL, observed, expected, fix, source)


def _no_mark(test: NcclTest, row: Row, facts: InstanceType, nodes: int) -> str:
    """Return why no mark goes with the test, or nothing where one does."""
    known, gpus = MARKS.get(facts.name), facts.count(vocabulary.GPU)
    if known is None:
        return f"no public source has measured {facts.name}: compare with nodes that you trust, by --mark"
    if not test.is_all_reduce:
        return "the marks are of all_reduce_perf"
    if nodes != MARK_NODES:
        return f"the mark is of {MARK_NODES} nodes, and bandwidth falls as nodes are added: give one by --mark"
    if test.rank_count not in {None, nodes * gpus}:
        return f"the mark is of all {gpus} GPUs of {nodes} nodes, not of {test.rank_count} ranks"
    if known.at(row.size) is None:
        return f"the mark begins at {size_text(min(known.by_size))}: run up to 16 GiB (-e 16G)"
    return ""


def _share(row: Row, facts: InstanceType) -> str:
    rate = line_rate(facts)
    return f", {row.bus_bandwidth / rate:.0%} of the line rate of {rate:g} GB/s" if rate else ""


def size_text(size: int) -> str:
    """Return a size as people say it: 16 GiB."""
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= unit:
            return f"{size / unit:.4g} {name}"
    return f"{size} B"


def _listed(numbers: set[int]) -> str:
    return " or ".join(str(number) for number in sorted(numbers))
