import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk8s_eks_gpu.charts.patches import patched
from cdk8s_eks_gpu.config.helm import HelmReleaseOptions, JsonPatchOperation, ObjectSelector, Patch
from cdk8s_eks_gpu.errors import ChartError

RELEASE = HelmReleaseOptions(
    repository="https://charts.example.com",
    chart="thing",
    version="1.0.0",
    release="my-thing",
    namespace="things",
    kubernetes_version="1.34",
)


def daemon_set(name="plugin", **container):
    """Return a DaemonSet with one container."""
    containers = [{"name": "main", "image": "a:1", **container}]
    metadata = {"name": name, "namespace": "things"}
    return {"kind": "DaemonSet", "metadata": metadata, "spec": {"containers": containers}}


def with_patch(**options):
    """Return the release with one patch of its DaemonSets."""
    return RELEASE.model_copy(update={"patches": (Patch(target=ObjectSelector(kind="DaemonSet"), **options),)})


def test_defaults_fill_in_and_change_nothing():
    """What the object says stays; what it lacks is added, in lists by the items' names."""
    defaults = {
        "spec": {
            "containers": [
                {"name": "main", "image": "b:2", "resources": {"requests": {"cpu": "1"}}},
                {"name": "sidecar", "image": "c:3"},
            ],
            "hostPID": True,
        }
    }
    result = patched(with_patch(defaults=defaults), [daemon_set(command=["x"])])[0]
    assert result["spec"] == {
        "containers": [
            {"name": "main", "image": "a:1", "command": ["x"], "resources": {"requests": {"cpu": "1"}}},
            {"name": "sidecar", "image": "c:3"},
        ],
        "hostPID": True,
    }


def test_lists_without_names_are_the_objects_own():
    """A list of plain values is not merged: nobody could say which item is meant."""
    result = patched(with_patch(defaults={"spec": {"containers": [1]}}), [daemon_set()])[0]
    assert result == daemon_set()


def test_a_json_patch_changes_every_object_that_it_is_for():
    """Names may hold wildcards, and what is not meant stays as it is."""
    add = JsonPatchOperation(op="add", path="/spec/hostPID", value=True)
    patch = Patch(target=ObjectSelector(name="nv*"), json_patch=(add,))
    release = RELEASE.model_copy(update={"patches": (patch,)})
    result = patched(release, [daemon_set("nvdp"), daemon_set("other"), daemon_set("nvx")])
    assert ["hostPID" in each["spec"] for each in result] == [True, False, True]


@pytest.mark.parametrize(
    ("update", "words"),
    [
        (
            {"exclude": (ObjectSelector(kind="Job"),)},
            r"exclude matches nothing: kind Job \(there are: DaemonSet/things/plugin\)",
        ),
        (
            {"patches": (Patch(target=ObjectSelector(kind="DaemonSet", name="plug"), defaults={}),)},
            "patch matches nothing: kind DaemonSet, name plug",
        ),
    ],
)
def test_what_matches_nothing_is_reported_by_name(update, words):
    """A chart that renamed its objects cannot make a patch silently ineffective."""
    with pytest.raises(ChartError, match=f"release 'my-thing': {words}"):
        patched(RELEASE.model_copy(update=update), [daemon_set()])


@pytest.mark.parametrize(
    "operation",
    [
        JsonPatchOperation(op="remove", path="/spec/nothing"),
        JsonPatchOperation(op="test", path="/spec/containers/0/image", value="b:2"),
        JsonPatchOperation(op="add", path="no pointer", value=1),
        JsonPatchOperation(op="copy", source="/nowhere", path="/spec/x"),
    ],
)
def test_a_json_patch_that_does_not_fit_is_reported_by_the_objects_name(operation):
    """An operation on something that is not there is an error at once, not at synthesis."""
    with pytest.raises(ChartError, match="a JSON patch does not fit DaemonSet/things/plugin"):
        patched(with_patch(json_patch=(operation,)), [daemon_set()])


values = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(st.sampled_from("abc"), child, max_size=3),
)


@given(st.dictionaries(st.sampled_from("abc"), values), st.dictionaries(st.sampled_from("abc"), values))
def test_defaults_given_twice_are_given_once(spec, defaults):
    """Filling in is idempotent, and leaves an object alone that says everything itself."""
    release = with_patch(defaults={"spec": defaults})
    once = patched(release, [daemon_set() | {"spec": spec}])
    assert patched(release, once) == once
    assert patched(with_patch(defaults=once[0]), once) == once
