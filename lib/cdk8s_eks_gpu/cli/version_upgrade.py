"""`eks-gpu upgrade`: what other versions of Karpenter and Kubernetes will do to the manifests and to the nodes."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from cdk8s_eks_gpu.cli.options import TARGET, configs_option, format_option, output_option
from cdk8s_eks_gpu.cli.targets import Targets, read_targets
from cdk8s_eks_gpu.config.project import project_files
from cdk8s_eks_gpu.errors import ConfigError, ConfigWarning, Problem
from cdk8s_eks_gpu.findings import Report
from cdk8s_eks_gpu.manifests.sources import STDIN
from cdk8s_eks_gpu.preflight.versions import Wanted
from cdk8s_eks_gpu.upgrade import Upgrade, plan
from cdk8s_eks_gpu.upgrade.to_json import upgrade_data
from cdk8s_eks_gpu.upgrade.to_text import upgrade_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.objects.user_terms import UserTerms
    from cdk8s_eks_gpu.upgrade.notes import Note


@click.command(short_help="Show what changes with other versions of Karpenter and Kubernetes.")
@click.argument("files", nargs=-1, type=TARGET, metavar="[FILE | FOLDER | -]...")
@configs_option
@click.option("--karpenter", metavar="VERSION", help="The version of Karpenter to upgrade to.")
@click.option("--kubernetes", metavar="VERSION", help="The version of Kubernetes to upgrade to.")
@click.option(
    "--from-karpenter", metavar="VERSION", help="Today's version of Karpenter, where the files do not say it."
)
@click.option("--from-kubernetes", metavar="VERSION", help="Today's version of Kubernetes, likewise.")
@click.option("--write", is_flag=True, help="Write the versions into the files, unless something is refused.")
@format_option(("text", "json"), "How to print the answer.")
@output_option
@click.pass_context
def upgrade(  # noqa: PLR0913, PLR0917 -- one parameter an option
    ctx: click.Context,
    files: tuple[str, ...],
    configs: tuple[str, ...],
    karpenter: str | None,
    kubernetes: str | None,
    from_karpenter: str | None,
    from_kubernetes: str | None,
    write: bool,  # noqa: FBT001 -- a flag of the command line
    form: str,
) -> None:
    """Show what changes with other versions of Karpenter and Kubernetes, for a cluster.yaml or manifests.

    Without a target, for cluster.yaml in this folder and all files in clusters/.

    It shows what is refused, what has a different meaning, which nodes are replaced, which IAM actions and feature
    gates are new, and which findings appear and disappear.

    Exit code 0: nothing is refused. 1: something is refused. 2: the command could not run.
    """
    if karpenter is None and kubernetes is None:
        raise click.UsageError("Name the version to upgrade to: --karpenter, --kubernetes, or both.")
    today = read_targets((*configs, *files) or project_files())
    if not today.sources.objects:
        raise ConfigError(", ".join(today.paths), [Problem("", "there is no Kubernetes object to upgrade")])
    changed = Changed.of(today, karpenter, kubernetes)
    parts = today.by_cluster(Wanted(from_karpenter, from_kubernetes, "--from-karpenter", "--from-kubernetes"))
    afterwards = today.with_configs(changed.configs).by_cluster(
        Wanted(karpenter or from_karpenter, kubernetes or from_kubernetes)
    )
    upgrades = [
        _in_user_terms(plan(old, new, changed.problems_of(new.sources.files)), today)
        for old, new in zip(parts, afterwards, strict=True)
    ]
    is_refused = any(each.is_refused for each in upgrades)
    written = changed.write() if write and not is_refused else ()
    _print(upgrades, written, form)
    ctx.exit(1 if is_refused else 0)


def _in_user_terms(upgrade: Upgrade, targets: Targets) -> Upgrade:
    """Return the upgrade with what is about a configuration at the lines of it."""
    refused, begin, end = (
        targets.in_user_terms(Report(found)).findings for found in (upgrade.refused, upgrade.begin, upgrade.end)
    )
    readings, replaced = (
        tuple(_note_in_user_terms(note, targets.user_terms) for note in notes)
        for notes in (upgrade.readings, upgrade.replaced)
    )
    return replace(upgrade, refused=refused, begin=begin, end=end, readings=readings, replaced=replaced)


def _note_in_user_terms(note: Note, terms: Sequence[UserTerms]) -> Note:
    for each in terms:
        if note.file.startswith(f"{each.path}/"):
            file, line = each.place_of(note.kind, note.name, note.file)
            return replace(note, file=file, line=line)
    return note


class Changed(Struct, frozen=True):
    """The configurations among the targets, with the new versions.

    Attributes:
        configs: The configurations by path; those that cannot have these versions as they are today.
        texts: The texts, with the new versions, of the files in which they say them: their own, or those they extend.
        problems: By path, what a configuration cannot say for these versions.
    """

    configs: Mapping[str, ClusterConfig]
    texts: Mapping[str, str]
    problems: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, today: Targets, karpenter: str | None, kubernetes: str | None) -> Changed:
        """Return the configurations with other versions.

        Raises:
            ConfigError: A file does not say its versions itself.
        """
        if not today.configs:
            return cls({}, {}, {})
        from cdk8s_eks_gpu.config.load import load_cluster  # noqa: PLC0415 -- manifests do not need pydantic
        from cdk8s_eks_gpu.config.versions import with_versions  # noqa: PLC0415

        configs, problems = dict(today.configs), {}
        texts: dict[str, str] = dict(today.texts)
        for path in today.configs:
            texts = with_versions(path, karpenter, kubernetes, texts)
        for path in today.configs:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ConfigWarning)  # they were shown for the file as it is
                    configs[path] = load_cluster(path, texts)
            except ConfigError as error:
                problems[path] = tuple(str(error).splitlines())
        return cls(configs, texts, problems)

    def problems_of(self, files: Iterable[str]) -> tuple[str, ...]:
        """Return the problems of the configurations that the files come from."""
        names = tuple(files)
        return tuple(
            problem
            for path, problems in self.problems.items()
            if any(name.startswith(f"{path}/") for name in names)
            for problem in problems
        )

    def write(self) -> tuple[str, ...]:
        """Write the files, and return them.

        Raises:
            ConfigError: There is no configuration among the targets, or a file cannot be written.
        """
        if not self.texts:
            problem = Problem("", "there is no cluster.yaml among the files, into which --write could write")
            raise ConfigError("--write", [problem])
        if STDIN in self.texts:
            raise ConfigError("--write", [Problem("", "standard input is no file to write into: name the file")])
        for path, text in self.texts.items():
            try:
                Path(path).write_bytes(text.encode())
            except OSError as error:
                raise ConfigError(path, [Problem("", f"cannot be written: {error.strerror}")]) from None
        return tuple(self.texts)


def _print(upgrades: list[Upgrade], written: tuple[str, ...], form: str) -> None:
    if form == "json":
        data = {
            "isRefused": any(each.is_refused for each in upgrades),
            "written": list(written),
            "clusters": list(map(upgrade_data, upgrades)),
        }
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    click.echo("\n".join(map(upgrade_text, upgrades)), nl=False)
    for path in written:
        click.echo(f"The versions are written into {path}: run `eks-gpu synth`.")
