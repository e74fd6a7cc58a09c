"""Mutate modules of requirements/ and provisioning/ and run their tests: `python tools/mutants.py [FILE]...`.

Each mutant changes one thing of a module: a comparison, `and` and `or`, a condition, an operator, a constant. It is
killed when a test of the two rooms fails. Those that survive are printed with their line, and the exit code is 1. What
EQUIVALENT lists cannot be killed, for the reason that it gives.

The tests run once, to see which of them run which line. Then each mutant has a process that is forked where the tests
are collected; one of code that runs at import has a process that imports and collects for itself. Before the mutants of
a module, the module itself has to survive.
"""

from __future__ import annotations

import argparse
import os
import pickle
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from equivalent_mutants import EQUIVALENT
from mutant_tests import ROOT, TESTS, Covering, collect, covering, import_instead, passes, replace, silence
from mutations import Mutant, mutants

if TYPE_CHECKING:
    import pytest
    from mutant_tests import Collected

LIBRARY = ROOT / "lib"
ROOMS = ("requirements", "provisioning")


class Module:
    """A module, its mutants and the tests that run it.

    Attributes:
        name: Its name as imports write it.
        source: What it is.
        mutants: The mutants that a test could tell from it.
    """

    def __init__(self, file: Path) -> None:
        """Read a module."""
        self.file = file
        parts = file.relative_to(LIBRARY).with_suffix("").parts
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self.source = file.read_text("utf-8")
        found = {mutant: (self.name, mutant.function, mutant.change) for mutant in mutants(self.source)}
        gone = {key for key in EQUIVALENT if key[0] == self.name} - {*found.values()}
        if gone:
            sys.exit(f"EQUIVALENT lists what is no mutant: {sorted(gone)}")
        self.mutants = [mutant for mutant, key in found.items() if key not in EQUIVALENT]

    def at_import(self, seen: Covering) -> list[Mutant]:
        """Return the mutants of what runs before the tests do: they need an import of their own."""
        imported = seen.imported[str(self.file)]
        return [each for each in self.mutants if not each.function or not imported.isdisjoint(each.lines)]

    def in_functions(self, seen: Covering) -> list[Mutant]:
        """Return the other mutants."""
        at_import = self.at_import(seen)
        return [each for each in self.mutants if each not in at_import]

    def report(self, mutant: Mutant) -> None:
        """Print a survivor."""
        place = f"{self.file.relative_to(ROOT)}:{mutant.line}: {mutant.function or 'module'}"
        sys.stdout.write(f"{place}: {mutant.change}\n")
        sys.stdout.flush()


def try_functions(modules: list[Module], seen: Covering, result: Path, tests: list[str]) -> bool:
    """Write how many mutants inside of functions survive; return whether the tests can be collected."""

    def use(plugin: Collected, items: dict[str, pytest.Item]) -> None:
        def survives(module: Module, mutant: Mutant) -> bool:
            found = seen.of(module.file, mutant.lines)

            def run() -> bool:
                silence()
                replace(module.name, mutant)
                return plugin.run_all(items[test] for test in found)

            return passes(run, longest=seen.longest(found))

        survivors = 0
        for module in modules:
            found = module.in_functions(seen)
            if found and not survives(module, unchanged(module, found[0])):
                sys.exit(f"{module.name} does not survive as it is")
            for mutant in found:
                if survives(module, mutant):
                    survivors += 1
                    module.report(mutant)
            sys.stderr.write(f"{module.name}: {len(found)} mutants in functions\n")
        result.write_bytes(pickle.dumps(survivors))

    return passes(lambda: collect(use, tests))


def survives_import(module: Module, mutant: Mutant, tests: list[str], seen: Covering) -> bool:
    """Return whether all tests pass when the module is imported as a mutant."""

    def run() -> bool:
        def use(plugin: Collected, items: dict[str, pytest.Item]) -> None:
            # Here it ends: what pytest does at the end of a session takes longer than most of these tests.
            os._exit(0 if items.keys() >= {*tests} and plugin.run_all(items[test] for test in tests) else 1)

        silence()
        import_instead(module.name, mutant)
        return collect(use, sorted({test.partition("::")[0] for test in tests}))

    return passes(run, longest=seen.longest(tests))


def try_imports(module: Module, seen: Covering) -> int:
    """Return how many mutants of what runs at import survive: any test may notice them, the nearest first."""
    found, tests = module.at_import(seen), (seen.nearest(module.file), seen.ordered(module.file, seen.seconds))

    def survives(mutant: Mutant) -> bool:
        return all(survives_import(module, mutant, some, seen) for some in tests if some)

    survivors = 0
    for mutant in found:
        if survives(mutant):
            survivors += 1
            module.report(mutant)
    sys.stderr.write(f"{module.name}: {len(found)} mutants of what runs at import\n")
    return survivors


def unchanged(module: Module, mutant: Mutant) -> Mutant:
    """Return the module itself as a mutant at the same place."""
    return Mutant(mutant.function, mutant.lines, mutant.line, "", module.source)


def main() -> None:
    """Print the survivors of the files, or of all modules."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("files", nargs="*", type=Path, help="modules; all of both rooms where there are none")
    arguments.add_argument(
        "--tests", action="append", help="what pytest collects; both rooms' tests where there is none"
    )
    chosen = arguments.parse_args()
    every = sorted(file for room in ROOMS for file in (LIBRARY / "cdk8s_eks_gpu" / room).glob("*.py"))
    modules = [Module(file.resolve()) for file in chosen.files or every]
    tests = chosen.tests or [str(TESTS / room) for room in ROOMS]
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result")
        os.environ["PYTEST_ADDOPTS"] = f"--basetemp={folder}/tests"  # else each process leaves a folder behind
        if not passes(lambda: covering([module.file for module in modules], result, tests)):
            sys.exit("the tests fail as they are, or cannot be collected")
        seen: Covering = pickle.loads(result.read_bytes())  # noqa: S301 -- the process before has written it
        if not try_functions(modules, seen, result, tests):
            sys.exit("the tests cannot be collected again")
        survivors: int = pickle.loads(result.read_bytes())  # noqa: S301 -- as above
        seen.import_libraries()
        first = modules[0]
        if not survives_import(first, unchanged(first, first.mutants[0]), list(seen.seconds), seen):
            sys.exit(f"{first.name} does not survive an import as it is")
        survivors += sum(try_imports(module, seen) for module in modules)
    total = sum(len(module.mutants) for module in modules)
    sys.stdout.write(f"{total} mutants, {survivors} survive\n")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
