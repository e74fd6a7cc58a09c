"""`eks-gpu verify`: hold a live cluster, or dumps of one, against the manifests."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml
from msgspec.structs import replace

from cdk8s_eks_gpu.cli.options import (
    TARGET,
    configs_option,
    format_option,
    karpenter_option,
    kubernetes_option,
    output_option,
)
from cdk8s_eks_gpu.cli.targets import read_targets
from cdk8s_eks_gpu.durations import seconds_of
from cdk8s_eks_gpu.errors import ConfigError, Problem, UnknownNameError
from cdk8s_eks_gpu.findings.checked_for import ASSUMED
from cdk8s_eks_gpu.preflight.versions import Wanted
from cdk8s_eks_gpu.releases import karpenter_release
from cdk8s_eks_gpu.short_lived import no_garbage_collection
from cdk8s_eks_gpu.verify import Promise, Report, Snapshot, read_folder
from cdk8s_eks_gpu.verify import verify as compare
from cdk8s_eks_gpu.verify.access import rbac as permissions
from cdk8s_eks_gpu.verify.checks.karpenter import running_version
from cdk8s_eks_gpu.verify.formats.to_junit import to_junit
from cdk8s_eks_gpu.verify.live import LiveCluster
from cdk8s_eks_gpu.verify.script import dump_script as script_of
from cdk8s_eks_gpu.verify.waiting import wait as look_until

if TYPE_CHECKING:
    from collections.abc import Sequence


_DEFAULT = "cluster.yaml"


def _seconds(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """Return a duration such as 20m, 90s or 1h30m in seconds; so is a number without a unit."""
    if value is None:
        return None
    text = value.strip()
    seconds = seconds_of(f"{text}s" if text.isdecimal() else text)
    if seconds is None:
        raise click.BadParameter(f"{value!r} is no duration such as 20m, 90s or 1h30m.")
    return seconds


@click.command(short_help="Compare a cluster, or dumps of one, with the manifests.")
@click.argument("targets", nargs=-1, type=TARGET, metavar="[FILE | FOLDER | -]...")
@configs_option
@click.option("--context", metavar="NAME", help="The context of the kubeconfig.  [default: the current one]")
@click.option("--kubeconfig", metavar="FILE", help="The kubeconfig.  [default: KUBECONFIG, else ~/.kube/config]")
@click.option(
    "--from", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Read dumps from DIR instead of a cluster."
)
@click.option(
    "--wait", "seconds", callback=_seconds, metavar="DURATION", help="Wait so long for what is not there yet."
)
@format_option(("table", "json", "junit"))
@output_option
@click.option("--all", "everything", is_flag=True, help="Show in the table also what passes.")
@click.option("--dump-script", is_flag=True, help="Print a script that collects with kubectl what --from reads.")
@click.option("--rbac", is_flag=True, help="Print the manifests of the permissions that are needed.")
@karpenter_option
@kubernetes_option
@click.pass_context
def verify(  # noqa: PLR0913, PLR0917 -- one parameter an option
    ctx: click.Context,
    targets: tuple[str, ...],
    configs: tuple[str, ...],
    context: str | None,
    kubeconfig: str | None,
    folder: Path | None,
    seconds: float | None,
    form: str,
    everything: bool,  # noqa: FBT001 -- a flag
    dump_script: bool,  # noqa: FBT001 -- a flag
    rbac: bool,  # noqa: FBT001 -- a flag
    karpenter: str | None,
    kubernetes: str | None,
) -> None:
    """Compare a live cluster with the manifests: objects, conditions, nodes, DaemonSets, Pods, tests.

    Targets are a cluster.yaml, or files and folders of manifests such as dist/; the default is cluster.yaml. The
    cluster is only read: get, list, and logs of Pods.

    Exit code 0: nothing fails (`not known` does not count). 1: something fails, or is still missing at the end. 2: it
    could not run.
    """
    if folder is not None and (seconds is not None or context is not None or kubeconfig is not None):
        raise click.UsageError("--from reads dumps: --wait, --context and --kubeconfig are for a live cluster.")
    targets = (*configs, *targets)
    promise = _promise(targets, Wanted(karpenter, kubernetes))
    if dump_script:
        click.echo(script_of(promise), nl=False)
        return
    if rbac:
        click.echo(yaml.safe_dump_all(permissions(promise), sort_keys=False), nl=False)
        return
    if not promise.objects:
        raise ConfigError(", ".join(targets), [Problem("", "there is no Kubernetes object to compare a cluster with")])
    report = _report(promise, folder, LiveCluster(context, kubeconfig) if folder is None else None, seconds)
    _print(report, form, everything=everything)
    ctx.exit(0 if report.ok else 1)


def _promise(targets: Sequence[str], wanted: Wanted) -> Promise:
    """Return what the targets promise.

    Raises:
        ConfigError: A file cannot be read, or the targets are of several clusters.
        NoSuchPathError: A path is not there.
    """
    read = read_targets(targets or (_DEFAULT,))
    for fault in read.sources.unreadable:
        if not fault.is_template:
            raise ConfigError(fault.file, [Problem("", fault.reason, fault.line)])
    parts = read.by_cluster(wanted)
    if len(parts) > 1:
        names = ", ".join(part.checked_for.cluster or "no named cluster" for part in parts)
        problem = Problem("", f"these are the manifests of several clusters ({names}): name the folder of one")
        raise ConfigError(", ".join(targets), [problem])
    versions = parts[0].checked_for
    karpenter_release(versions.karpenter)
    return Promise(
        parts[0].sources.objects,
        versions.karpenter,
        versions.kubernetes,
        named_versions=versions.karpenter_from != ASSUMED,
    )


def _report(promise: Promise, folder: Path | None, live: LiveCluster | None, seconds: float | None) -> Report:
    if live is None:
        kinds = {(each.group, each.kind) for each in promise.objects}
        with no_garbage_collection():  # half the time for a thousand nodes
            snapshot = read_folder(folder or Path(), kinds)
            return compare(_for_running(promise, snapshot), snapshot)
    snapshot = live.snapshot(promise)
    promise = _for_running(promise, snapshot)
    if seconds is None:
        return compare(promise, snapshot)
    first: list[Snapshot] = [snapshot]
    return look_until(
        promise,
        lambda: first.pop() if first else live.snapshot(promise),
        seconds,
        lambda text: click.echo(text, err=True),
        time.monotonic,
        time.sleep,
    )


def _for_running(promise: Promise, snapshot: Snapshot) -> Promise:
    """Return the promise for the version of Karpenter that runs, unless the user names another."""
    running = running_version(snapshot)
    if promise.named_versions or not running:
        return promise
    try:
        karpenter_release(running)
    except UnknownNameError:
        return promise
    return replace(promise, karpenter=running)


def _print(report: Report, form: str, *, everything: bool) -> None:
    if form == "json":
        click.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    elif form == "junit":
        click.echo(to_junit(report), nl=False)
    else:
        from rich.console import Console  # noqa: PLC0415 -- only a table needs it

        from cdk8s_eks_gpu.verify.formats.to_terminal import show  # noqa: PLC0415

        show(report, Console(highlight=False), everything=everything)
