"""The operands of Karpenter's own requirement tests (core at v1.14.1), and how the tables write a requirement."""

import re

from cdk8s_eks_gpu.requirements import Requirement

OPERANDS = {
    "*": ("Exists", (), 1),
    "{}": ("DoesNotExist", (), 1),
    "{A}": ("In", ("A",), 1),
    "{B}": ("In", ("B",), 1),
    "{A,B}": ("In", ("A", "B"), 2),
    "!{A}": ("NotIn", ("A",), 1),
    "{1}": ("In", ("1",), 1),
    "{9}": ("In", ("9",), 1),
    "{1,9}": ("In", ("1", "9"), 2),
    "!{1,2}": ("NotIn", ("1", "2"), 2),
    ">=2": ("Gt", ("1",), 1),
    ">=10": ("Gt", ("9",), 1),
    "<=0": ("Lt", ("1",), 1),
    "<=8": ("Lt", ("9",), 1),
}
"""By notation: operator and values as a manifest has them, and the minValues of the tests that set one."""

_NOTATION = re.compile(r"(?:>=(\d+))?(?:<=(\d+))?(!?\{[^}]*\}|\*)?")


def operand(notation: str, key: str = "key", *, flexible: bool = False) -> Requirement:
    """Return the operand, with its minValues if it is flexible."""
    operator, values, min_values = OPERANDS[notation]
    return Requirement.of(key, operator, *values, min_values=min_values if flexible else None)


def parse(notation: str, min_values: int | None = None) -> Requirement:
    """Return what a cell of a table says: members `{A}`, non-members `!{A}`, bounds, or `*` for all."""
    gte, lte, values = _NOTATION.fullmatch(notation).groups()
    return Requirement(
        "key",
        complement=values is None or values[0] != "{",
        values=frozenset(re.findall(r"[^!{},*]+", values or "")),
        gte=gte and int(gte),
        lte=lte and int(lte),
        min_values=min_values,
    )


def matrix(text: str) -> list[tuple[str, str, str]]:
    """Return row, column and cell of each field of a table whose columns have a heading."""
    heading, *rows = (line.split() for line in text.strip().splitlines())
    return [(row[0], column, cell) for row in rows for column, cell in zip(heading, row[1:], strict=True)]
