"""`eks-gpu report`: one page about a cluster, to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdk8s_eks_gpu.cli.asked import is_asked_about, pool_errors
from cdk8s_eks_gpu.cli.options import TARGET, config_option, karpenter_option, kubernetes_option, write_text
from cdk8s_eks_gpu.cli.revisions import other_state
from cdk8s_eks_gpu.cli.targets import Targets, read_targets
from cdk8s_eks_gpu.config.project import CLUSTER, project_files
from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.explain import Answer, difference, explain
from cdk8s_eks_gpu.preflight.check import check_part, refused
from cdk8s_eks_gpu.preflight.versions import Part, Wanted
from cdk8s_eks_gpu.provisioning.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk8s_eks_gpu.findings import Finding


@click.command(short_help="Write an HTML page about a cluster.")
@click.argument("targets", nargs=-1, type=TARGET, metavar="[FILE | FOLDER | -]...")
@config_option
@click.option(
    "-o",
    "--output",
    type=TARGET,
    default="report.html",
    show_default=True,
    help="The file to write; - for standard output.",
)
@karpenter_option
@kubernetes_option
@click.option("--diff", "other", metavar="FILE|REVISION", help="Say what has changed since then.")
def report(  # noqa: PLR0913, PLR0917 -- one parameter an option
    targets: tuple[str, ...],
    config: Path,
    output: str,
    karpenter: str | None,
    kubernetes: str | None,
    other: str | None,
) -> None:
    """Write an HTML page about a cluster: what its pools launch, where Pods go and why not elsewhere, and all findings.

    A target is a cluster.yaml, or a file or folder of Kubernetes manifests; the default is cluster.yaml. The page is
    self-contained and has no scripts: attach it to a pull request, or put it in a wiki. With --diff it also shows what
    has changed since another file or folder, or since a Git revision of the targets.

    Exit code 0: the page is written, whatever it says. 2: it could not be written, and standard error says why.
    """
    from cdk8s_eks_gpu.report import report_page, to_html  # noqa: PLC0415 -- only a page needs jinja2

    named = targets or (tuple(project_files()) if str(config) == CLUSTER else (str(config),))
    wanted = Wanted(karpenter, kubernetes)
    read = read_targets(named)
    part = _only_cluster(read, wanted)
    if not part.sources.objects and not any(not each.is_template for each in part.sources.unreadable):
        raise ConfigError(", ".join(named), [Problem("", "there is no Kubernetes object to report on")])
    checked = check_part(part)
    answer = _answer(part, checked.findings)
    change = None
    if other is not None:
        with other_state(other, named) as paths:
            change = difference(_answer(_only_cluster(read_targets(paths), wanted)), answer)
    page = report_page(
        part.checked_for.cluster or ", ".join(named),
        read.in_user_terms(checked),
        versions=part.checked_for,
        answer=answer,
        compared_with=other or "",
        difference=change,
    )
    _write(output, to_html(page))


def _answer(part: Part, findings: Sequence[Finding] = ()) -> Answer:
    """Return what `eks-gpu explain` answers."""
    cluster = Cluster(part.sources.objects, part.checked_for.karpenter)
    errors = pool_errors(cluster, part.checked_for, findings)
    return explain(cluster, refused={each: () for each in refused(part) if is_asked_about(each)}, errors=errors)


def _only_cluster(read: Targets, wanted: Wanted) -> Part:
    """Return what was read, if it is of one cluster; a page is about one."""
    parts = read.by_cluster(wanted)
    if len(parts) > 1:
        names = ", ".join(part.checked_for.cluster or part.sources.files[0] for part in parts)
        problem = f"these are {len(parts)} clusters ({names}), and a page is about one: name its folder or file"
        raise ConfigError(", ".join(read.paths), [Problem("", problem)])
    return parts[0]


def _write(output: str, html: str) -> None:
    if output == "-":
        click.echo(html.encode(), nl=False)  # in the encoding that the page says, whatever the terminal's is
        return
    write_text(output, html)
    click.echo(f"{output} is written", err=True)
