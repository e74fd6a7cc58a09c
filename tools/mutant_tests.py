"""Tests of mutants, each in a forked process that has imported and collected before: it costs milliseconds."""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import resource
import sys
import time
import traceback
from collections import Counter
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import pytest
from coverage import Coverage
from hypothesis import Phase, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mutations import Mutant

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests/pure"
DAY = 24 * 3600
SLOWER = 3
"""How many times longer than the original a mutant may take; past that, it has made something endless."""


def passes(run: Callable[[], bool], *, longest: int = DAY) -> bool:
    """Return whether a function says yes in a process of its own, and in time."""
    if process := os.fork():
        return os.waitpid(process, 0)[1] == 0
    code = 1
    try:
        used = int(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (used + longest, used + longest))
        code = 0 if run() else 1
    except Exception:  # noqa: BLE001 -- whatever it is, the other process goes on
        traceback.print_exc()
    finally:
        os._exit(code)


def silence() -> None:
    """Print nothing from here on."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


class Covering:
    """Which tests run which lines.

    Attributes:
        imported: The lines that run before any test, by file.
        tests: The tests that run a line, by file and line.
        seconds: How long each test takes.
        libraries: The modules of others that are imported.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        """Watch files."""
        self._files = {str(file) for file in files}
        self._coverage = Coverage(data_file=None, config_file=False, include=sorted(self._files))
        self.imported: dict[str, set[int]] = {}
        self.tests: dict[str, dict[int, list[str]]] = {}
        self.seconds: dict[str, float] = {}
        self.libraries: list[str] = []

    def start(self) -> None:
        """Begin to watch, before anything of the files is imported."""
        self._coverage.start()

    def watch(self, test: str, run: Callable[[], object]) -> None:
        """Run a test, which finds nothing that tests before it have computed."""
        for module in [each for each in sys.modules.values() if getattr(each, "__file__", None) in self._files]:
            for name, value in vars(module).items():
                if name == "_TYPES":  # provisioning/cluster.py keeps types for the next cluster
                    value.clear()
                elif hasattr(value, "cache_clear"):
                    value.cache_clear()
        self._coverage.switch_context(test)
        began = time.process_time()
        run()
        self.seconds[test] = time.process_time() - began

    def stop(self) -> None:
        """Gather what was seen."""
        self._coverage.stop()
        libraries = str(Path(pytest.__file__).parent.parent)
        self.libraries = [
            name
            for name, module in sys.modules.items()
            if (getattr(module, "__file__", None) or "").startswith(libraries)
        ]
        for file in self._files:
            lines = self._coverage.get_data().contexts_by_lineno(file)
            self.imported[file] = {line for line, tests in lines.items() if "" in tests}
            self.tests[file] = {line: [test for test in tests if test] for line, tests in lines.items()}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what watches: a forked process hands over what it saw."""
        return {**vars(self), "_coverage": None}

    def of(self, file: Path, lines: Iterable[int]) -> list[str]:
        """Return the tests that run some of the lines, as `ordered`."""
        return self.ordered(file, {test for line in lines for test in self.tests[str(file)].get(line, ())})

    def ordered(self, file: Path, tests: Iterable[str]) -> list[str]:
        """Return tests in the order in which they probably notice a change: the module's own and quick ones first."""
        own, room = f"/{file.parent.name}/test_{file.stem}.py", f"/{file.parent.name}/"
        return sorted(tests, key=lambda test: (own not in test, room not in test, self.seconds[test], test))

    def nearest(self, file: Path) -> list[str]:
        """Return the tests, in the same order, of the test file that is named as the module, or runs most of it."""
        ran = Counter(
            name for tests in self.tests[str(file)].values() for name in {test.partition("::")[0] for test in tests}
        )
        nearest = max(ran, key=lambda name: (name.endswith(f"/test_{file.stem}.py"), ran[name]), default="")
        return self.ordered(file, [test for test in self.seconds if test.startswith(f"{nearest}::")])

    def longest(self, tests: Iterable[str]) -> int:
        """Return how many seconds of the processor's time these tests may take of a mutant."""
        return 5 + round(SLOWER * sum(self.seconds[test] for test in tests))

    def import_libraries(self) -> None:
        """Import what is of others, so that processes that are forked from here on need not."""
        for name in self.libraries:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)


class Collected:
    """A plugin of pytest that hands the collected tests over instead of running them."""

    def __init__(self, use: Callable[[dict[str, pytest.Item]], None]) -> None:
        """Take what to do with the tests."""
        self._use = use
        self.failed = False

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Have hypothesis neither shrink nor remember what fails."""
        phases = [Phase.explicit, Phase.generate]
        quick = settings(deadline=None, database=None, derandomize=True, phases=phases, max_examples=25)
        settings.register_profile("mutants", quick)
        settings.load_profile("mutants")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hand the tests over."""
        self._use({item.nodeid: item for item in session.items})
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what fails."""
        self.failed = self.failed or report.failed

    def run(self, test: pytest.Item, following: pytest.Item | None = None) -> bool:
        """Return whether a test passes."""
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
        return not self.failed

    def run_all(self, tests: Iterable[pytest.Item]) -> bool:
        """Return whether all tests pass; the first that fails ends it."""
        return all(self.run(test) for test in tests)


def collect(use: Callable[[Collected, dict[str, pytest.Item]], None], tests: Iterable[str]) -> bool:
    """Collect tests and use them; return whether all could be collected."""
    plugin = Collected(lambda items: use(plugin, items))
    options = ["-p", "no:terminal", "-p", "no:cacheprovider", "--override-ini", "addopts=--import-mode=importlib"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of hypothesis
    return pytest.main([*options, *tests], plugins=[plugin]) in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}


def covering(files: list[Path], result: Path, tests: Iterable[str]) -> bool:
    """Write which tests run which lines of files; return whether the tests pass."""
    seen = Covering(files)
    seen.start()

    def watch(plugin: Collected, items: dict[str, pytest.Item]) -> None:
        for name, item in items.items():
            seen.watch(name, lambda item=item: plugin.run(item))  # type: ignore[misc]
        seen.stop()
        result.write_bytes(pickle.dumps(seen))
        passed.append(not plugin.failed)

    passed: list[bool] = []
    return collect(watch, tests) and all(passed)


def replace(module: str, mutant: Mutant) -> None:
    """Give a function of an imported module the code of a mutant."""
    code = compile(mutant.source, sys.modules[module].__file__ or module, "exec")
    found: Any = sys.modules[module]
    for name in mutant.function.split("."):
        code = next(each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == name)
        found = vars(found)[name]
    for wrapped in ("fget", "func", "__func__", "__wrapped__"):  # a property, a cached one, a class method, a cache
        found = getattr(found, wrapped, found)
    found.__code__ = code


def import_instead(module: str, mutant: Mutant) -> None:
    """Have a module be imported as its mutant."""
    original = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        return compile(mutant.source, loader.get_filename(name), "exec") if name == module else original(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]
