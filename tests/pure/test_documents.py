import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk8s_eks_gpu.errors import ConfigError
from cdk8s_eks_gpu.manifests import Document
from cdk8s_eks_gpu.manifests.single_document import read_all, read_document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12:30", "12:30"),
        ("2025-01-01", "2025-01-01"),
        ("1e3", 1000.0),
        ("0755", 493),
        ("1.30", 1.3),
        ("yes", True),
        ("'yes'", "yes"),
        ("1_000", 1000),
        ("~", None),
        ("!!python/object:os.system x", "x"),
    ],
)
def test_scalars_mean_what_they_mean_to_kubernetes(text, value):
    """A plain scalar becomes what sigs.k8s.io/yaml makes of it, not what YAML 1.1 would."""
    assert read_document(f"a: {text}", "x").data == {"a": value}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\na: 2", 2, "there twice"),
        ("a: {b: 1,\n b: 2}", 2, "there twice"),
        ("a:\n  [b]: x", 2, "must be a string"),
        ("a: [1,\n", 2, "not valid YAML"),
        ("a: 1\n---\nb: 2", 3, "a second document begins here"),
        ("a: *nothing", 1, "not valid YAML"),
    ],
)
def test_text_that_is_no_single_document_is_refused_with_its_line(text, line, words):
    """What YAML or Kubernetes would misread is an error that names the line."""
    with pytest.raises(ConfigError) as caught:
        read_document(text, "x.yaml")
    assert words in str(caught.value)
    assert f"x.yaml:{line}:" in str(caught.value)


@given(st.text())
def test_no_text_makes_the_reader_crash(text):
    """Any text is either a document or a ConfigError."""
    with contextlib.suppress(ConfigError):
        assert isinstance(read_document(text, "x"), Document)


def test_deep_nesting_is_an_error_and_no_crash():
    """A document nested deeper than Python's stack is refused like any other bad text."""
    with pytest.raises(ConfigError):
        read_document("[" * 100_000, "x")


def test_lines_are_those_of_the_keys():
    """The line of a path is the line of its last key, or of the nearest parent that is there."""
    document = read_document("a:\n  b:\n    - c: 1\n    - d: 2\n", "x")
    assert document.line(("a", "b", 1, "d")) == 4
    assert document.line(("a", "b", 0, "missing")) == 3
    assert document.line(()) == 1


def test_text_is_the_scalar_as_written():
    """A message can show 1.30 although the number is 1.3."""
    document = read_document("a: 1.30\nb: []", "x")
    assert document.text(("a",)) == "1.30"
    assert document.text(("b",)) is None
    assert document.text(("c",)) is None


def test_several_documents_come_in_order_without_the_empty_ones():
    """A stream of manifests is read whole; documents of comments only do not count."""
    assert read_all("a: 1\n---\n# nothing\n---\nb: 2\n", "x") == [{"a": 1}, {"b": 2}]
