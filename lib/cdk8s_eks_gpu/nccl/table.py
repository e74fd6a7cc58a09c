"""What nccl-tests prints (github.com/NVIDIA/nccl-tests, src/util.cu; versions 2.0 to 2.20) -> tests with their rows."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.nccl.nccl_test import NcclTest, Row

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADER = re.compile(r"\bnThread\s+\d+\s+nGpus\s+\d+")
_MAXIMUM = re.compile(r"\bmaxBytes\s+(\d+)(?:\s+step:\s*(\d+)\((factor|bytes)\))?")
_VALIDATION = re.compile(r"\bvalidation:\s*(\d+)")
_STARTING = re.compile(r"Collective test starting:\s*(\S+)")
_CONCLUDED = re.compile(r"Collective test concluded:")
_DEVICE = re.compile(r"\bRank\s+(\d+)\s+(?:Group\s+\d+\s+)?Pid\s+\d+\s+on\s+(\S+)\s+device\s+(\d+)")
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
