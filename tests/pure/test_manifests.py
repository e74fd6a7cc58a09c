"""Reading manifests as Kubernetes does."""

import json
import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cdk8s_eks_gpu.errors import NoSuchPathError
from cdk8s_eks_gpu.manifests import Document, ManifestError, objects_of, read_documents
from cdk8s_eks_gpu.manifests.sources import LARGEST, Unreadable, read_paths, read_text, read_texts


def data(text):
    """Return the data of the one document in the text."""
    (document,) = read_documents(text)
    assert isinstance(document, Document), document
    return document.data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, True) for word in ("yes", "Yes", "on", "ON", "true", "y")),
        *((word, False) for word in ("no", "off", "False", "n")),
        *((word, None) for word in ("~", "null", "")),
        ("0644", 420),
        ("0o644", 420),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("08", 8),
        ("1e3", 1000),
        ("1.0", 1),
        ("1.5", 1.5),
        (".5", 0.5),
        ("-1", -1),
        ("18446744073709551615", 2**64 - 1),
        ("12:30", "12:30"),
        ("2025-01-01", "2025-01-01"),
        ("1.2.3", "1.2.3"),
        ("1e400", "1e400"),
        ("'yes'", "yes"),
        ('"010"', "010"),
        ("!!str 010", "010"),
        ("!!int 010", 8),
        ("!!binary aGk=", "hi"),
        ("!own 12", "12"),
        ("yess", "yess"),
        ("0x", "0x"),
    ],
)
def test_scalars_mean_what_they_mean_to_kubernetes(text, value):
    """Booleans, numbers and texts are told apart as go-yaml v2 does it."""
    assert data(f"key: {text}")["key"] == value
    assert type(data(f"key: {text}")["key"]) is type(value)


def test_keys_become_texts_as_in_json():
    """A key that YAML takes for a number or a boolean is its JSON text."""
    assert data("1: a\nyes: b\n0x10: c") == {"1": "a", "true": "b", "16": "c"}


def test_merges_give_way_to_what_is_written_out():
    """`<<` brings in keys that are not there already, from one mapping or several."""
    assert data("a: &a {x: 1, w: 1}\nb: {<<: *a, x: 2}\nc: {x: 3, <<: [*a, {z: 4}]}") == {
        "a": {"x": 1, "w": 1},
        "b": {"x": 2, "w": 1},
        "c": {"x": 3, "w": 1, "z": 4},
    }


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3", 3, "there twice"),
        ('{"a": 1,\n"a": 2}', 2, "there twice"),
        ("a: [", 2, "parsing a flow"),
        ("a: .nan", 1, "no JSON number"),
        ("a:\n- .inf", 2, "no JSON number"),
        ("a: *b", 1, "no anchor"),
        ("a: &a [*a]", 1, "contains itself"),
        ("? [a]\n: b", 1, "key must be a string"),
        ("~: a", 1, "key must be a string"),
        ("a: !!binary '%'", 1, "base64"),
        ("a: b: c", 1, "mapping values are not allowed in this context; is the indentation right?"),
        ("a:\n  b: 1\n c: 1", 3, "did not find expected key while parsing a block mapping; is the indentation right?"),
        ("a:\n\tb: 1", 2, "; indent with spaces: YAML takes no tabs"),
        ("a:\n\u00a0 b: 1\n  c: 2", 3, "; a space or a colon here is another character that looks like it"),
        ("a:\n  b\uff1a 1\n  c: 2", 3, "; a space or a colon here is another character that looks like it"),
        ("\x00", 1, "control characters"),
        ("- " * 300, 1, "nested deeper"),
        ("[" * 100_000, 1, "nest"),  # the words are those of libyaml from 0.2.6 on
        ('{"a":' * 100_000, 1, "nested deeper"),
        ('{"a": "\\ud800"}', 1, ""),
    ],
)
def test_what_kubernetes_does_not_take_is_an_error_at_its_line(text, line, said):
    """A faulty document is reported, never read by halves, and never a crash."""
    (error,) = read_documents(text)
    assert isinstance(error, ManifestError)
    assert (error.line, error.document) == (line, 1)
    assert said in str(error)


def test_aliases_that_explode_are_refused_before_they_grow():
    """Nine levels of nine aliases stand for 387 million nodes, and cost none of them."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 10)]
    (error,) = read_documents("\n".join(levels))
    assert "excessively" in str(error)


def test_a_faulty_document_leaves_the_others_readable():
    """Documents are cut as kubectl cuts them, and each is read by itself."""
    found = list(read_documents("a: 1\n---\nb: [\n--- # comment\n\n---\nc: 3\n...\n"))
    assert [type(item).__name__ for item in found] == ["Document", "ManifestError", "Document"]
    assert [item.line() for item in (found[0], found[2])] == [1, 7]
    assert found[1].line == 4


def test_json_may_have_tabs_and_pairs_of_surrogates():
    """What begins with a brace is read as JSON, as kubectl does it."""
    assert data('{\n\t"a": 1.0, "b": "\\ud83d\\ude00"}') == {"a": 1, "b": "\U0001f600"}


def test_lines_are_found_for_values_and_for_their_nearest_parent():
    """A path leads to the line of its key; one that is not there to that of the nearest parent."""
    text = "# first\nmetadata:\n  name: a\nspec:\n  items:\n  - x: 1\n  - x: 2\n    w: {z: 3}\n"
    (document,) = read_documents(f"first: 1\n---\n{text}".split("---\n")[1])
    lines = [document.line(path) for path in ((), ("spec",), ("spec", "items", 1, "w", "z"), ("spec", "nope", "x"))]
    assert lines == [2, 4, 8, 4]


def test_lists_are_opened_and_lines_still_right():
    """The items of a List are objects of their own, in their order."""
    text = "kind: List\napiVersion: v1\nitems:\n- kind: A\n  metadata: {name: a}\n- kind: B\n  metadata:\n    name: b\n"
    (document,) = read_documents(text)
    found = list(objects_of("file", document))
    assert [item.name for item in found] == ["a", "b"]
    assert found[1].line(("metadata", "name")) == 8


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(alphabet=string.printable + "äß가\U0001f600"),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(string.ascii_letters, min_size=1), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(values)
def test_json_is_read_back_as_it_was_written(value):
    """Every JSON object is read as itself, whatever its texts look like."""
    assert data(json.dumps({"value": value})) == {"value": value}


@given(st.text(string.ascii_letters + string.digits + "-+._:xobXOBeE", min_size=1, max_size=12))
def test_a_quoted_text_stays_a_text(text):
    """Quotes keep every text from becoming a number or a boolean."""
    assert data(f'key: "{text}"')["key"] == text


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_crash_the_reader(content):
    """Whatever the bytes, there are documents or errors."""
    for found in read_documents(content.decode("utf-8", "replace")):
        assert isinstance(found, Document | ManifestError)


@given(values)
def test_yaml_written_by_pyyaml_has_the_same_structure(value):
    """Containers and lengths survive a writer that follows YAML 1.1 (its plain texts may mean more to Kubernetes)."""
    text = yaml.safe_dump({"value": value}, default_style='"', allow_unicode=True)
    assert data(text).keys() == {"value"}


def test_folders_are_walked_in_order_and_the_rest_is_passed_over(tmp_path):
    """YAML and JSON files in the order of their names; hidden folders are left out, files named outright are not."""
    for name in ("b.yaml", "a.yml", "c/d.json", "notes.md", ".git/x.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("apiVersion: [")
    files = read_paths([str(tmp_path), str(tmp_path / "notes.md")]).unreadable
    found = [each.file.removeprefix(f"{tmp_path}/") for each in files]
    assert found == ["a.yml", "b.yaml", "c/d.json", "notes.md"]


@pytest.mark.parametrize(
    "text",
    [
        '{"kind": "Policy", "apiVersion": "v1", "predicates": [{"name": "PodFitsResources"}], "priorities": []}',
        "apiVersion: v1\nkind: Config\nclusters: []",
        "apiVersion: v1\nkind: EncryptionConfig\nresources: []",
    ],
)
def test_files_of_v1_that_no_api_server_takes(text):
    """A policy of the old kube-scheduler, a kubeconfig and the like are files that programs read, and no objects."""
    sources = read_texts({"file.yaml": text})
    assert (sources.objects, list(sources.others)) == ((), ["file.yaml"])


def test_a_path_that_is_not_there_is_an_error():
    """A misspelt path must not pass as a folder without faults."""
    with pytest.raises(NoSuchPathError, match=r"nope\.yaml"):
        read_paths(["nope.yaml"])


def test_files_that_cannot_be_read_say_why(tmp_path):
    """A file that is gone, is no text, or is huge is reported, not raised."""
    (tmp_path / "binary.yaml").write_bytes(b"a: \xff\xfe")
    with (tmp_path / "huge.yaml").open("wb") as huge:
        huge.truncate(LARGEST + 1)
    reasons = [read_text(str(tmp_path / name)) for name in ("gone.yaml", "binary.yaml", "huge.yaml")]
    assert all(isinstance(reason, Unreadable) for reason in reasons)
    assert [word in item.reason for word, item in zip(("No such file", "UTF-8", "MiB"), reasons, strict=True)] == [
        True
    ] * 3
