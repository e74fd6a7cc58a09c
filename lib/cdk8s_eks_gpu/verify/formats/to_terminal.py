"""A report on a terminal: what is wrong first, then how many things are right."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from cdk8s_eks_gpu.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from cdk8s_eks_gpu.verify.result import Report, Result

_STYLES = {Status.FAIL: "bold red", Status.WAITING: "yellow", Status.UNKNOWN: "cyan", Status.PASS: "green"}
_FEW = 3


def show(report: Report, console: Console, *, everything: bool = False) -> None:
    """Print the report; what passes only with `everything`. Objects of which the same is said share a row."""
    shown = [status for status in Status if everything or status is not Status.PASS]
    rows = [row for status in shown for row in _grouped(report.of_status(status))]
    if rows:
        table = Table(show_lines=True, expand=True)
        table.add_column("Status", no_wrap=True)
        table.add_column("Object", ratio=2, overflow="fold")
        table.add_column("What was found", ratio=5, overflow="fold")
        for subjects, result in rows:
            style = _STYLES[result.status]
            table.add_row(f"[{style}]{result.status.value}[/]", _subjects(subjects), escape("\n".join(_lines(result))))
        console.print(table)
    _print_summary(report, console)


def _print_summary(report: Report, console: Console) -> None:
    counts = Counter((result.check.partition("/")[0], result.status) for result in report.results)
    summary = Table()
    summary.add_column("Part")
    for status in Status:
        summary.add_column(status.value, justify="right")
    for part in dict.fromkeys(part for part, _ in counts):
        summary.add_row(part, *(str(counts[part, status] or "") for status in Status))
    console.print(summary)
    words = ", ".join(f"{count} {status.value}" for status, count in report.counts.items() if count)
    console.print(words or "There was nothing to compare.")


def _grouped(results: Iterable[Result]) -> Iterator[tuple[Sequence[str], Result]]:
    """Yield the results, those together that say the same of different objects."""
    alike: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        same = (result.check, result.message, result.observed, result.expected, result.fix)
        alike.setdefault(same, []).append(result)
    for group in alike.values():
        yield [result.subject for result in group], group[0]


def _subjects(subjects: Sequence[str]) -> str:
    more = [f"and {len(subjects) - _FEW} more"] if len(subjects) > _FEW else []
    return escape("\n".join([*subjects[:_FEW], *more]))


def _lines(result: Result) -> Iterator[str]:
    yield result.message
    if result.observed or result.expected:
        parts = [f"observed: {result.observed}"] if result.observed else []
        parts += [f"expected: {result.expected}"] if result.expected else []
        yield "; ".join(parts)
    if result.fix:
        yield f"Fix: {result.fix}"
