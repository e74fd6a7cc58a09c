"""A run of a program of nccl-tests: what it measured, and what follows from its rows."""

from __future__ import annotations

import re
from collections import Counter

from msgspec import Struct, field

_HOST = re.compile(r"[A-Za-z0-9_.:-]+")


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
