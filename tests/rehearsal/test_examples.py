"""The real API server took every object of the examples, and of what is handed to Argo CD and Flux: recorded."""

import pytest
from rehearsal import drift, examples, recording

RECORDED = {line["of"]: line for line in recording.read(examples.RECORDED)}
FOLDERS = [str(folder.relative_to(examples.EXAMPLES)) for folder in examples.folders()]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_objects_of_an_example_were_taken(folder):
    """What lies in the folder today is what the API server was asked about, with strict validation."""
    line = RECORDED[folder]
    assert "refused" not in line
    assert line["taken"] == sorted(drift.name(manifest) for manifest in drift.read(examples.EXAMPLES / folder))


def test_what_is_handed_over_was_taken():
    """Applications, ApplicationSets, the project, and Flux's source and Kustomization, with the rules of their CRDs."""
    handed = {of: line for of, line in RECORDED.items() if of.endswith(".yaml")}
    assert {name.partition("/")[0] for line in handed.values() for name in line["taken"]} == {
        key.split()[1] for key in examples.kinds()
    }
    assert not any("refused" in line for line in handed.values())
