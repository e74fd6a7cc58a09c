from hashlib import sha256

import pytest

from cdk8s_eks_gpu.charts.slots import fill

POD = {
    "metadata": {"name": "${plugin}-x", "labels": {"version": "${version}"}},
    "spec": {
        "nodeSelector": {"fixed": "true", "${nodeSelector}": ""},
        "tolerations": [{"operator": "Exists"}, "${tolerations}"],
        "resources": "${resources}",
        "imagePullSecrets": "${imagePullSecrets|null}",
        "env": [{"name": "A", "value": "${a}"}, {"name": "B", "value": "b"}, {"name": "C", "valueFrom": {}}],
        "image": "${image.repository}:${image.tag}",
    },
}
NAMES = {"plugin": "p", "version": "1", "image.repository": "r", "image.tag": "t"}


def test_what_nothing_fills_is_left_out():
    """A field, an item, a variable of the environment goes; where the chart writes null, null stays."""
    assert fill(POD, NAMES, {}) == {
        "metadata": {"name": "p-x", "labels": {"version": "1"}},
        "spec": {
            "nodeSelector": {"fixed": "true"},
            "tolerations": [{"operator": "Exists"}],
            "imagePullSecrets": None,
            "env": [{"name": "B", "value": "b"}, {"name": "C", "valueFrom": {}}],
            "image": "r:t",
        },
    }


def test_values_come_to_their_places():
    """Maps and lists are put among what the chart has there itself."""
    slots = NAMES | {
        "nodeSelector": {"b": "1", "a": "2"},
        "tolerations": [{"key": "x"}],
        "resources": {"limits": {"cpu": 1}},
        "imagePullSecrets": [{"name": "login"}],
        "a": "1",
    }
    spec = fill(POD, slots, {})["spec"]
    assert list(spec["nodeSelector"]) == ["fixed", "a", "b"]
    assert spec["tolerations"] == [{"operator": "Exists"}, {"key": "x"}]
    assert spec["resources"] == {"limits": {"cpu": 1}}
    assert spec["imagePullSecrets"] == [{"name": "login"}]
    assert spec["env"][0] == {"name": "A", "value": "1"}


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_empty_values_are_as_none(value):
    """Templates ask whether a value is there, and an empty one is not."""
    assert "resources" not in fill(POD, NAMES | {"resources": value}, {})["spec"]


def test_a_digest_is_that_of_the_filled_text():
    """Pods start anew when what is behind the digest changes."""
    manifest = {"annotations": {"checksum": "${sha256:config}"}}
    filled = fill(manifest, {"a": "1"}, {"config": "text ${a}"})
    assert filled == {"annotations": {"checksum": sha256(b"text 1").hexdigest()}}


def test_no_two_objects_share_a_value():
    """What one object is changed to afterwards does not appear in another."""
    slots = {"resources": {"limits": {}}}
    first, second = (fill({"resources": "${resources}"}, slots, {}) for _ in range(2))
    first["resources"]["limits"]["cpu"] = 1
    assert second == {"resources": {"limits": {}}}
