"""Mutate modules of requirements/ and provisioning/ and run their tests: `python tools/mutants.py [FILE]...`.

Each mutant changes one thing of a copy of lib/: a comparison, `and` and `or`, a condition, an operator, a constant. It
is killed when a test of the module fails, or else one of its room. Those that survive are printed with their line, and
the exit code is 1. What EQUIVALENT lists cannot be killed, for the reason that it gives.
"""

from __future__ import annotations

import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "lib/cdk8s_eks_gpu"
ROOMS = ("requirements", "provisioning")
LONGEST = 300
"""Seconds for the tests of one mutant: an endless loop is noticed too."""

EQUIVALENT: dict[tuple[str, str], str] = {}
"""By module and mutated line, why no test can tell it from the original."""

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
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


def changes(node: ast.AST) -> Iterator[ast.AST]:
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
        changed.test = ast.UnaryOp(ast.Not(), changed.test)
        yield changed
    elif isinstance(changed, ast.Constant):
        if isinstance(changed.value, bool):
            yield ast.Constant(not changed.value)
        elif isinstance(changed.value, int):
            yield ast.Constant(changed.value + 1)
        elif isinstance(changed.value, str) and changed.value:
            yield ast.Constant(changed.value + "~")


def sites(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Yield parent, field and index of each node that may be mutated: no documentation, types or imports."""
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            is_types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
            if isinstance(child, ast.AST) and not is_text and not is_types:
                yield tree, name, index
                yield from sites(child)


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, mutated statement and source of each mutant."""
    tree = ast.parse(source)
    for parent, field, index in list(sites(tree)):
        held = getattr(parent, field)
        node = held if index is None else held[index]
        for changed in changes(node):
            put(parent, field, index, ast.copy_location(changed, node))
            yield node.lineno, ast.unparse(changed).splitlines()[0], ast.unparse(ast.fix_missing_locations(tree))
            put(parent, field, index, node)


def put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    """Put a node into its place."""
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def survives(lib: Path, tests: list[Path]) -> bool:
    """Return whether all tests pass with a copy of lib/."""
    paths = os.pathsep.join(map(str, (lib, ROOT / "imports")))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    for test in tests:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(test)]
        try:
            subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=LONGEST)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return False
    return True


def main(*names: str) -> None:
    """Print the survivors of the files, or of all modules."""
    every = [each for room in ROOMS for each in (PACKAGE / room).glob("*.py")]
    files = [Path(name).resolve() for name in names] or every
    survivors = total = 0
    with tempfile.TemporaryDirectory() as folder:
        lib = Path(folder, "lib")
        shutil.copytree(ROOT / "lib", lib, ignore=shutil.ignore_patterns("__pycache__"))
        for file in sorted(files):
            module = file.relative_to(ROOT / "lib")
            own = ROOT / "tests/pure" / file.parent.name / f"test_{file.name}"
            tests = [each for each in (own, own.parent) if each.exists()]
            source = file.read_text("utf-8")
            for line, changed, text in mutants(source):
                total += 1
                (lib / module).write_text(text, encoding="utf-8")
                if (str(module), changed) not in EQUIVALENT and survives(lib, tests):
                    survivors += 1
                    sys.stdout.write(f"{module}:{line}: {changed}\n")
                    sys.stdout.flush()
            (lib / module).write_text(source, encoding="utf-8")
    sys.stdout.write(f"{total} mutants, {survivors} survive\n")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
