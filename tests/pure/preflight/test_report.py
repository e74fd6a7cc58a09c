"""Reports: what is ignored, orders, and the formats they are written in."""

import json
from xml.etree import ElementTree as ET

import click
import pytest
import yaml
from tests.pure.preflight.stacks import checked, found, node_class

from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.preflight import Severity, check
from cdk8s_eks_gpu.preflight.formats.by_name import FORMATS
from cdk8s_eks_gpu.preflight.rules import ALL_RULES, GROUPS

LATEST = {"amiSelectorTerms": [{"alias": "al2023@latest"}]}


def annotated(**annotations):
    """Return a node class with a drifting AMI and the annotations."""
    each = node_class(**LATEST)
    each["metadata"]["annotations"] = annotations
    return each


def test_a_rule_is_ignored_with_a_reason_and_that_is_reported():
    """The finding stays as a note that carries the reason, and counts as ignored."""
    report = checked(annotated(**{"ignore.eks-gpu/ami.latest": "a test cluster"}))
    (finding,) = report.findings
    assert (finding.rule.id, finding.severity, finding.ignored) == ("ami/latest", Severity.NOTE, "a test cluster")
    assert report.as_dict()["summary"]["silenced"] == 1
    assert report.ok


@pytest.mark.parametrize(("rule", "reason"), [("ami.latest", " "), ("ami.lastest", "why not")])
def test_ignoring_without_a_reason_or_a_rule_has_no_effect_and_is_reported(rule, reason):
    """An empty reason and an unknown rule are warnings of their own."""
    report = checked(annotated(**{f"ignore.eks-gpu/{rule}": reason}))
    assert found(report) == ["ami/latest EC2NodeClass/gpu", "manifest/ignore EC2NodeClass/gpu"]
    assert all(finding.severity is Severity.WARNING for finding in report.findings)


def test_an_error_can_be_ignored_too():
    """An object may have a reason that the checker cannot know."""
    faulty = annotated(**{"ignore.eks-gpu/schema.unknown-field": "our fork of Karpenter has it"})
    faulty["spec"]["own"] = True
    assert checked(faulty, only=["schema"]).ok


def test_only_runs_the_groups_that_are_named():
    """Findings of other groups are left out, and an unknown group is an error with a hint."""
    faulty = node_class(**LATEST, own=True)
    assert found(checked(faulty, only=["ami"])) == ["ami/latest EC2NodeClass/gpu"]
    assert found(checked(faulty, only=["schema"])) == ["schema/unknown-field EC2NodeClass/gpu"]
    with pytest.raises(UnknownNameError, match="did you mean 'schema'"):
        checked(faulty, only=["shema"])


def test_versions_that_are_not_known_are_errors():
    """A version outside those whose facts are here cannot be checked for."""
    with pytest.raises(UnknownNameError, match=r"1\.0 to 1\.15"):
        checked(node_class(), karpenter="0.37")
    with pytest.raises(UnknownNameError, match=r"1\.25 to"):
        checked(node_class(), kubernetes="1.19")


@pytest.mark.parametrize("version", ["1.14", "v1.14", "1.14.1", "v1.14.0"])
def test_any_way_to_write_a_version_is_understood(version):
    """Minor versions, patch versions and tags mean the same."""
    assert checked(node_class(), karpenter=version).ok


def test_kinds_without_a_schema_are_said_once():
    """Two Applications of Argo CD are one note, and counted."""
    each = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"}, "spec": {}}
    report = checked(each, {**each, "metadata": {"name": "b"}})
    assert found(report) == ["schema/skipped Application/a"]
    assert report.as_dict()["summary"]["skipped"] == {"argoproj.io/v1alpha1 Application": 2}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: [", "manifest/invalid-yaml"),
        ("image: {{ .Values.image }}", "manifest/template"),
        ("services: {web: {image: a}}", "manifest/not-an-object"),
        ("kind: Pod\nmetadata: {name: a}", "schema/no-kind"),
        ("apiVersion: v1\nkind: 7", "schema/no-kind"),
        ("[1, 2]", "manifest/not-an-object"),
    ],
)
def test_what_is_no_object_has_a_rule_of_its_own(text, rule):
    """Broken YAML, templates, other tools' files and half-named objects each have their rule."""
    assert [finding.rule.id for finding in check({"file.yaml": text}).findings] == [rule]


def test_a_report_has_the_fields_that_are_promised():
    """JSON names the rule, the place, the value, the message and the cure of every finding."""
    text = f"# comment\n---\n{yaml.safe_dump(node_class(**LATEST))}"
    (finding,) = json.loads(FORMATS["json"](check({"file.yaml": text})))["findings"]
    assert finding == {
        "rule": "ami/latest",
        "severity": "warning",
        "file": "file.yaml",
        "line": 9,
        "document": 1,
        "kind": "EC2NodeClass",
        "name": "gpu",
        "namespace": "",
        "path": "spec.amiSelectorTerms[0].alias",
        "value": "al2023@latest",
        "message": finding["message"],
        "cure": ALL_RULES["ami/latest"].fix,
        "cluster": "",
    }


def test_reports_are_the_same_every_time():
    """The same manifests give the same bytes in every format."""
    for write in FORMATS.values():
        assert write(checked(node_class(**LATEST, own=1))) == write(checked(node_class(**LATEST, own=1)))


def test_sarif_points_at_rules_and_lines():
    """Every result has its rule, a level, a file and a line; what is ignored is suppressed."""
    report = checked(annotated(**{"ignore.eks-gpu/ami.latest": "a test"}), node_class("b", own=1))
    (run,) = json.loads(FORMATS["sarif"](report))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    results = [
        (rules[each["ruleIndex"]], each["ruleId"], each["level"], len(each.get("suppressions", [])))
        for each in run["results"]
    ]
    assert results == [
        ("ami/latest", "ami/latest", "note", 1),
        ("schema/unknown-field", "schema/unknown-field", "error", 0),
    ]


HOSTILE = {"al2023@latest": "x\n::error::y%,:;]<&\x1b[31m\ud7ff"}


def hostile():
    """Return a report whose texts try to break out of every format."""
    return checked(node_class(tags=HOSTILE, **{"own\n::error::<&\x1b]x": 1}))


def test_github_commands_stay_on_one_line_each():
    """A manifest's text cannot start a workflow command of its own."""
    lines = FORMATS["github"](hostile()).splitlines()
    assert len(lines) == len(hostile().findings)
    assert all(line.startswith(("::error file=stack.yaml,line=", "::warning file=stack.yaml,line=")) for line in lines)


def test_junit_is_xml_whatever_a_manifest_says():
    """Control characters and markup in a manifest leave the XML well-formed."""
    suite = ET.fromstring(FORMATS["junit"](hostile()))  # noqa: S314 -- our own output
    assert suite.get("failures") == "1"


def test_gitlab_fingerprints_tell_findings_apart():
    """Each issue has a fingerprint of its own that does not depend on the line."""
    issues = json.loads(FORMATS["gitlab"](checked(node_class("a", own=1), node_class("b", own=1))))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 2


def test_the_terminal_gets_no_control_characters():
    """A manifest cannot steer the terminal, and every finding has its fix under it."""
    text = click.unstyle(FORMATS["text"](hostile()))
    assert "\x1b" not in text
    assert text.count("Fix:") == len(hostile().findings)


def test_azure_leaves_notes_out():
    """Azure's logging commands know errors and warnings."""
    assert FORMATS["azure"](checked({"apiVersion": "a.b/v1", "kind": "C", "metadata": {"name": "d"}})) == ""
    assert FORMATS["azure"](hostile()).startswith("##vso[task.logissue type=error;")


def test_every_rule_says_what_why_and_how():
    """A rule's id begins with its group; summary, reason, source and fix are there."""
    for rule in ALL_RULES.values():
        assert rule.id.count("/") == 1
        assert rule.group in GROUPS
        assert rule.summary.endswith(".")
        assert rule.why.endswith(".")
        assert rule.fix.endswith(".")
        assert rule.source.startswith("https://")


@pytest.mark.parametrize("name", ["${name}", "$NAME", "<name>", "a-{{ .Values.name }}"])
def test_placeholders_are_notes(name):
    """A value that is yet to be filled in is not checked as if it were meant."""
    each = node_class()
    each["metadata"]["name"] = name
    assert found(checked(each)) == [f"manifest/template EC2NodeClass/{name}"]


def test_what_a_secret_keeps_is_left_out():
    """A report may end up in a public log, so values of Secrets stay out of it."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "default"}}
    report = checked({**secret, "stringData": {"pin": 1234567}, "data": {"key": "hunter-2!"}})
    assert len(report.findings) == 2
    assert not any(said in FORMATS["json"](report) for said in ("1234567", "hunter"))


def test_a_rule_about_all_items_names_those_that_break_it():
    """Of several tags or terms, the message points at the ones that are wrong."""
    terms = [{"id": "subnet-1"}, {}, {"tags": {"a": "b"}}]
    tags = {"team": "ml", "karpenter.sh/nodepool": "a"}
    report = checked(node_class(subnetSelectorTerms=terms, tags=tags), only=["cel"])
    pointed = [finding.message.partition(" Look at ")[2] for finding in report.findings]
    assert pointed == ["item 1.", "'karpenter.sh/nodepool'."]
