"""The pages of the rules."""

import subprocess
import sys
from pathlib import Path

from cdk8s_eks_gpu.admission.cel import OTHER, rule_for
from cdk8s_eks_gpu.admission.cel.forms import form
from cdk8s_eks_gpu.admission.schema.node import Catalogue
from cdk8s_eks_gpu.admission.schema.releases import release, releases
from cdk8s_eks_gpu.preflight.rules import ALL_RULES

ROOT = Path(__file__).parents[3]

# These compare with the object's former state. Offline there is none, and for a new object Kubernetes skips them.
TRANSITIONS = frozenset(
    form(expression)
    for expression in (
        "self == oldSelf",
        "self.group == oldSelf.group",
        "self.kind == oldSelf.kind",
        "has(self.replicas) == has(oldSelf.replicas)",
        "(has(oldSelf.role) && has(self.role)) || (has(oldSelf.instanceProfile) && has(self.instanceProfile))",
    )
)


def test_pages_are_what_the_rules_say(tmp_path):
    """Every rule has its page, and the committed pages are those that the tool writes."""
    subprocess.run([sys.executable, "tools/rule_pages.py", str(tmp_path / "rules")], check=True, cwd=ROOT)
    written = {str(file.relative_to(tmp_path)): file.read_text() for file in tmp_path.rglob("*.md")}
    committed = {
        f"rules/{file.relative_to(ROOT / 'docs/rules')}": file.read_text() for file in ROOT.glob("docs/rules/**/*.md")
    }
    assert written == committed
    assert len(written) == len(ALL_RULES) + 1


def test_every_cel_rule_of_every_release_has_a_page_or_is_a_transition():
    """No rule of a CRD falls back to the page for the rest, and rules on transitions are known as such."""
    expressions = [rule.expression for rule in Catalogue("karpenter.json")._rules]  # noqa: SLF001 -- the data as it ships
    assert len(expressions) == 97
    assert {form(each) for each in expressions if rule_for(each) is OTHER} == TRANSITIONS


def test_the_crds_carry_as_many_rules_as_upstream():
    """NodePool has 20 rules; EC2NodeClass 54 at Karpenter 1.14, and 44 since 1.15, which reads the kubelet itself."""

    def count(node):
        children = [*node.properties.values(), node.items, node.additional]
        return len(node.rules) + sum(count(child) for child in children if child is not None)

    for version, rules in (("1.14", 54), ("1.15", 44)):
        assert count(release(version).schema(("karpenter.sh/v1", "NodePool"))) == 20
        assert count(release(version).schema(("karpenter.k8s.aws/v1", "EC2NodeClass"))) == rules


def test_every_minor_version_is_known():
    """Sixteen Karpenter releases, 1.0 to 1.15, without a gap."""
    assert [release.minor for release in releases("Karpenter")] == [f"1.{minor}" for minor in range(16)]


def test_patterns_have_no_dollar_that_is_no_end():
    """Python and Go agree on the patterns as they are translated: a dollar always means the end of the text."""

    def patterns(node, seen):
        if id(node) not in seen:
            seen.add(id(node))
            if node.pattern:
                yield node.pattern
            for child in [*node.properties.values(), node.items, node.additional]:
                if child is not None:
                    yield from patterns(child, seen)

    schemas = [each.schema(kind) for each in releases("Karpenter") for kind in each.kinds]
    found = {pattern for schema in schemas for pattern in patterns(schema, set())}
    assert len(found) > 15
    assert not [pattern for pattern in found if r"\$" in pattern or "[$" in pattern]
