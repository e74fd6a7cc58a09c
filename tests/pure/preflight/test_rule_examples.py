"""The manifests on the pages of the rules: in the bad ones the rule finds something, in the good ones it does not."""

import re
from functools import cache
from pathlib import Path

import pytest

from cdk8s_eks_gpu.preflight import check
from cdk8s_eks_gpu.preflight.rules import ALL_RULES

EXAMPLES = Path(__file__).parents[3] / "tools" / "rule_examples"
RULES = sorted(str(folder.parent.relative_to(EXAMPLES)) for folder in EXAMPLES.glob("*/*/bad.yaml"))
WITHOUT = {
    "apply/duplicate-elsewhere": "takes two files to show",
    "cel/not-evaluated": "is about the platform, not about manifests",
    "cel/other": "every rule of the known releases has a page of its own",
    "instances/trap": "has no trap today: each has a rule of its own",
    "manifest/unreadable": "what it finds is no text",
    "schema/skipped": "nothing is wrong with what it is about",
}
"""Rules whose pages show no manifests, each with the reason."""
FILES = [f"{rule}/{name}.yaml" for rule in RULES for name in ("bad", "good")]


@cache
def report_on(file):
    """Return the report on an example, for the versions that its first line names."""
    text = (EXAMPLES / file).read_text(encoding="utf-8")
    versions = dict(re.findall(r"--(karpenter|kubernetes) (\S+)", text.partition("\n")[0]))
    return check({file: text}, **versions)


def test_there_are_examples():
    """They are where the pages take them from, every folder is a rule's, and every rule has one, but for a reason."""
    assert ALL_RULES.keys() - {*RULES} == WITHOUT.keys()
    assert {str(each.parent.relative_to(EXAMPLES)) for each in EXAMPLES.rglob("*.yaml")} == {*RULES}
    assert {*RULES} <= ALL_RULES.keys()


@pytest.mark.parametrize("file", FILES)
def test_an_example_shows_its_rule(file):
    """The bad manifests break the rule of their page, the good ones keep it, and those have no error at all."""
    report = report_on(file)
    found = {finding.rule.id for finding in report.findings}
    rule, _, name = file.rpartition("/")
    assert (rule in found) == (name == "bad.yaml")
    assert name == "bad.yaml" or report.ok


@pytest.mark.parametrize("rule", RULES)
def test_the_good_example_breaks_no_rule_of_its_group(rule):
    """Who copies it walks into no other trap of the same kind."""
    group = rule.partition("/")[0]
    assert [each.rule.id for each in report_on(f"{rule}/good.yaml").findings if each.rule.group == group] == []
