"""The marker `.eks-gpu` of an output directory."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk8s_eks_gpu.errors import MarkerError
from cdk8s_eks_gpu.marker import NAME, Marker, parse_marker, read_marker

MARKER = Marker("train", "1.15", "1.36", ("nodepools.k8s.yaml", "smoke-tests/gpu.k8s.yaml"))
VALID = json.loads(MARKER.text)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def test_what_was_written_is_read(tmp_path):
    """A marker is read as it was written."""
    (tmp_path / NAME).write_text(MARKER.text)
    assert read_marker(tmp_path) == MARKER


def test_a_directory_without_a_marker_has_none(tmp_path):
    """No marker, and no directory, is no error."""
    assert read_marker(tmp_path) is None
    assert read_marker(tmp_path / "nowhere") is None


def test_the_text_does_not_depend_on_the_order():
    """Keys and files are sorted."""
    backwards = Marker("train", "1.15", "1.36", MARKER.files[::-1])
    assert backwards.text == MARKER.text
    assert list(VALID) == sorted(VALID) == ["cluster", "files", "karpenter", "kubernetes", "schema"]


def test_every_problem_is_named_with_the_file(tmp_path):
    """A damaged marker is one error that names the file and each path in it."""
    broken = {**VALID, "karpenter": 1.15, "files": ["a.yaml", "../b.yaml", "/etc/passwd", 3, "a//b", NAME]}
    del broken["cluster"]
    (tmp_path / NAME).write_text(json.dumps(broken))
    with pytest.raises(MarkerError) as error:
        read_marker(tmp_path)
    assert [problem.path for problem in error.value.problems] == [
        "cluster",
        "karpenter",
        *(f"files[{i}]" for i in range(1, 6)),
    ]
    assert all(line.startswith(str(tmp_path / NAME)) for line in str(error.value).splitlines())


def test_a_newer_form_is_told_from_damage():
    """A marker of a later schema asks for the newer package."""
    with pytest.raises(MarkerError, match="schema: 2 is newer than 1"):
        parse_marker(json.dumps({"schema": 2}), NAME)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"null", b"[]", b'{"schema": true}'])
def test_damage_is_an_error_and_no_traceback(tmp_path, content):
    """Whatever bytes the file has, the error names it."""
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(MarkerError, match=NAME):
        read_marker(tmp_path)


def test_a_folder_in_its_place_is_an_error(tmp_path):
    """What cannot be opened cannot be read."""
    (tmp_path / NAME).mkdir()
    with pytest.raises(MarkerError, match="cannot be read"):
        read_marker(tmp_path)


@given(st.sampled_from(sorted(VALID)), ANYTHING)
def test_any_value_is_read_or_refused(key, value):
    """A key of any value gives a marker or a MarkerError."""
    with suppress(MarkerError):
        marker = parse_marker(json.dumps({**VALID, key: value}), NAME)
        assert json.loads(marker.text)[key] == (sorted(value) if key == "files" else value)
