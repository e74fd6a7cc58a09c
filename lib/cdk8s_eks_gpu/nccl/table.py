"""What nccl-tests prints (github.com/NVIDIA/nccl-tests, src/util.cu; versions 2.0 to 2.20) -> tests with their rows."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADER = re.compile(r"\bnThread\s+\d+\s+nGpus\s+\d+")
_MAXIMUM = re.compile(r"\bmaxBytes\s+(\d+)(?:\s+step:\s*(\d+)\((factor|bytes)\))?")
_VALIDATION = re.compile(r"\bvalidation:\s*(\d+)")
_STARTING = re.compile(r"Collective test starting:\s*(\S+)")
_CONCLUDED = re.compile(r"Collective test concluded:")
_DEVICE = re.compile(r"\bRank\s+(\d+)\s+(?:Group\s+\d+\s+)?Pid\s+\d+\s+on\s+(\S+)\s+device\s+(\d+)")
_HOST = re.compile(r"[A-Za-z0-9_.:-]+")
_OUT_OF_BOUNDS = re.compile(r"Out of bounds values\s*:\s*(\d+)")
_AVERAGE = re.compile(r"Avg bus bandwidth\s*:\s*[0-9.eE+-]+\s*(FAILED|OK)?")
_COLUMNS = re.compile(r"\bsize\s+count\s+type\b")
_PROGRAM = re.compile(r"(?:^|[\s/])([a-z_]+_perf)(?:_mpi)?(?=\s)")

_TYPES = r"u?int(?:8|32|64)?|u?char|half|float16|float|double|bfloat16|bf16|f8e4m3|f8e5m2|fp8_e4m3|fp8_e5m2"
_TYPE_WORDS = ("float", "int", "half", "double", "char", "bf16", "f8e", "fp8")
_OPERATIONS = "sum|prod|min|max|avg|mulsum|premulsum|none"
_PREAMBLE = re.compile(
    rf"(?:^|[\s:>\]|])(\d+)[ \t]+(\d+)[ \t]+({_TYPES})(?:[ \t]+({_OPERATIONS}))?(?:[ \t]+(-\d+))?(?![\w.])"
)
_NUMBER = r"(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?nan|-?inf|N/A)"
_NUMBERS = re.compile(rf"(?:[ \t]+{_NUMBER}(?=\s|$))*")
_BODY = re.compile(rf"(?:^|[>:\]|])[ \t]*((?:{_NUMBER}[ \t]+){{3,}}{_NUMBER})\s*$")
# One of these is in every line that is no row; people quote logs without their `#`.
_WORDS = ("nThread", "Collective test", " device ", "Out of bounds", "Avg bus", "count")
_GROUP = 4  # time, algbw, busbw, #wrong; with -I 1 four more
_WITH_TIMINGS = 8


class Row(Struct, frozen=True):
    """The result for one size, out of place where the test has that, else in place.

    Attributes:
        size: The size in bytes.
        count: The elements.
        data_type: Such as `float`.
        operation: `sum` ...; `none` or an empty text for what reduces nothing.
        root: The root rank, -1 for none, or None in logs of versions without the column.
        algorithm_bandwidth: In GB/s.
        bus_bandwidth: In GB/s.
        wrong: How many values were wrong, in and out of place; None where nothing was checked.
    """

    size: int
    count: int
    data_type: str
    operation: str
    root: int | None
    algorithm_bandwidth: float
    bus_bandwidth: float
    wrong: int | None


class NcclTest(Struct):
    """One run of a program of nccl-tests.

    Attributes:
        program: Such as `all_reduce_perf`; empty where the log does not name it.
        validation: Whether results are checked (-c); None where the log does not say.
        devices: The host of each rank, and the index of its GPU there.
        rows: The results, in the order of the log.
        last_size: The size from which on no other follows; None where the log does not say.
        out_of_bounds: How many wrong values the test counted, or None before it has ended.
        average_failed: Whether the average is below NCCL_TESTS_MIN_BW.
        started: Whether its line of parameters was seen.
        ended: Whether the test came to its end.
    """

    program: str = ""
    validation: bool | None = None
    devices: dict[int, tuple[str, int]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    last_size: int | None = None
    out_of_bounds: int | None = None
    average_failed: bool = False
    started: bool = False
    ended: bool = False

    @property
    def largest(self) -> Row | None:
        """The row of the largest size; of several, the first."""
        return max(self.rows, key=lambda row: row.size, default=None)

    @property
    def has_all_sizes(self) -> bool:
        """Whether a row of the last size is there."""
        return self.largest is not None and self.last_size is not None and self.largest.size >= self.last_size

    @property
    def is_all_reduce(self) -> bool:
        """Whether it is all_reduce_perf, by its name or by its columns: a sum of all elements, without a root."""
        if self.program:
            return self.program == "all_reduce_perf"
        row = self.largest
        if row is None or row.operation in {"", "none"} or (row.root or -1) >= 0:
            return False
        return row.size <= row.count * 8 and row.size >= row.count  # of reduce_scatter, count is a rank's part

    @property
    def rank_count(self) -> int | None:
        """How many ranks took part: as listed, or as an all-reduce's busbw / algbw = 2 (n - 1) / n tells."""
        if self.devices:
            return len(self.devices)
        row = self.largest
        if row is None or not self.is_all_reduce or row.algorithm_bandwidth < 1:
            return None
        ratio = row.bus_bandwidth / row.algorithm_bandwidth
        if ratio < 0.01:  # noqa: PLR2004 -- a rank alone moves nothing
            return 1
        return round(2 / (2 - ratio)) if 0.99 <= ratio < 1.999 else None  # noqa: PLR2004 -- two ranks to 2000

    @property
    def node_count(self) -> int | None:
        """How many nodes took part: their names, or where those are blacked out, how often a GPU has the same index."""
        hosts = {host for host, _ in self.devices.values()}
        if all(_HOST.fullmatch(host) for host in hosts):
            return len(hosts) or None
        return max(Counter(index for _, index in self.devices.values()).values())


def read_tests(lines: Iterable[str]) -> list[NcclTest]:
    """Return the tests in a log, in its order. A test begins with its first line of `#`, or with its first row."""
    reader = _Reader()
    for line in lines:
        reader.read(line)
    return [test for test in reader.tests if test.rows or test.devices or test.started]


class _Reader:
    """Reads line by line. A row may be torn in two by what other ranks print meanwhile."""

    def __init__(self) -> None:
        self.tests: list[NcclTest] = []
        self._command = ""
        self._torn: re.Match[str] | None = None

    def read(self, line: str) -> None:
        if any(word in line for word in _WORDS) and self._comment(line):
            return
        preamble = _PREAMBLE.search(line) if any(word in line for word in _TYPE_WORDS) else None
        if preamble:
            found = _NUMBERS.match(line, preamble.end())
            row = _row(preamble, found[0].split() if found else [])
            self._torn = preamble if row is None else None
        elif self._torn and (body := _BODY.search(line)):
            row, self._torn = _row(self._torn, body[1].split()), None
        else:
            if "_perf" in line and (named := _PROGRAM.search(f"{line} ")):
                self._command = named[1]
            return
        if row is not None:
            self._current().rows.append(row)

    def _comment(self, line: str) -> bool:
        if found := _STARTING.search(line):
            self._begin().program = found[1].rpartition("/")[2].removesuffix("_mpi")
        elif _HEADER.search(line):
            test = self._begin()
            validation = _VALIDATION.search(line)
            test.validation = None if validation is None else validation[1] != "0"
            test.last_size = _last_size(line)
            test.started = True
        elif found := _DEVICE.search(line):
            self._current().devices[int(found[1])] = (found[2], int(found[3]))
        elif found := _OUT_OF_BOUNDS.search(line):
            self._current().out_of_bounds = int(found[1])
        elif found := _AVERAGE.search(line):
            test = self._current()
            test.average_failed, test.ended = found[1] == "FAILED", True
        elif _CONCLUDED.search(line):
            if self.tests:
                self.tests[-1].ended = True
        elif _COLUMNS.search(line):
            if self.tests and self.tests[-1].rows:  # an excerpt without the lines before the table
                self._begin()
        else:
            return False
        return True

    def _begin(self) -> NcclTest:
        """Return a test for a first line; `Collective test starting` and `nThread` are of one."""
        if not self.tests or self.tests[-1].started or self.tests[-1].rows or self.tests[-1].devices:
            self.tests.append(NcclTest(program=self._command))
            self._torn = None
        return self.tests[-1]

    def _current(self) -> NcclTest:
        if not self.tests or self.tests[-1].ended:
            self.tests.append(NcclTest(program=self._command))
        return self.tests[-1]


def _row(preamble: re.Match[str], numbers: list[str]) -> Row | None:
    """Return a row, or None where its numbers are not all there, as at the end of a log."""
    size, count, data_type, operation, root = preamble.groups()
    if root is None and len(numbers) % _GROUP == 1:  # logs of old versions have no column for the root
        root, numbers = numbers[0], numbers[1:]
    values = [_float(number) for number in numbers]
    if len(values) < _GROUP:
        return None
    width = _WITH_TIMINGS if len(values) >= 2 * _WITH_TIMINGS else _GROUP
    _, algorithm, bus, _ = values[:_GROUP]
    checked = [values[at] for at in (3, width + 3) if len(values) > at and values[at] is not None]
    if algorithm is None or bus is None:
        return None
    return Row(
        size=int(size),
        count=int(count),
        data_type=data_type,
        operation=operation or "",
        root=None if root is None else int(root),
        algorithm_bandwidth=algorithm,
        bus_bandwidth=bus,
        # Old versions have the greatest relative error in this column, which is below 1.
        wrong=sum(int(number) for number in checked if number is not None) if checked else None,
    )


def _last_size(line: str) -> int | None:
    """Return the least size that is the last one: the next would be above maxBytes."""
    maximum = _MAXIMUM.search(line)
    if maximum is None:
        return None
    size, step, kind = int(maximum[1]), int(maximum[2] or 0), maximum[3]
    return size // max(step, 1) + 1 if kind == "factor" else size - step + 1


def _float(text: str) -> float | None:
    """Return the number, or None for N/A and whatever else is no number."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
