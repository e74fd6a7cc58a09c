import json
import resource
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.release import file_name, layers
from cdk8s_eks_gpu.config.helm import HelmReleaseOptions
from cdk8s_eks_gpu.errors import ChartError, ConfigError

RELEASE = HelmReleaseOptions(
    repository="https://charts.example.com",
    chart="thing",
    version="1.0.0",
    release="my-thing",
    namespace="things",
    kubernetes_version="1.34",
    values=({"a": {"b": 1}},),
)
DIGEST = "0" * 64
MANIFESTS = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x", "namespace": "things"}}]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the store of a project in which the test runs."""
    monkeypatch.chdir(tmp_path)
    return store.PROJECT_STORE


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.0.1"},
        {"release": "other"},
        {"namespace": "other"},
        {"kubernetes_version": "1.33"},
        {"values": ({"a": {"b": 2}},)},
        {"values": ({"a": {"b": 1}}, {"c": None})},
    ],
)
def test_all_that_decides_a_rendering_is_in_its_key(change):
    """Whatever changes the output of Helm changes the file that is looked for."""
    assert file_name(RELEASE.model_copy(update=change), DIGEST) != file_name(RELEASE, DIGEST)


def test_the_digest_of_the_archive_is_in_the_key():
    """Another archive under the same version is another rendering."""
    assert file_name(RELEASE, "1" * 64) != file_name(RELEASE, DIGEST)


def test_where_the_archive_came_from_does_not_matter():
    """What a repository is called is not part of the key: the digest says what the archive is."""
    moved = RELEASE.model_copy(update={"repository": "https://moved.example.com", "create_namespace": False})
    assert file_name(moved, DIGEST) == file_name(RELEASE, DIGEST)


@given(st.permutations(["a", "b", "c"]))
def test_the_order_of_keys_in_values_does_not_matter(order):
    """Writing the same values in another order finds the same rendering."""
    values = ({key: {"x": 1} for key in order},)
    expected = ({key: {"x": 1} for key in "abc"},)
    assert file_name(RELEASE.model_copy(update={"values": values}), DIGEST) == file_name(
        RELEASE.model_copy(update={"values": expected}), DIGEST
    )


def test_what_was_saved_is_loaded(folder):
    """A rendering comes back as it was stored, and says what it was made of."""
    file = store.save(folder, RELEASE, DIGEST, MANIFESTS)
    assert store.load(RELEASE) == MANIFESTS
    assert json.loads(file.read_text(encoding="utf-8"))["inputs"]["sha256"] == DIGEST
    assert list(pins.every(folder)) == [pins.Pin("https://charts.example.com", "thing", "1.0.0", DIGEST)]


def test_saving_twice_gives_the_same_bytes(folder):
    """The store holds no dates, no order of insertion and nothing of the machine."""
    store.save(folder, RELEASE, DIGEST, MANIFESTS)
    store.save(folder, RELEASE.model_copy(update={"chart": "another"}), DIGEST, MANIFESTS)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    store.save(folder, RELEASE, DIGEST, MANIFESTS)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_renderings_of_a_version_are_not_those_of_one_that_begins_like_it(folder):
    """1.0.0 and its release candidate 1.0.0-rc1 are told apart."""
    store.save(folder, RELEASE, DIGEST, MANIFESTS)
    store.save(folder, RELEASE.model_copy(update={"version": "1.0.0-rc1"}), DIGEST, MANIFESTS)
    assert [len(store.renderings_of(folder, pin)) for pin in pins.every(folder)] == [1, 1]


def test_the_projects_store_goes_before_the_shipped_one(folder):
    """A project without a rendering of its own is served from the wheel, one with its own from there."""
    assert store.load(RELEASE) is None
    store.save(folder, RELEASE, DIGEST, MANIFESTS)
    assert store.load(RELEASE) == MANIFESTS


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "thing"}'])
def test_a_damaged_pin_is_told_by_name(folder, text):
    """A pin that a merge left half-done is not taken for a missing one."""
    store.save(folder, RELEASE, DIGEST, MANIFESTS)
    (folder / "thing-1.0.0.lock.json").write_text(text, encoding="utf-8")
    with pytest.raises(ChartError, match=r"thing-1\.0\.0\.lock\.json is damaged: bring back"):
        store.load(RELEASE)


def test_a_pin_is_for_one_repository(folder):
    """A chart of the same name and version from elsewhere is not the pinned one."""
    store.save(folder, RELEASE, DIGEST, MANIFESTS)
    with pytest.raises(ChartError, match=r"thing 1\.0\.0 of https://other.* is not the chart that .* pins"):
        store.load(RELEASE.model_copy(update={"repository": "https://other.example.com"}))


def test_values_of_files_lie_under_plain_values(tmp_path):
    """Files come first and plain values last, and what a file says is part of the key, not its name."""
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("a: {b: 1}\n", encoding="utf-8")
    second.write_text("", encoding="utf-8")
    release = RELEASE.model_copy(update={"values_files": (str(first), str(second)), "values": ({"c": 2},)})
    assert layers(release) == [{"a": {"b": 1}}, {"c": 2}]
    plain = RELEASE.model_copy(update={"values": ({"a": {"b": 1}}, {"c": 2})})
    assert file_name(release, DIGEST) == file_name(plain, DIGEST)


@pytest.mark.parametrize(
    ("text", "words"), [("[]", "are a mapping"), ("a: [", "not valid YAML"), (None, "cannot be read")]
)
def test_a_bad_values_file_is_told_by_name(tmp_path, text, words):
    """What is wrong in a values file is told like what is wrong in cluster.yaml."""
    file = tmp_path / "values.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"values\.yaml.*{words}"):
        layers(RELEASE.model_copy(update={"values_files": (str(file),)}))


def test_a_damaged_rendering_is_told_by_name(folder):
    """A rendering that was cut off names itself and the command that makes it again."""
    store.save(folder, RELEASE, DIGEST, MANIFESTS).write_text('{"manifests": [', encoding="utf-8")
    with pytest.raises(ChartError, match=r"thing-1\.0\.0-.* is damaged: remove it and run `eks-gpu charts render`"):
        store.load(RELEASE)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(folder):
    """A write that is cut off (here by the limit of a file's size) is told, and the store holds what it held."""
    file = store.save(folder, RELEASE, DIGEST, MANIFESTS)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(ChartError, match="cannot be written: File too large"):
            store.save(folder, RELEASE, DIGEST, MANIFESTS * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert json.loads(file.read_text(encoding="utf-8"))["manifests"] == MANIFESTS
