"""What Karpenter launched, as recorded, against what is predicted."""

import pytest
from rehearsal import recording
from rehearsal.comparison import disagreements
from tests.rehearsal.known_disagreements import check_against_known

from cdk8s_eks_gpu.provisioning import REHEARSED_KARPENTER

KUBERNETES = "1.34"
RECORDED = sorted(path.relative_to(recording.FOLDER) for path in recording.FOLDER.glob("karpenter-*/*.jsonl"))
OFFERED = recording.unfold(next(recording.read(recording.FOLDER / "instance-types.json")))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: str(path.with_suffix("")))
def test_predictions_name_the_types_that_karpenter_launched(path):
    """For every recorded case the same types are predicted, or none where Karpenter launched none."""
    folder, suite = path.parent.name, path.stem
    release = folder.removeprefix("karpenter-")
    found = disagreements(recording.read_suite(folder, suite), OFFERED, release, KUBERNETES)
    assert found
    check_against_known(f"launches-{release}", suite, found)


def test_enough_cases_are_recorded():
    """At least 300 different cases have an answer, and in most of them something was launched."""
    outcomes = [outcome for path in RECORDED for _, outcome in recording.read_suite(path.parent.name, path.stem)]
    assert len(outcomes) >= 300
    assert sum(bool(outcome.types) for outcome in outcomes) > len(outcomes) / 2


def test_the_releases_that_answers_name_are_those_that_were_recorded():
    """`check` and `explain` name the releases of Karpenter whose launches are recorded here."""
    recorded = {path.parent.name.removeprefix("karpenter-") for path in RECORDED}
    assert {".".join(release.split(".")[:2]) for release in REHEARSED_KARPENTER} == recorded
