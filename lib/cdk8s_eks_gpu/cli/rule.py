"""`eks-gpu rule`: what a rule of the check means."""

from __future__ import annotations

import click

from cdk8s_eks_gpu.cli.options import output_option
from cdk8s_eks_gpu.preflight.rules import ALL_RULES, rule_page


@click.command(short_help="Print the page of a rule, or list all rules.")
@click.argument(
    "rule",
    required=False,
    metavar="[GROUP/RULE]",
    shell_complete=lambda _ctx, _parameter, start: [each for each in ALL_RULES if each.startswith(start)],
)
@output_option
def rule(rule: str | None) -> None:
    """Print the page of a rule, such as scheduling/no-host; without one, list all rules.

    Exit code 0: it is printed. 2: there is no such rule.
    """
    if rule is None:
        for each in ALL_RULES.values():
            click.echo(f"{each.id}  {click.style(each.severity.value, bold=True)}  {each.summary}")
    else:
        page = rule_page(rule)
        each = ALL_RULES[rule]
        click.echo(page.rstrip() or f"# {each.id}\n\n{each.summary}\n\n{each.why}\n\n{each.fix}\n\n{each.source}")
