import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.pure.verify.dumps import Dump, promise, verified
from tests.pure.verify.tool_output import fi_info, nvidia_smi

from cdk8s_eks_gpu.errors import DumpError
from cdk8s_eks_gpu.verify import Log, Snapshot, read_folder, verify
from cdk8s_eks_gpu.verify.folder import _newest
from cdk8s_eks_gpu.verify.logs.fi_info import parse_fi_info
from cdk8s_eks_gpu.verify.logs.gpu_errors import gpu_errors
from cdk8s_eks_gpu.verify.logs.nvidia_smi import parse_nvidia_smi
from cdk8s_eks_gpu.verify.snapshot import objects_of_data

WRONG = [None, True, -1, 2**70, 1.5, "", "x" * 300, "99Zi", [], {}, [None], [{}], {"": None}, "2026-13-45T99:99:99Z"]
RECORDED = Dump()
ITEMS = [item for data in RECORDED.files.values() for item in data.get("items", ())]


def places(value, path=()):
    """Yield the path of every value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*path, key)
        yield from places(inner, (*path, key))


PLACES = [[*places(item)] for item in ITEMS]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_value_of_a_dump_breaks_it(data):
    """Whatever stands anywhere in the objects of a cluster, there is a report, and it can be written as JSON."""
    items = json.loads(json.dumps(ITEMS))
    for _ in range(6):
        number = data.draw(st.integers(0, len(items) - 1))
        *parents, last = data.draw(st.sampled_from(PLACES[number]))
        value = items[number]
        for step in parents:
            value = value[step] if isinstance(value, dict) and step in value else {}
        if isinstance(value, dict):
            value[last] = data.draw(st.sampled_from(WRONG))
    logs = tuple(Log(name, text) for name, text in RECORDED.logs.items())
    report = verify(promise(), Snapshot(objects_of_data("test", items), frozenset(), _newest(items), logs))
    assert json.dumps([[each.message, each.observed, each.expected, each.fix] for each in report.results])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.integers(0, 3000), st.integers(0, 3000))
def test_no_log_breaks_the_parsers(text, start, end):
    """Any text, and any part of the tools' output with text in it, is read without an error."""
    good = nvidia_smi("NVIDIA A10G", "NVIDIA A10G") + fi_info(4)
    for broken in (text, good[:start] + text + good[end:]):
        parse_nvidia_smi(broken)
        parse_fi_info(broken)
        gpu_errors(broken)


@pytest.mark.parametrize("content", ["[1, 2]", '"text"', "{", "[" * 5000, '{"kind": 5}', "{}", "NaN"])
def test_what_is_no_dump_is_refused(content, tmp_path):
    """A file that holds something else ends the run, with its name."""
    (tmp_path / "nodes.json").write_text(content)
    with pytest.raises(DumpError, match=r"nodes\.json"):
        read_folder(tmp_path)


def test_forms_of_dumps(tmp_path):
    """Typed lists, one file for all, single objects, an empty file of a kubectl that failed: all are read alike."""
    dump = Dump()
    nodes = dump.files.pop("nodes.json")
    bare = [{key: value for key, value in node.items() if key not in {"kind", "apiVersion"}} for node in nodes["items"]]
    dump.files["raw.json"] = {"kind": "NodeList", "apiVersion": "v1", "metadata": {}, "items": bare}
    pods = dump.files.pop("pods.json")["items"]
    dump.files["everything.json"] = {"kind": "List", "apiVersion": "v1", "items": pods}
    (tmp_path / "jobs-failed.json").write_text("")
    del dump.files["jobs.json"]
    assert verified(dump, tmp_path).ok


def test_events_of_the_newer_api(tmp_path):
    """Events of events.k8s.io/v1 tell the same as those of core/v1."""
    dump = Dump()
    name = dump.claim()["metadata"]["name"]
    dump.items("events").append(
        {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"name": "e", "namespace": "default"},
            "regarding": {"kind": "NodeClaim", "name": name},
            "reason": "UnregisteredTaintMissing",
            "note": "Missing karpenter.sh/unregistered taint",
            "type": "Warning",
            "reportingController": "karpenter",
            "eventTime": "2026-11-26T03:26:40.000000Z",
        }
    )
    assert any("karpenter.sh/unregistered" in each.observed for each in verified(dump, tmp_path).results)


def test_managed_fields_are_no_difference(tmp_path):
    """Dumps with managedFields, as kubectl gives them with --show-managed-fields, are as good as those without."""
    dump = Dump()
    for data in dump.files.values():
        for item in data.get("items", ()):
            item["metadata"]["managedFields"] = [
                {"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {}}}
            ]
    assert verified(dump, tmp_path).ok


def test_kinds_that_were_not_dumped_are_not_known(tmp_path):
    """Of kinds without a file nothing is said to be missing."""
    dump = Dump()
    dump.files = {name: dump.files[name] for name in ("nodes.json", "nodepools.json")}
    dump.logs = {}
    report = verified(dump, tmp_path)
    assert report.ok
    assert {each.subject for each in report.results if each.status.value == "not known"} >= {"EC2NodeClass/gpu"}
