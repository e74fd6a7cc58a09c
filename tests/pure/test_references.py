"""`${cluster.name}`, and what was meant to be one."""

import pytest

from cdk8s_eks_gpu.config.references import resolve

CLUSTER = {"name": "training", "region": "us-west-2"}


def found(value, key="x"):
    """Return what becomes of a value, and the messages about it."""
    data, problems = resolve({"cluster": CLUSTER, "nodeClasses": {"gpu": {key: value}}})
    return data["nodeClasses"]["gpu"][key], [message for _, message in problems]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("${clusters.name}", "name"),
        ("${ cluster.name }", "name"),
        ("${cluster .name}", "name"),
        ("${Cluster.Name}", "name"),
        ("role-${cluser.region}-x", "region"),
        ("${{cluster.name}}", "name"),
        ("$(cluster.name)", "name"),
        ("${cluster.name", "name"),
    ],
)
def test_a_near_miss_is_an_error(value, meant):
    """It would go into the cluster as it is written; the message says what was meant."""
    assert found(value)[1][0].endswith(f"does not stand for a value of `cluster`; did you mean '${{cluster.{meant}}}'?")
    assert found(["a", value])[1] == found(value)[1]


def test_a_near_miss_of_nothing_says_what_there_is():
    """Where no value is near, all of them are named."""
    assert found("${clusters.vpc}")[1] == [
        "'${clusters.vpc}' does not stand for a value of `cluster` (known: ${cluster.name}, ${cluster.region})"
    ]


@pytest.mark.parametrize(
    "value",
    ["${HOME}", "${cluster}", "${cluster_name}", "${cluster-name}", "$cluster.name", "${bucket.name}", "$(date)"],
)
def test_what_a_shell_takes_stays(value):
    """No variable of a shell has a dot in its name; all else may be one."""
    assert found(value) == (value, [])


@pytest.mark.parametrize(("key", "value"), [("userData", "echo ${ cluster.name }"), ("x", "a\n${clusters.name}\n")])
def test_scripts_stay(key, value):
    """User data and values of several lines may be in any language."""
    assert found(value, key) == (value, [])


def test_a_reference_is_replaced_and_a_wrong_key_reported():
    """In a script too."""
    assert found("${cluster.name}-${cluster.region}") == ("training-us-west-2", [])
    problem = found("echo ${cluster.nam}", "userData")[1][0]
    assert "${cluster.nam} is not known; did you mean '${cluster.name}'?" in problem
