"""Pages on a terminal: tables as wide as it is, colours where it has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

_WIDE = 100  # columns of a terminal
_NARROWEST = 20  # that the last column of a table needs, to go on between its words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from cdk8s_eks_gpu.explain.section import Section


def show(sections: Iterable[Section], console: Console) -> None:
    """Print the sections. What is too wide goes on in its own column; nothing is cut off."""
    for section in sections:
        if section.title:
            console.print(Text(f"\n{section.title}", style="bold"))
        if section.columns:
            gap = 2 if console.width >= _WIDE else 1
            fixed = sum(width + gap for width in _widths(section)[:-1])
            if fixed + _NARROWEST <= console.width:
                console.print(_table(section, gap))
            else:
                for row in section.rows:
                    console.print(_hanging(" ", _as_line(section.columns, row), ""))
        for line in section.lines:
            console.print(_hanging(" ", line, ""))
        for line in section.alarms:
            console.print(_hanging("!", line, "yellow"))
        for line in section.notes:
            console.print(_hanging("-", line, "dim"))


def _widths(section: Section) -> list[int]:
    """Return how wide each column of the section's table is."""
    rows = (section.columns, *section.rows)
    return [max(len(row[at]) for row in rows) for at in range(len(section.columns))]


def _as_line(columns: Sequence[str], row: Sequence[str]) -> str:
    """Return a row where there is no room for columns: `p5: GPU h100, GPUs 1/8, Sizes 4xlarge 48xlarge`."""
    cells = [f"{column} {cell}" for column, cell in zip(columns[1:], row[1:], strict=True) if cell]
    return f"{row[0]}: {', '.join(cells)}"


def _table(section: Section, gap: int) -> Table:
    """Return the table; only its last column goes on in a next line, between words."""
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="cyan", show_edge=False)
    for column in section.columns[:-1]:
        table.add_column(column, no_wrap=True, overflow="ignore")
    table.add_column(section.columns[-1], overflow="fold")
    for row in section.rows:
        table.add_row(*map(Text, row))
    return table


def _hanging(mark: str, line: str, style: str) -> Table:
    """Return a line behind a mark; where it goes on, it stays behind the mark."""
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text(mark, style=style), Text(line, style=style, overflow="fold"))
    return grid
