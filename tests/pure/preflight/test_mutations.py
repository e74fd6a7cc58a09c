"""Mutated stacks: whatever becomes of a manifest, there is a report."""

import json
from copy import deepcopy

from hypothesis import example, given
from hypothesis import strategies as st
from tests.pure.preflight.stacks import (
    GPU_TAINT,
    efa_interfaces,
    efa_plugin,
    job,
    node_class,
    nvidia_plugin,
    pod,
    pool,
)

from cdk8s_eks_gpu.preflight import Severity, check
from cdk8s_eks_gpu.preflight.formats.by_name import FORMATS

EFA_POD = pod("nccl", limits={"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 2}, nodeSelector={"team": "ml"})
STACK = [
    pool(labels={"team": "ml"}, limits={"cpu": 1000}, taints=[GPU_TAINT], weight=10),
    node_class(
        networkInterfaces=efa_interfaces(2), blockDeviceMappings=[{"deviceName": "a", "ebs": {"volumeSize": "1Gi"}}]
    ),
    *nvidia_plugin(),
    efa_plugin(),
    job("nccl", EFA_POD, parallelism=2),
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["", "gpu", "In", "Exists", "nvidia.com/gpu", "reserved", "8", "-1", "1e999", "0x", "a/b/c", "\x7f"]
    ),
    st.just([]),
    st.just({}),
    st.just([{}]),
    st.just([[None]]),
    st.just({"a": {"b": [1]}}),
)


def places(value, path=()):
    """Return the path of every value below this one."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in entries for place in ((*path, key), *places(inner, (*path, key)))]


PLACES = places(STACK)


def changed(stack, path, value, *, remove):
    """Return the stack with another value at the path, or without the one there."""
    stack = deepcopy(stack)
    around = stack
    for key in path[:-1]:
        around = around[key]
    if remove:
        del around[path[-1]]
    else:
        around[path[-1]] = value
    return stack


def checked(stack):
    """Return the report on the manifests as JSON documents."""
    return check({"stack.yaml": "\n---\n".join(map(json.dumps, stack))})


def test_the_stack_is_accepted_as_it_stands():
    """The mutations start from a stack without errors."""
    assert checked(STACK).ok


@given(st.sampled_from(PLACES), ODD, st.booleans())
@example((1, "spec", "networkInterfaces", 0, "networkCardIndex"), -999, False)  # noqa: FBT003 -- as the strategies stand
def test_one_change_anywhere_leaves_a_report(path, value, remove):
    """A value of any type at any place, or none there, never crashes a check or a format."""
    report = checked(changed(STACK, path, value, remove=remove))
    for write in FORMATS.values():
        assert isinstance(write(report), str)


@given(st.sampled_from([place for place in PLACES if isinstance(place[-1], str) and len(place) > 1]))
def test_a_misspelt_field_is_an_error(path):
    """A field whose name is changed is never passed over, except in maps, whose keys are free."""
    around = STACK
    for key in path[:-1]:
        around = around[key]
    renamed = changed(STACK, (*path[:-1], f"{path[-1]}x"), around[path[-1]], remove=False)
    free = {"labels", "annotations", "matchLabels", "nodeSelector", "tags", "limits", "requests"}
    if path[-2] in free or path[-1] == "apiVersion":
        return
    report = checked(renamed)
    assert any(each.severity is Severity.ERROR and each.path.endswith(f"{path[-1]}x") for each in report.findings)
