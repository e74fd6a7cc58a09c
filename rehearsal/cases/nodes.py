"""Which nodes the kube-scheduler is asked about: those of dist/ with its smoke tests, and of cases of the launches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal import admission, recording
from rehearsal.nodes import Nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.api import Manifest

DIST = "dist"


def scheduling_questions() -> Iterator[tuple[str, list[Manifest], tuple[str, str]]]:
    """Yield the name of a case, its manifests, and a pool with an instance type of it.

    Of dist/ every node that differs; of each case of the launches one, so that nodes that host the pod and nodes that
    do not take turns.
    """
    manifests = scheduling_cases()
    for name, case in manifests.items():
        candidates = list(Nodes(case).candidates())
        if name == DIST:
            yield from ((name, case, candidate) for candidate in candidates)
        elif candidates:
            yield name, case, candidates[sum(map(ord, name)) % len(candidates)]


def scheduling_cases() -> dict[str, list[Manifest]]:
    """Return the manifests of dist/ and of each case of the launches that was written by hand, by name."""
    cases = {DIST: admission.bases_of_dist()}
    for path in sorted((recording.FOLDER / "cases").glob("*.jsonl")):
        if path.name.startswith("generated-"):
            continue
        for line in recording.read(path):
            if any(manifest["kind"] == "Pod" for manifest in line["manifests"]):
                cases[line["name"]] = line["manifests"]
    return cases
