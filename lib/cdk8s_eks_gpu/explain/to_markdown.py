"""Pages as Markdown, for pull requests and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cdk8s_eks_gpu.explain.section import Section


def markdown(sections: Iterable[Section]) -> str:
    """Return the sections as Markdown."""
    return "\n\n".join(block for section in sections for block in _blocks(section))


def _blocks(section: Section) -> list[str]:
    blocks = [f"## {_escaped(section.title)}"] if section.title else []
    if section.columns:
        rule = " | ".join("---" for _ in section.columns)
        blocks.append("\n".join([_row(section.columns), f"| {rule} |", *map(_row, section.rows)]))
    if section.lines:
        blocks.append("\n".join(f"- {_escaped(line)}" for line in section.lines))
    if section.alarms:
        blocks.append("\n".join(f"- **{_escaped(line)}**" for line in section.alarms))
    if section.notes:
        blocks.append("\n".join(f"- {_escaped(line)}" for line in section.notes))
    return blocks


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    for character in "\\`*_|<>[]":
        text = text.replace(character, f"\\{character}")
    return text
