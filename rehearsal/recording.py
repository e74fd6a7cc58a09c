"""Recorded answers: one JSON document a line, sorted and short, so that a diff shows what changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rehearsal.cases.case import Case
from rehearsal.launches import Outcome
from rehearsal.mutants import Mutant, by_name
from rehearsal.versions import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rehearsal.api import Manifest
    from rehearsal.cases.suites import Suite

FOLDER = ROOT / "tests" / "rehearsal" / "recorded"
KNOWN = ROOT / "tests" / "rehearsal" / "known"
"""The lists of predictions that are known to differ."""


def write(path: Path, lines: Iterable[Any]) -> None:
    """Write documents, one a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


def read(path: Path) -> Iterator[Any]:
    """Yield the documents of a file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def write_cases(suite: Suite) -> None:
    """Write what a suite asks; it is the same for every release."""
    write(FOLDER / "cases" / f"{suite.name}.jsonl", (asdict(case) for case in suite.cases))


def write_outcomes(release: str, suite: str, played: Iterable[tuple[Case, Outcome]]) -> None:
    """Write what a release of Karpenter did with a suite."""
    lines = []
    for case, outcome in played:
        said = {key: value for key, value in asdict(outcome).items() if value}
        lines.append({"name": case.name, **said, **({"types": fold(outcome.types)} if outcome.types else {})})
    write(FOLDER / release / f"{suite}.jsonl", lines)


def read_suite(release: str, suite: str) -> Iterator[tuple[Case, Outcome]]:
    """Yield the cases of a suite and what the release did with each."""
    outcomes = {line.pop("name"): line for line in read(FOLDER / release / f"{suite}.jsonl")}
    for line in read(FOLDER / "cases" / f"{suite}.jsonl"):
        said = outcomes[line["name"]]
        types = sorted(unfold(said.pop("types", {})))
        yield Case(line["name"], line["about"], tuple(line["manifests"])), Outcome(types=types, **said)


def write_mutants(name: str, bases: dict[str, Manifest], lines: Iterable[Any]) -> None:
    """Write mutants with the verdicts on them, and what they were made from."""
    write(FOLDER / "admission" / f"{name}.bases.jsonl", bases.values())
    write(FOLDER / "admission" / f"{name}.jsonl", lines)


def read_mutants(name: str) -> Iterator[tuple[Mutant, Manifest, list[Any]]]:
    """Yield each mutant, its manifest and the verdicts on it."""
    bases = by_name([*read(FOLDER / "admission" / f"{name}.bases.jsonl")])
    for line, *verdicts in read(FOLDER / "admission" / f"{name}.jsonl"):
        mutant = Mutant.of(line)
        yield mutant, mutant.manifest(bases), verdicts


def read_known(name: str, group: str) -> set[str]:
    """Return what is listed for a group in a list of known differences: lines of `group`, a tab and what differs."""
    path = KNOWN / f"{name}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = [line.split("\t", 1) for line in lines if line and not line.startswith("#")]
    return {what for of, what in pairs if of == group}


def fold(types: Iterable[str]) -> dict[str, str]:
    """Return instance types by family, with the sizes of each: a third of the length of their names."""
    families: dict[str, list[str]] = {}
    for name in sorted(types):
        family, _, size = name.partition(".")
        families.setdefault(family, []).append(size)
    return {family: " ".join(sizes) for family, sizes in families.items()}


def unfold(families: dict[str, str]) -> set[str]:
    """Return the names of the instance types that were folded."""
    return {f"{family}.{size}" for family, sizes in families.items() for size in sizes.split()}
