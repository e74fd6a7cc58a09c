"""The mutants of a module: each changes one comparison, operator, condition or constant of it."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
LISTS = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Module)
NOT_RUN = frozenset({"annotation", "returns", "decorator_list"})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Mutant:
    """One change of a module.

    Attributes:
        function: The outermost function in which the change stands, as in `Requirement.of`; empty outside of functions.
        lines: The lines of the statement that is changed; of one with a body, those before it.
        line: Where the change is.
        change: What is changed, and into what.
        source: The module with the change.
    """

    function: str
    lines: range
    line: int
    change: str
    source: str


@dataclass(frozen=True)
class Site:
    """A node that may be changed, and where it stands."""

    parent: ast.AST
    field: str
    index: int | None
    function: str
    lines: range

    def put(self, node: ast.AST) -> None:
        """Put a node into the place."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants(source: str) -> Iterator[Mutant]:
    """Yield the mutants of a module: of what runs in it, not of documentation, types and imports."""
    tree = ast.parse(source)
    for site in list(_sites(tree, "", range(0))):
        held = getattr(site.parent, site.field)
        node = held if site.index is None else held[site.index]
        shown = site.parent if isinstance(node, ast.Constant) and not isinstance(site.parent, LISTS) else node
        before = ast.unparse(shown)
        for changed in _changes(node):
            site.put(ast.copy_location(changed, node))
            after = ast.unparse(changed if shown is node else shown)
            change = f"{_first_line(before)} -> {_first_line(after)}"
            yield Mutant(site.function, site.lines, node.lineno, change, ast.unparse(ast.fix_missing_locations(tree)))
        site.put(node)


def _sites(tree: ast.AST, function: str, lines: range) -> Iterator[Site]:
    in_function = function and not function.endswith(".")
    for name, value in ast.iter_fields(tree):
        if name in NOT_RUN or (name == "keywords" and isinstance(tree, ast.ClassDef)):
            continue  # decorators and keywords of a class say what kind of class it is
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_documentation(child) or _is_for_types(child):
                continue
            own = _statement_lines(child) if isinstance(child, ast.stmt) else lines
            yield Site(tree, name, index, function if in_function else "", own)
            inner = function
            if not in_function and isinstance(child, ast.ClassDef):
                inner = f"{function}{child.name}."
            elif not in_function and isinstance(child, FUNCTIONS):
                inner = f"{function}{child.name}"
                yield from _sites(child.args, function, own)  # defaults are worked out where the function is defined
                child = ast.Module(child.body, [])  # noqa: PLW2901
            yield from _sites(child, inner, own)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what could stand in the place of the node."""
    changed: ast.AST = copy.deepcopy(node)
    if isinstance(changed, ast.Compare) and len(changed.ops) == 1:
        changed.ops = [COMPARISONS[type(changed.ops[0])]()]
        yield changed
    elif isinstance(changed, ast.BoolOp):
        changed.op = ast.Or() if isinstance(changed.op, ast.And) else ast.And()
        yield changed
    elif isinstance(changed, ast.BinOp) and type(changed.op) in OPERATORS:
        changed.op = OPERATORS[type(changed.op)]()
        yield changed
    elif isinstance(changed, ast.UnaryOp) and isinstance(changed.op, ast.Not):
        yield changed.operand
    elif isinstance(changed, ast.If | ast.IfExp | ast.While):
        if not isinstance(changed.test, ast.Compare | ast.UnaryOp):  # these are changed themselves
            changed.test = ast.UnaryOp(ast.Not(), changed.test)
            yield changed
    elif isinstance(changed, ast.Constant):
        yield from _other_constants(changed.value)


def _other_constants(value: object) -> Iterator[ast.Constant]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, str) and value:
        yield ast.Constant(value + "~")


def _statement_lines(statement: ast.stmt) -> range:
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(last, statement.lineno) + 1)


def _is_documentation(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_for_types(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value) in {"Literal", "tuple"}
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _first_line(text: str) -> str:
    return text.splitlines()[0]
