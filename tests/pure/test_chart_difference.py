from cdk8s_eks_gpu.charts.difference import differences


def manifest(name="x", **spec):
    """Return a small object."""
    return {"kind": "DaemonSet", "metadata": {"name": name, "namespace": "gpu"}, "spec": spec}


def test_nothing_changes_nothing():
    """Equal objects give no line, in whatever order."""
    assert list(differences([manifest("a"), manifest("b")], [manifest("b"), manifest("a")])) == []


def test_objects_that_come_and_go_are_named():
    """A line says which object is new, and which is gone."""
    assert list(differences([manifest("a")], [manifest("b")])) == ["- DaemonSet/gpu/a", "+ DaemonSet/gpu/b"]


def test_each_field_is_reported_with_both_values():
    """Items of lists are found by their names; other lists by what comes and goes."""
    before = manifest(containers=[{"name": "ctr", "image": "a:1", "env": [{"name": "A", "value": "1"}]}], types=["x"])
    after = manifest(containers=[{"name": "ctr", "image": "a:2", "env": []}], types=["x", "y"], replicas=2)
    assert list(differences([before], [after])) == [
        '~ DaemonSet/gpu/x spec.containers[ctr].image: "a:1" -> "a:2"',
        '~ DaemonSet/gpu/x spec.containers[ctr].env[A]: {"name": "A", "value": "1"} -> (not set)',
        '~ DaemonSet/gpu/x spec.types: [] -> ["y"]',
        "~ DaemonSet/gpu/x spec.replicas: (not set) -> 2",
    ]


def test_another_order_of_a_list_is_a_change():
    """Where order may matter, both lists are shown."""
    (line,) = differences([manifest(args=["a", "b"])], [manifest(args=["b", "a"])])
    assert line == '~ DaemonSet/gpu/x spec.args: ["a", "b"] -> ["b", "a"]'
