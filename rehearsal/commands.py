"""The parts of the rehearsal: each asks the real ones, holds the predictions against them, and records when told to."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal import (
    admission,
    applying,
    argocd,
    between_nodes,
    drift,
    examples,
    recording,
    scheduling,
    verifying,
)
from rehearsal.cases.nodes import scheduling_questions
from rehearsal.cases.suites import suites
from rehearsal.comparison import admission_disagreement, disagreements, placement_disagreements
from rehearsal.launches import play
from rehearsal.mutants import by_name, mutants
from rehearsal.stage import bare, whole
from rehearsal.versions import KARPENTER, KUBERNETES, minor

if TYPE_CHECKING:
    from collections.abc import Collection

    from rehearsal.api import Api

MUTANTS_OF_KARPENTER = 1500
MUTANTS_OF_DIST = 2500
MUTANTS_OF_WORKLOADS = 2500


def launches(version: str, chosen: Collection[str], *, record: bool) -> int:
    """Play the suites of launches, and return how many predictions differ that are not known to."""
    new = 0
    with whole(version) as (karpenter, aws):
        offered = set(aws.ec2.types)
        if record:
            recording.write(recording.FOLDER / "instance-types.json", [recording.fold(offered)])
        for suite in suites(aws.ec2.types):
            if chosen and suite.name not in chosen:
                continue
            begun = time.monotonic()
            karpenter.clean()
            karpenter.start(suite.gates)
            played = [*play(karpenter.api, aws.ec2, suite.cases)]
            known = recording.read_known(f"launches-{minor(version)}", suite.name)
            for name, difference in disagreements(played, offered, minor(version), minor(KUBERNETES)).items():
                if difference:
                    new += _is_new(name, difference, known)
            karpenter.processes.check()
            karpenter.stop()
            if record:
                recording.write_cases(suite)
                recording.write_outcomes(f"karpenter-{minor(version)}", suite.name, played)
            launched = sum(bool(outcome.types) for _, outcome in played)
            _report(suite.name, begun, f"{len(played)} cases, {launched} launched")
        for gap in aws.gaps:
            print(f"AWS had no answer to {gap}")
    return new


def applications(crds: Path | None, *, record: bool) -> int:
    """Apply dist/ and the app's manifests, each twice, create the smoke tests, and ask about the other examples.

    Returns:
        How many objects of the examples are refused.
    """
    begun = time.monotonic()
    with bare(scheduling=True) as api, tempfile.TemporaryDirectory(prefix="rehearsal-") as example:
        admission.install(api, KARPENTER, crds)
        lines = [*examples.answers(api)]  # first: what is there already must not get in their way
        try:
            applied = applying.apply(api, applying.DIST)
            created = applying.create(api, applying.SMOKE_TESTS)
            applying.synthesize_example(Path(example))
            of_example = applying.apply(api, Path(example))
        except ValueError as error:
            sys.exit(str(error))
    _report("apply", begun, f"{applied} objects of dist/ and {of_example} of the example twice, {created} smoke tests")
    if record:
        recording.write(examples.RECORDED, lines)
    refused = {f"{line['of']}: {name}": why for line in lines for name, why in line.get("refused", {}).items()}
    return sum(_is_new(what, why, ()) for what, why in refused.items())


def drifts(version: str, *, record: bool) -> int:
    """Apply dist/, and the same stack as Argo CD is to find it, and see that nobody who delivers it sees a difference.

    Returns:
        In how many objects somebody does.
    """
    lines: dict[str, list[str]] = {}
    new = 0
    for delivery in applying.DELIVERIES:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, whole(version) as (karpenter, _):
            applying.synthesize_delivery(Path(folder), delivery)
            karpenter.start()
            try:
                found = drift.drifts(karpenter.api, Path(folder), hashed=True)
            except ValueError as error:
                sys.exit(str(error))
        new += drift.report(delivery, found)
        for each in found:
            lines.setdefault(json.dumps(each.line()), []).append(delivery)
        _report("drift", begun, f"{len(found)} objects, {delivery}")
    if record:
        recording.write(drift.RECORDED, ({**json.loads(line), "deliveries": of} for line, of in lines.items()))
    return new


def argocd_syncs(version: str, *, record: bool) -> None:
    """Let Argo CD's own code read dist/, synchronise it in waves, and compare."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, whole(version) as (karpenter, _):
        applying.synthesize_delivery(Path(folder), "postSync")
        dist = Path(folder, "dist")
        lines = [*argocd.read(dist)]
        karpenter.start()
        manifests = [each for file in sorted(dist.glob("*.yaml")) for each in drift.read_file(file)]
        pool = next(manifest for manifest in manifests if manifest["kind"] == "NodePool")
        api = karpenter.api
        try:
            lines.append(argocd.synchronize(api, manifests, "Succeeded", seconds=180))
            lines += [{"changed": False, **line} for line in argocd.differences(api, manifests)]
            argocd.change(api, pool)
            lines += [{"changed": True, **line} for line in argocd.differences(api, manifests)]
            lines.append(argocd.synchronize(api, manifests, "Failed", seconds=180))
            lines.append(argocd.synchronize(api, manifests, "Running", seconds=40))
        except ValueError as error:
            sys.exit(str(error))
    if record:
        recording.write(argocd.RECORDED, lines)
    _report("argocd", begun, f"{len(manifests)} objects")


def verifications(version: str, *, record: bool) -> int:
    """Have `verify` look at a cluster that is broken in one way after the other; for the rest as `launches`."""
    begun = time.monotonic()
    ways, wrong = verifying.rehearse(version, record=record)
    _report("verify", begun, f"broken in {ways} ways, {wrong} of them not found")
    return wrong


def placements(*, record: bool) -> int:
    """Let the kube-scheduler place workloads on nodes as we predict them; for the rest as `launches`."""
    begun = time.monotonic()
    lines, answered, new = [], 0, 0
    known = recording.read_known("scheduling", "nodes")
    with bare(scheduling=True) as api:
        for name, manifests, question in scheduling_questions():
            scheduling.furnish(api, manifests)
            answers = scheduling.ask(api, question, manifests)
            if answers is None:
                print(f"  left out: {name}, of which the server refuses a part", flush=True)
                continue
            start, end = answers
            answered += len(start) + len(end)
            node = {"pool": question.pool, "type": question.instance_type}
            lines.append({"case": name, **node, "start": start, "end": end})
            if differences := [*placement_disagreements(question, start, end)]:
                place = f"{name} {question.pool} {question.instance_type}"
                new += _is_new(place, "; ".join(differences), known)
    _report("scheduling", begun, f"{len(lines)} nodes, {answered} answers")
    if record:
        recording.write(recording.FOLDER / "scheduling.jsonl", lines)
    return new


def tests_between_nodes() -> None:
    """Create the tests of whole nodes, and see that their Pods find each other's names, in one zone."""
    begun = time.monotonic()
    with bare(scheduling=True) as api:
        try:
            pods = between_nodes.run(api)
        except ValueError as error:
            sys.exit(str(error))
    _report("between-nodes", begun, f"{pods} pods")


def admissions(crds: Path | None, *, record: bool) -> int:
    """Create the mutants, those of Karpenter's kinds with the CRDs of each release; for the rest as `launches`."""
    of_dist, of_workloads = by_name(admission.bases_of_dist()), by_name(admission.bases_of_workloads())
    with bare() as api:
        admission.furnish(api)
        new = _of_karpenter(api, crds, record=record)
        admission.install(api, KARPENTER, crds)
        new += _of_workloads(api, "dist", of_dist, MUTANTS_OF_DIST, record=record)
        return new + _of_workloads(api, "workloads", of_workloads, MUTANTS_OF_WORKLOADS, record=record)


def _of_karpenter(api: Api, crds: Path | None, *, record: bool) -> int:
    bases = by_name(admission.bases_of_karpenter())
    result = mutants(bases, seed=1, count=MUTANTS_OF_KARPENTER)
    verdicts: list[list[Any]] = [[] for _ in result]
    differing = {line.partition(" ")[2] for line in recording.read_known("admission", "karpenter")}  # of any release
    new = 0
    for release in admission.RELEASES:
        begun = time.monotonic()
        try:
            kinds = admission.install(api, release, crds)
        except LookupError as error:
            print(f"left out: {error}", flush=True)
            continue
        known = [position for position, each in enumerate(result) if each.base.partition("/")[0] in kinds]
        answers = admission.admitted(api, [result[position] for position in known], bases)
        for position, answer in zip(known, answers, strict=True):
            found = admission.verdict(answer)
            if not verdicts[position] or verdicts[position][-1][1] != found:
                verdicts[position].append([minor(release), found])
            if difference := admission_disagreement(result[position].manifest(bases), found, minor(release)):
                new += _is_new(json.dumps(result[position].line()), difference, differing)
        _report(f"Karpenter {release}", begun, f"{len(known)} mutants")
    if record:
        recording.write_mutants(
            "karpenter", bases, ([each.line(), *said] for each, said in zip(result, verdicts, strict=True))
        )
    return new


def _of_workloads(api: Api, name: str, bases: dict[str, Any], count: int, *, record: bool) -> int:
    begun = time.monotonic()
    accepted = {key: base for key, base in bases.items() if api.create(base, dry_run=True).accepted}
    for key in bases.keys() - accepted.keys():
        print(f"  left out: {key}, which is refused as it stands", flush=True)
    result = mutants(accepted, seed=2, count=count)
    verdicts = [admission.verdict(answer) for answer in admission.admitted(api, result, accepted)]
    known, new = recording.read_known("admission", name), 0
    for each, said in zip(result, verdicts, strict=True):
        if difference := admission_disagreement(each.manifest(accepted), said, minor(KARPENTER)):
            new += _is_new(json.dumps(each.line()), difference, known)
    _report(name, begun, f"{count} mutants")
    if record:
        recording.write_mutants(
            name, accepted, ([each.line(), said] for each, said in zip(result, verdicts, strict=True))
        )
    return new


def _is_new(what: str, difference: str, known: Collection[str]) -> bool:
    """Print a difference, and return whether it is one that is not known."""
    print(f"  {'known: ' if what in known else ''}{what}: {difference}", flush=True)
    return what not in known


def _report(name: str, begun: float, what: str) -> None:
    print(f"{name}: {what}, {time.monotonic() - begun:.0f} s", flush=True)
