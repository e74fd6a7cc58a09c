"""Refusals of objects of Karpenter and of Kubernetes, each with the rule and the path."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from cdk8s_eks_gpu.preflight import Report, Severity, check

CASES = Path(__file__).parent / "cases"
GROUPS = ("manifest", "schema", "cel", "runtime", "core")
NEWEST = "1.14"


def put(data: dict[str, Any], path: str, value: object) -> None:
    """Set the value at a dotted path; an empty `value` of None removes it."""
    *parents, last = path.split(".")
    for parent in parents:
        data = data.setdefault(parent, {})
    if value is None:
        data.pop(last, None)
    else:
        data[last] = value


def cases() -> list[Any]:
    """Return every case: the object, the Karpenter version, and the rules and paths that are broken."""
    found = []
    for file in sorted(CASES.glob("*.yaml")):
        table = yaml.safe_load(file.read_text(encoding="utf-8"))
        for entry in table["entries"]:
            bad = [
                (case["value"], [f"{case['rule']} {place(entry['at'], case)}", *case.get("also", [])])
                for case in entry.get("bad", [])
            ]
            for value, wrong in [*((value, []) for value in entry.get("ok", [])), *bad]:
                manifest = deepcopy(table["base"] if "base" in table else table["bases"][entry["base"]])
                for path, other in entry.get("with", {}).items():
                    put(manifest, path, other)
                put(manifest, entry["at"], value)
                version = entry.get("karpenter", NEWEST)
                name = f"{entry.get('base', file.stem)} {version} {entry['at']} {value!r}"[:120]
                found.append(pytest.param(manifest, version, wrong, id=name))
    return found


def place(at: str, case: dict[str, Any]) -> str:
    """Return the path at which a case is reported."""
    under = case.get("under", "")
    dot = "" if not under or under[0] in "[." else "."
    return case.get("path", f"{at}{dot}{under}")


def checked(manifest: dict[str, Any], version: str = NEWEST) -> Report:
    """Return the report on one object."""
    return check({"object.json": json.dumps(manifest)}, karpenter=version, only=GROUPS)


@pytest.mark.parametrize(("manifest", "version", "wrong"), cases())
def test_a_refusal_names_the_rule_and_the_path(manifest, version, wrong):
    """An object is accepted, or refused by exactly the rules and at exactly the paths that the table says."""
    errors = [finding for finding in checked(manifest, version).findings if finding.severity is Severity.ERROR]
    assert sorted(f"{finding.rule.id} {finding.path}" for finding in errors) == sorted(wrong)
