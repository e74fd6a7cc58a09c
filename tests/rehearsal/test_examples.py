"""The real API server took every object of the examples, and of what is handed to Argo CD and Flux: recorded."""

import pytest
from rehearsal import drift, examples, recording

RECORDED = {line["of"]: line for line in recording.read(examples.RECORDED)}
MANIFESTS = {folder: [*drift.read(folder)] for folder in examples.folders()} | examples.files()


@pytest.mark.parametrize("place", [str(place.relative_to(examples.EXAMPLES)) for place in MANIFESTS])
def test_the_objects_of_an_example_were_taken(place):
    """What lies in the folder or file today is what the API server was asked about, with strict validation."""
    line = RECORDED[place]
    assert "refused" not in line
    assert line["taken"] == sorted(drift.name(manifest) for manifest in MANIFESTS[examples.EXAMPLES / place])


def test_every_kind_of_delivery_was_taken():
    """Applications, ApplicationSets, the project, and Flux's source and Kustomization, with the rules of their CRDs."""
    taken = {name.partition("/")[0] for line in RECORDED.values() for name in line["taken"]}
    assert {key.split()[1] for key in examples.kinds()} <= taken
