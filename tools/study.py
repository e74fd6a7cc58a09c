"""Count by rule what `eks-gpu check` finds in public repositories: `python tools/study.py FOLDER...`.

Each folder is a checkout, named OWNER/NAME or OWNER+NAME, which the user has made; nothing is downloaded. The tables of
docs/study.md are what this prints. A repository is checked as a whole, for the newest versions known.
"""

import argparse
import subprocess
from collections import Counter
from pathlib import Path

import click

from cdk8s_eks_gpu.findings import Report, Severity
from cdk8s_eks_gpu.preflight.check import check_paths


def commit_of(folder: Path) -> str:
    """Return the commit of a checkout and its date; an empty text where git knows neither."""
    if not (folder / ".git").exists():
        return ""
    command = ["git", "-C", str(folder), "log", "-1", "--format=%h, %cs"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


def name_of(folder: Path) -> str:
    """Return what a repository is called: `owner/name`."""
    name = folder.resolve()
    return name.name.replace("+", "/", 1) if "+" in name.name else f"{name.parent.name}/{name.name}"


def row(folder: Path, report: Report) -> str:
    """Return a repository as a row of the table."""
    counts = [str(report.count(severity)) for severity in Severity]
    scope = [str(report.objects), str(len(report.scope.kustomizations) if report.scope else 0)]
    return f"| {' | '.join((name_of(folder), commit_of(folder), *scope, *counts))} |"


def by_rule(reports: dict[Path, Report]) -> list[str]:
    """Return a row for each rule: how often it is broken, and in how many repositories."""
    findings: Counter[str] = Counter()
    repositories: Counter[str] = Counter()
    severities = {}
    for report in reports.values():
        for finding in report.findings:
            findings[finding.rule.id] += 1
            severities[finding.rule.id] = finding.rule.severity.value
        repositories.update({finding.rule.id for finding in report.findings})
    order = sorted(findings, key=lambda rule: (-repositories[rule], -findings[rule], rule))
    return [
        f"| [{rule}](rules/{rule}.md) | {severities[rule]} | {findings[rule]} | {repositories[rule]} |"
        for rule in order
    ]


def main() -> None:
    """Check the folders and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    folders = sorted(parser.parse_args().folders, key=name_of)
    reports = {folder: check_paths([str(folder)]) for folder in folders}
    click.echo("| repository | commit | objects | kustomizations | errors | warnings | notes |")
    click.echo("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    click.echo("\n".join(row(folder, report) for folder, report in reports.items()))
    click.echo("\n| rule | severity | findings | repositories |\n| --- | --- | ---: | ---: |")
    click.echo("\n".join(by_rule(reports)))


if __name__ == "__main__":
    main()
