"""Which nodes the kube-scheduler is asked about: those of dist/ with its smoke tests, and of cases of the launches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal import admission, recording
from rehearsal.nodes import nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.api import Manifest
    from rehearsal.nodes import Question

DIST = "dist"


def scheduling_questions() -> Iterator[tuple[str, list[Manifest], Question]]:
    """Yield the name of a case, its manifests, and what is asked.

    Of dist/ every node that differs; of each case of the launches one, so that nodes that host the pod and nodes that
    do not take turns.
    """
    for cases in scheduling_cases():
        for name, nodes in nodes_of(cases).items():
            candidates = list(nodes.candidates())
            chosen = candidates if name == DIST else candidates[sum(map(ord, name)) % max(1, len(candidates)) :][:1]
            yield from ((name, cases[name], nodes.question(*candidate)) for candidate in chosen)


def scheduling_cases() -> Iterator[dict[str, list[Manifest]]]:
    """Yield the manifests of dist/, then of the cases of each suite that was written by hand, by name."""
    yield {DIST: admission.bases_of_dist()}
    for path in sorted((recording.FOLDER / "cases").glob("*.jsonl")):
        if not path.name.startswith("generated-"):
            lines = [*recording.read(path)]
            with_pod = (line for line in lines if any(each["kind"] == "Pod" for each in line["manifests"]))
            yield {line["name"]: line["manifests"] for line in with_pod}
