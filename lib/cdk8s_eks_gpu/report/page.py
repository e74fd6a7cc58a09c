"""All that the page shows, as values: what `explain` and `check` answer, put side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from cdk8s_eks_gpu.explain.page import answer_page, difference_page
from cdk8s_eks_gpu.findings import CheckedFor, Finding, Report, Severity
from cdk8s_eks_gpu.instances import facts_source
from cdk8s_eks_gpu.provisioning import REHEARSED_KUBERNETES
from cdk8s_eks_gpu.report.matrix import Matrix, matrix
from cdk8s_eks_gpu.report.network import Node, nodes
from cdk8s_eks_gpu.report.placement import Placement, placement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.explain import Answer, Difference
    from cdk8s_eks_gpu.explain.capacity import Statement
    from cdk8s_eks_gpu.explain.section import Section
    from cdk8s_eks_gpu.findings.scope import Scope


class Page(Struct, frozen=True):
    """The page.

    Attributes:
        title: What it is about.
        versions: What it was made for and what it rests on, a line each.
        counts: Figures for a first look, by what they count.
        findings: The findings by severity, the worst first, those of one rule together; a severity without any is
            left out.
        matrix: Which pool admits which families.
        pools: A section for each pool.
        placement: Which workload goes where, as a drawing.
        workloads: A section for each workload.
        capacity: Where nodes come from, in which order, and when they end, by the names of the pools that have that.
        nodes: The nodes with EFA.
        compared_with: What it is compared with, or an empty text.
        changes: What has changed since then.
    """

    title: str
    versions: tuple[str, ...]
    counts: Mapping[str, int]
    findings: Mapping[Severity, tuple[tuple[Finding, ...], ...]]
    matrix: Matrix
    pools: tuple[Section, ...]
    placement: Placement
    workloads: tuple[Section, ...]
    capacity: Mapping[str, tuple[Statement, ...]]
    nodes: tuple[Node, ...]
    compared_with: str
    changes: tuple[Section, ...]

    @property
    def has_impossible_efa(self) -> bool:
        """Whether a node would have an EFA interface at a card that carries none."""
        return any("impossible" in card.slots for node in self.nodes for card in node.cards)


def report_page(  # noqa: PLR0913 -- all that one page is about
    title: str,
    checked: Report,
    *,
    versions: CheckedFor,
    answer: Answer,
    compared_with: str = "",
    difference: Difference | None = None,
) -> Page:
    """Return the page about a cluster's manifests.

    Args:
        title: What the page is about.
        checked: What the preflight finds in them.
        versions: What they were checked for.
        answer: What `explain` answers.
        compared_with: The name of other manifests that they are compared with.
        difference: What has changed since those.
    """
    sections = answer_page(answer)[: len(answer.pools) + len(answer.workloads)]
    pools = [each.pool for each in answer.pools]
    admitted = {each.name for pool in pools for each in pool.types}
    facts = facts_source()
    by_severity = {severity: _by_rule(checked.findings, severity) for severity in Severity}
    return Page(
        title=title,
        versions=(
            f"For {versions}.",
            f"Facts of instance types: {facts['date']}, with Karpenter {facts['version']}.",
            f"Rehearsed against Karpenter {versions.rehearsed_against} and Kubernetes {REHEARSED_KUBERNETES}.",
            *_left_out(answer, checked.scope),
        ),
        counts={
            "node pools": len(pools),
            "instance types": len(admitted),
            "workloads": len(answer.workloads),
            "errors": checked.count(Severity.ERROR),
            "warnings": checked.count(Severity.WARNING),
        },
        findings={severity: found for severity, found in by_severity.items() if found},
        matrix=matrix([pool for pool in pools if not pool.not_evaluated]),
        pools=tuple(sections[: len(answer.pools)]),
        placement=placement(answer),
        workloads=tuple(sections[len(answer.pools) :]),
        capacity=_capacity(answer),
        nodes=nodes(pools),
        compared_with=compared_with,
        changes=tuple(difference_page(difference)) if difference else (),
    )


def _left_out(answer: Answer, scope: Scope) -> Iterator[str]:
    """Yield which objects the page says nothing of, and what was met beside them."""
    if scope.not_checked:
        yield f"Not checked: {scope.not_checked_text}."
    if answer.refused:
        yield f"Nothing is said of {', '.join(answer.refused)}: the errors say why they would be refused."


def _by_rule(findings: Sequence[Finding], severity: Severity) -> tuple[tuple[Finding, ...], ...]:
    """Return the findings of a severity, those of a rule together; a rule's place is that of its first finding."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.severity is severity:
            by_rule.setdefault(finding.rule.id, []).append(finding)
    return tuple(map(tuple, by_rule.values()))


def _capacity(answer: Answer) -> dict[str, tuple[Statement, ...]]:
    """Return the statements about the nodes; pools of which the same is said stand together."""
    pools: dict[tuple[Statement, ...], list[str]] = {}
    for each in answer.pools:
        if each.capacity:
            pools.setdefault(each.capacity.statements, []).append(each.pool.title)
    return {", ".join(names): statements for statements, names in pools.items()}


def to_html(page: Page) -> str:
    """Return the page as HTML with its styles and drawings, and without scripts. All text in it is escaped."""
    environment = Environment(
        loader=PackageLoader("cdk8s_eks_gpu.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(page=page) + "\n"
