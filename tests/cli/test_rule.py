"""`eks-gpu rule` as a user runs it."""

import json
from pathlib import Path

from click.testing import CliRunner
from tests.pure.preflight.stacks import checked, node_class

from cdk8s_eks_gpu.cli import main
from cdk8s_eks_gpu.preflight.formats.sarif import to_sarif
from cdk8s_eks_gpu.preflight.rules import ALL_RULES

PAGES = Path(__file__).parents[2] / "docs" / "rules"


def run(*arguments):
    """Run the command."""
    return CliRunner().invoke(main, ["rule", *arguments])


def test_a_rule_prints_its_page():
    """The page is the one of the documentation, with a bad and a good manifest where it has them."""
    result = run("efa/public-ip")
    assert result.exit_code == 0
    assert result.output.rstrip() == (PAGES / "efa/public-ip.md").read_text().rstrip()
    assert "associatePublicIPAddress: true" in result.output


def test_all_rules_are_listed_and_a_slip_is_named():
    """Without a rule, a line each; an unknown one is code 2 with the likely one."""
    assert len(run().output.splitlines()) == len(ALL_RULES)
    result = run("scheduling/no-hots")
    assert result.exit_code == 2
    assert "did you mean 'scheduling/no-host'?" in result.output


def test_sarif_has_the_page_as_the_rules_help():
    """Code scanning shows the page beside the finding."""
    report = checked(node_class(amiSelectorTerms=[{"alias": "al2023@latest"}]))
    (rule,) = json.loads(to_sarif(report))["runs"][0]["tool"]["driver"]["rules"]
    assert rule["help"]["markdown"] == (PAGES / "ami/latest.md").read_text()
    assert rule["helpUri"].startswith("https://")
