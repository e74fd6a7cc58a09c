import json
import resource
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.on_demand import load
from cdk8s_eks_gpu.charts.release import inputs, key_of, layers
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
    return store.project_store()


def save(folder, release=RELEASE, digest=DIGEST, manifests=MANIFESTS):
    """Store what the release is said to render to."""
    decided_by = inputs(release, digest)
    pin = pins.Pin(release.repository, release.chart, release.version, digest)
    name = store.stem(release.chart, release.version, key_of(decided_by))
    return store.save(folder, name, pin, {"inputs": decided_by, "manifests": manifests})


def key(release, digest=DIGEST):
    """Return what tells the rendering from others."""
    return key_of(inputs(release, digest))


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
    assert key(RELEASE.model_copy(update=change)) != key(RELEASE)


def test_the_digest_of_the_archive_is_in_the_key():
    """Another archive under the same version is another rendering."""
    assert key(RELEASE, "1" * 64) != key(RELEASE)


def test_where_the_archive_came_from_does_not_matter():
    """What a repository is called is not part of the key: the digest says what the archive is."""
    moved = RELEASE.model_copy(update={"repository": "https://moved.example.com", "create_namespace": False})
    assert key(moved) == key(RELEASE)


@given(st.permutations(["a", "b", "c"]))
def test_the_order_of_keys_in_values_does_not_matter(order):
    """Writing the same values in another order finds the same rendering."""
    values = ({name: {"x": 1} for name in order},)
    expected = ({name: {"x": 1} for name in "abc"},)
    assert key(RELEASE.model_copy(update={"values": values})) == key(RELEASE.model_copy(update={"values": expected}))


def test_what_was_saved_is_loaded(folder):
    """A rendering comes back as it was stored, and says what it was made of."""
    file = save(folder)
    assert load(RELEASE, folder) == MANIFESTS
    assert json.loads(file.read_text(encoding="utf-8"))["inputs"]["sha256"] == DIGEST
    pin = pins.Pin("https://charts.example.com", "thing", "1.0.0", DIGEST)
    assert pins.find(folder, "https://charts.example.com", "thing", "1.0.0") == pin


def test_saving_twice_gives_the_same_bytes(folder):
    """The store holds no dates, no order of insertion and nothing of the machine."""
    save(folder)
    save(folder, RELEASE.model_copy(update={"chart": "another"}))
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_the_projects_store_goes_before_the_shipped_one(folder):
    """A project without a rendering of its own is served from the wheel, one with its own from there."""
    assert load(RELEASE, folder) is None
    save(folder)
    assert load(RELEASE, folder) == MANIFESTS


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "thing"}'])
def test_a_damaged_pin_is_reported_by_name(folder, text):
    """A pin that a merge left half-done is not taken for a missing one."""
    save(folder)
    (folder / "thing-1.0.0.lock.json").write_text(text, encoding="utf-8")
    with pytest.raises(ChartError, match=r"thing-1\.0\.0\.lock\.json is damaged: bring back"):
        load(RELEASE, folder)


def test_a_pin_is_for_one_repository(folder):
    """A chart of the same name and version from elsewhere is not the pinned one."""
    save(folder)
    with pytest.raises(ChartError, match=r"thing 1\.0\.0 of https://other.* is not the chart that .* pins"):
        load(RELEASE.model_copy(update={"repository": "https://other.example.com"}), folder)


def test_values_of_files_lie_under_plain_values(tmp_path):
    """Files come first and plain values last, and what a file says is part of the key, not its name."""
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("a: {b: 1}\n", encoding="utf-8")
    second.write_text("", encoding="utf-8")
    release = RELEASE.model_copy(update={"values_files": (str(first), str(second)), "values": ({"c": 2},)})
    assert layers(release) == [{"a": {"b": 1}}, {"c": 2}]
    plain = RELEASE.model_copy(update={"values": ({"a": {"b": 1}}, {"c": 2})})
    assert key(release) == key(plain)


@pytest.mark.parametrize(
    ("text", "words"), [("[]", "are a mapping"), ("a: [", "not valid YAML"), (None, "cannot be read")]
)
def test_a_bad_values_file_is_reported_by_name(tmp_path, text, words):
    """What is wrong in a values file is told like what is wrong in cluster.yaml."""
    file = tmp_path / "values.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"values\.yaml.*{words}"):
        layers(RELEASE.model_copy(update={"values_files": (str(file),)}))


@pytest.mark.parametrize(
    "edit", [lambda text: text[:30], lambda text: text.replace("Service", "Secret"), lambda text: text + " "]
)
def test_a_rendering_that_was_changed_by_hand_is_reported_by_name(folder, edit):
    """Whatever was changed after Helm rendered it is found, and the message names the way back."""
    file = save(folder)
    file.write_text(edit(file.read_text(encoding="utf-8")), encoding="utf-8")
    words = r"thing-1\.0\.0-.* is not what was rendered: .*Bring both back from git"
    with pytest.raises(ChartError, match=words):
        load(RELEASE, folder)


def test_a_rendering_without_its_lock_is_not_used(folder):
    """Who takes the lock away does not get a changed rendering in."""
    file = save(folder)
    file.with_name(file.name.replace(".json", ".lock.json")).unlink()
    with pytest.raises(ChartError, match="is not what was rendered"):
        load(RELEASE, folder)


def test_the_ends_of_lines_that_git_writes_on_windows_are_no_change(folder):
    """A checkout with carriage returns holds the same rendering."""
    file = save(folder)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert load(RELEASE, folder) == MANIFESTS


def test_the_store_is_the_nearest_above_the_configuration(tmp_path):
    """A command in a sub-folder uses what is rendered already, and does not render it again there."""
    (tmp_path / "imports/cdk8s_eks_gpu_charts").mkdir(parents=True)
    (tmp_path / "clusters/prod").mkdir(parents=True)
    assert store.project_store(tmp_path / "clusters/prod/cluster.yaml") == tmp_path / "imports/cdk8s_eks_gpu_charts"


def test_without_a_store_it_is_beside_the_configuration(tmp_path):
    """The first rendering of a project goes beside its configuration, whatever the working directory."""
    assert store.project_store(tmp_path / "cluster.yaml") == tmp_path / "imports/cdk8s_eks_gpu_charts"


def test_an_app_takes_its_working_directory_or_the_setting(monkeypatch):
    """An app has no configuration file: it is told where the store is, or looks where it runs."""
    assert store.project_store() == Path("imports/cdk8s_eks_gpu_charts")
    monkeypatch.setenv("EKS_GPU_CHART_STORE", "elsewhere")
    assert store.project_store() == Path("elsewhere")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(folder):
    """A write that is cut off (here by the limit of a file's size) is told, and the store holds what it held."""
    file = save(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(ChartError, match="cannot be written: File too large"):
            save(folder, manifests=MANIFESTS * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert json.loads(file.read_text(encoding="utf-8"))["manifests"] == MANIFESTS
