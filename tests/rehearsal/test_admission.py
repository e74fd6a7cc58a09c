"""What the API server admitted, as recorded, against the preflight's verdicts."""

import json

import pytest
from rehearsal import predictions, recording
from rehearsal.comparison import admission_disagreement
from rehearsal.versions import KARPENTER, minor
from tests.rehearsal.known_disagreements import check_against_known

NOT_SERVED = 404
RELEASES = predictions.karpenter_releases()


@pytest.mark.parametrize("corpus", ["dist", "workloads"])
def test_the_preflight_judges_as_the_server_does(corpus):
    """Of every recorded mutant, what the server refuses is an error, and what it accepts is none of its kind."""
    found = {}
    for mutant, manifest, (verdict,) in recording.read_mutants(corpus):
        found[json.dumps(mutant.line())] = admission_disagreement(manifest, verdict, minor(KARPENTER))
    assert len(found) >= 2500
    check_against_known("admission", corpus, found)


def test_the_preflight_judges_as_the_crds_of_each_release_do():
    """Every recorded mutant of Karpenter's kinds is judged as by the CRDs of the newest release and of another one."""
    found = {}
    for position, (mutant, manifest, verdicts) in enumerate(recording.read_mutants("karpenter")):
        since = {known: verdict for known, verdict in verdicts if known in RELEASES}
        for release in {RELEASES[position % len(RELEASES)], minor(KARPENTER)}:
            earlier = [known for known in since if RELEASES.index(known) <= RELEASES.index(release)]
            if earlier:
                difference = admission_disagreement(manifest, since[earlier[-1]], release)
                found[f"{release} {json.dumps(mutant.line())}"] = difference
    assert len(found) >= 2500
    check_against_known("admission", "karpenter", found)
