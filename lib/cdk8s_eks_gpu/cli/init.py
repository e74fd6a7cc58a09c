"""`eks-gpu init`: a new project."""

from __future__ import annotations

import shlex
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cdk8s_eks_gpu import journal
from cdk8s_eks_gpu.cli.options import Choice
from cdk8s_eks_gpu.errors import ConfigError, ConfigWarning, OutputError
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES, incompatibility

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NO_CONTENTS = {".git", ".DS_Store"}  # the latter is of macOS's Finder
_STARTING_POINTS = {
    "inference": "single nodes for inference and development, on demand, with a limit",
    "training": "whole nodes with all of their EFA, from a capacity reservation",
    "notebooks": "GPUs that several pods share by time slicing, beside whole ones",
    "workshop": "the stack of a workshop about training on EKS: all GPU types, spot and on demand",
}


class _Question(NamedTuple):
    """What a project has to say: the option, where cluster.yaml has it, and the question on a terminal."""

    option: str
    path: str
    text: str


_QUESTIONS = {
    "region": _Question("--region", "cluster.region", "AWS region"),
    "cluster": _Question("--name", "cluster.name", "Name of the EKS cluster"),
    "kubernetes": _Question("--kubernetes", "cluster.kubernetesVersion", "Kubernetes version"),
    "karpenter": _Question("--karpenter", "cluster.karpenterVersion", "Karpenter version"),
}
_QUESTIONS_OF_TRAINING = {
    "reservation": _Question(
        "--reservation", "nodePools.train.capacity.reservations[0]", "Capacity reservation (none: on demand)"
    ),
    "zone": _Question("--zone", "nodePools.train.capacity.zone", "Zone of the nodes: that of the reservation"),
}


@click.command(short_help="Write a new project into FOLDER.")
@click.argument("folder", type=click.Path(path_type=Path, readable=False))
@click.option("--for", "purpose", type=Choice(tuple(_STARTING_POINTS)), help="What the GPUs are for.")
@click.option("--name", "cluster", metavar="NAME", help="The EKS cluster's name.  [default: the folder's]")
@click.option("--region", metavar="REGION", help="The cluster's AWS region, such as us-west-2.")
@click.option(
    "--kubernetes", metavar="VERSION", help=f"The cluster's Kubernetes version.  [default: {DEFAULT_KUBERNETES}]"
)
@click.option("--karpenter", metavar="VERSION", help=f"The version of Karpenter in it.  [default: {DEFAULT_KARPENTER}]")
@click.option(
    "--reservation",
    metavar="ID",
    help="The id of a capacity reservation for training, such as cr-0123456789abcdef0.",
)
@click.option(
    "--zone",
    metavar="ZONE",
    help="The zone of the nodes for training: that of the reservation.  [default: the region's zone a]",
)
def init(folder: Path, purpose: str | None, **given: str | None) -> None:
    """Write a new project into FOLDER: a commented cluster.yaml, main.py, cdk8s.yaml, .gitignore and a CI workflow.

    On a terminal, it asks for what you leave out; elsewhere --for and --region are required. FOLDER must be new or
    empty; it may be an empty Git repository.

    Exit code 0: the project is written. 2: nothing is written, and standard error says why.
    """
    _refuse_what_is_there(folder)
    purpose = purpose or _ask_purpose()
    questions = _QUESTIONS | (_QUESTIONS_OF_TRAINING if purpose == "training" else {})
    if useless := [
        each.option for name, each in _QUESTIONS_OF_TRAINING.items() if given[name] and name not in questions
    ]:
        raise click.UsageError(f"{' and '.join(useless)}: only with --for training.")
    answers = {name: answer for name in questions if (answer := given[name]) is not None}
    _write(folder, _files(folder, purpose, questions, answers))
    click.echo(f"{folder}/ is written. Next:\n")
    if folder != Path():
        click.echo(f"  cd {shlex.quote(str(folder))}")
    click.echo("  eks-gpu synth          # cluster.yaml -> dist/")
    click.echo("  eks-gpu explain        # which instance types that makes, and what runs on them")
    click.echo("  kubectl apply -f dist/ # or let Argo CD take dist/ from Git")


def _refuse_what_is_there(folder: Path) -> None:
    try:
        if not folder.exists() or (folder.is_dir() and {file.name for file in folder.iterdir()} <= _NO_CONTENTS):
            return
    except OSError as error:
        raise OutputError(f"{folder} cannot be read: {error.strerror}") from None
    what = "is not empty" if folder.is_dir() else "is a file"
    raise OutputError(f"{folder} {what}: name a new folder, or an empty one")


def _ask_purpose() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(f"Say what the GPUs are for: --for {' | '.join(_STARTING_POINTS)}.")
    for name, summary in _STARTING_POINTS.items():
        click.echo(f"  {name:10} {summary}")
    answer: str = click.prompt("What are the GPUs for", type=Choice(tuple(_STARTING_POINTS)), default="inference")
    return answer


def _files(folder: Path, purpose: str, questions: Mapping[str, _Question], answers: dict[str, str]) -> dict[str, str]:
    """Return the project's files; on a terminal ask for the answers that are missing, and again for wrong ones.

    Raises:
        click.UsageError: An answer is missing or wrong, and there is no terminal to ask.
    """
    from cdk8s_eks_gpu.cli.schema import schema_text  # noqa: PLC0415 -- other commands do not need pydantic
    from cdk8s_eks_gpu.starting_points import Project, project_files  # noqa: PLC0415

    while True:
        for name in ("kubernetes", "karpenter"):
            if name in answers:
                answers[name] = answers[name].removeprefix("v")
        if "region" in answers:
            defaults = {name: _default(name, folder, answers) or "" for name in questions}
            files = project_files(Project(starting_point=purpose, **(defaults | answers)))
            with warnings.catch_warnings():
                if answers.keys() != questions.keys():  # advice is for the whole file, once
                    warnings.simplefilter("ignore", ConfigWarning)
                problems = list(_wrong(files["cluster.yaml"], questions, defaults | answers))
            if wrong := [(name, message) for name, message in problems if name in answers]:
                text = "\n".join(f"{questions[name].option}: {message}" for name, message in wrong)
                if not sys.stdin.isatty():
                    raise click.UsageError(text)
                click.echo(text, err=True)
                for name, _ in wrong:
                    answers.pop(name, None)
            elif answers.keys() == questions.keys():
                return {**files, "cluster.schema.json": schema_text() + "\n"}
        name = next(each for each in questions if each not in answers)
        answers[name] = _ask(questions[name], _default(name, folder, answers))


def _wrong(text: str, questions: Mapping[str, _Question], answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the names of the answers for which a cluster.yaml of this text cannot be, each with the reason."""
    from cdk8s_eks_gpu.config.load import parse_cluster  # noqa: PLC0415

    names = {question.path: name for name, question in questions.items()}
    try:
        parse_cluster(text, "cluster.yaml")
    except ConfigError as error:
        # What is not an answer itself is something that the starting point uses and an old Karpenter does not have.
        for each in error.problems:
            yield names.get(each.path, "karpenter"), each.message.removesuffix(", in quotes and without a v")
        return
    if reason := incompatibility(answers["karpenter"], answers["kubernetes"]):
        yield "karpenter", reason


def _default(name: str, folder: Path, answers: dict[str, str]) -> str | None:
    defaults = {
        "cluster": folder.resolve().name,
        "kubernetes": DEFAULT_KUBERNETES,
        "karpenter": DEFAULT_KARPENTER,
        "reservation": "",
        "zone": f"{answers.get('region')}a",
    }
    return defaults.get(name)


def _ask(question: _Question, default: str | None) -> str:
    """Return the answer; off a terminal the default, if there is one."""
    if sys.stdin.isatty():
        answer: str = click.prompt(question.text, default=default, show_default=bool(default))
        return answer
    if default is None:
        raise click.UsageError(f"{question.option} is missing: there is no terminal to ask for it.")
    return default


def _write(folder: Path, files: dict[str, str]) -> None:
    """Write all of the files, or none.

    Raises:
        OutputError: The folder cannot be written.
    """
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        journal.change(folder, {path: text.encode() for path, text in files.items()}, [])
    except OSError as error:
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise OutputError(f"{folder} cannot be written: {error.strerror}") from None
