"""Options that several commands share."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cdk8s_eks_gpu.errors import OutputError
from cdk8s_eks_gpu.hints import did_you_mean
from cdk8s_eks_gpu.manifests.sources import STDIN
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ANSWERED = (0, 1)
"""The exit codes with which a command has answered, well or not; with any other it could not run."""

TARGET = click.Path(allow_dash=True)
"""A file or folder, whose name shells complete, or - for standard input. Who reads it says whether it is there."""


class Choice(click.Choice[str]):
    """One of some words; what is not one of them gets a hint."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """Return click's message, with the hint."""
        return f"{super().get_invalid_choice_message(value, ctx).rstrip('.')}{did_you_mean(value, self.choices) or '.'}"


def format_option(choices: Sequence[str], help_text: str = "What to print.") -> Callable[..., Callable[..., None]]:
    """Return -f, --format as the parameter `form`; the first of the choices is the default."""
    return click.option(
        "-f", "--format", "form", type=Choice(choices), default=choices[0], show_default=True, help=help_text
    )


def output_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add -o, --output: a file for what the command would print. It is written whole, or not at all."""

    @click.option("-o", "--output", type=TARGET, default=STDIN, help="The file to write.  [default: standard output]")
    @wraps(command)
    def with_output(*arguments: object, output: str, **options: object) -> None:
        if output == STDIN:
            command(*arguments, **options)
            return
        text = io.StringIO()
        try:
            with redirect_stdout(text):
                command(*arguments, **options)
        except click.exceptions.Exit as end:
            if end.exit_code in ANSWERED:
                write_text(output, text.getvalue())
            raise
        write_text(output, text.getvalue())

    return with_output


def write_text(path: str, text: str) -> None:
    """Write a file that the user names.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from None


configs_option = click.option(
    "-c",
    "--config",
    "configs",
    metavar="FILE",
    type=TARGET,
    multiple=True,
    help="A configuration file; the same as to name it as a target. May be given again.",
)
config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path, allow_dash=True),
    default=Path("cluster.yaml"),
    show_default=True,
    help="The configuration file; - for standard input.",
)

karpenter_option = click.option(
    "--karpenter",
    metavar="VERSION",
    help=f"Karpenter's version.  [default: that of the manifests' cluster, else {DEFAULT_KARPENTER}]",
)
kubernetes_option = click.option(
    "--kubernetes",
    metavar="VERSION",
    help=f"Kubernetes' version.  [default: that of the manifests' cluster, else {DEFAULT_KUBERNETES}]",
)
