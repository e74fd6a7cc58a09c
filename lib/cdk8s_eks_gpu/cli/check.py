"""`eks-gpu check`: check manifests before they are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from cdk8s_eks_gpu.cli.config_edits import config_edits
from cdk8s_eks_gpu.cli.options import (
    TARGET,
    configs_option,
    format_option,
    karpenter_option,
    kubernetes_option,
    output_option,
)
from cdk8s_eks_gpu.cli.targets import configs_for, read_targets, with_pools
from cdk8s_eks_gpu.config.project import project_files
from cdk8s_eks_gpu.preflight.check import check_parts
from cdk8s_eks_gpu.preflight.edits import difference, edits
from cdk8s_eks_gpu.preflight.formats.by_name import FORMATS
from cdk8s_eks_gpu.preflight.rules import GROUPS
from cdk8s_eks_gpu.preflight.text_edits import Edit, write
from cdk8s_eks_gpu.preflight.versions import Wanted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cdk8s_eks_gpu.findings import Report


@click.command(short_help="Check manifests before they are applied.")
@click.argument("paths", nargs=-1, type=TARGET, metavar="[FILE | FOLDER | -]...")
@configs_option
@karpenter_option
@kubernetes_option
@click.option("--only", metavar="GROUP,...", default="", help=f"Check these groups only: {', '.join(GROUPS)}.")
@format_option(tuple(FORMATS))
@output_option
@click.option("--fix", is_flag=True, help="Show the edits that fix findings with one right answer, and ask.")
@click.option("--yes", is_flag=True, help="With --fix: do not ask.")
@click.pass_context
def check(  # noqa: PLR0913, PLR0917 -- one parameter an option
    ctx: click.Context,
    paths: tuple[str, ...],
    configs: tuple[str, ...],
    karpenter: str | None,
    kubernetes: str | None,
    only: str,
    form: str,
    fix: bool,  # noqa: FBT001 -- a flag
    yes: bool,  # noqa: FBT001 -- a flag
) -> None:
    """Check the manifests in files and folders; `-` reads them from standard input.

    Without a target, cluster.yaml in this folder and all files in clusters/ are checked.

    Pods without a NodePool among the targets are checked with the pools of the project's cluster.yaml.

    For a cluster.yaml, its manifests are checked, for the versions that it names. A folder that synthesis wrote is
    checked for the versions that it was written for; any other folder for those of a cluster.yaml in it or beside it.
    If nothing names the versions, the report says which were assumed.

    In a folder, manifests and the output of kustomizations are checked. Helm charts, Terraform and files of other tools
    are named, but not checked.

    Exit code 0: no error. 1: errors were found. 2: the check could not run, or there was no object to check.
    """
    paths = (*configs, *paths) or tuple(project_files())
    wanted = Wanted(karpenter, kubernetes)
    targets = read_targets(paths)
    projects = [] if targets.loaded else configs_for(paths)
    parts = [with_pools(part, projects, wanted) for part in targets.by_cluster(wanted)]
    report = check_parts(parts, targets.sources.files, [group.strip() for group in only.split(",") if group.strip()])
    found = {}
    if fix:
        found = edits(report.findings, targets.sources.objects)
        found |= config_edits(report.findings, targets.user_terms)
    report = _with_clusters(targets.in_user_terms(report), targets.configs)
    if fix:
        _fix(found, ask=not yes)
    click.echo(FORMATS[form](report), nl=False)
    if report.ok and not report.objects:
        click.echo(f"Nothing was checked: there is no Kubernetes object in {', '.join(paths)}.", err=True)
        ctx.exit(2)
    ctx.exit(0 if report.ok else 1)


def _with_clusters(report: Report, configs: Collection[str]) -> Report:
    """Return the report of several clusters with the cluster in what is said of a file that they share."""
    if len(report.versions) == 1:
        return report
    findings = (
        replace(finding, message=f"Cluster {finding.cluster}: {finding.message}")
        if finding.cluster and finding.file not in configs
        else finding
        for finding in report.findings
    )
    return replace(report, findings=tuple(findings))


def _fix(found: Mapping[str, Sequence[Edit]], *, ask: bool) -> None:
    """Show the edits as a diff on standard error, and write them if the user agrees."""
    for file, changes in found.items():
        click.echo(difference(file, changes), err=True, nl=False)
    if not found:
        click.echo("There is nothing to fix by itself.", err=True)
    elif not ask or click.confirm("Write these changes?", err=True):
        for file, changes in found.items():
            write(file, changes)
        click.echo("Written. These were the findings before:", err=True)
