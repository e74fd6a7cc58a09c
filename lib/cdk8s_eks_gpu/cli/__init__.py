"""`eks-gpu`: one module a command."""

from __future__ import annotations

import sys
from errno import EPIPE
from importlib import import_module

import click

from cdk8s_eks_gpu.errors import EksGpuError
from cdk8s_eks_gpu.hints import did_you_mean

# The module of each command in this package; what most commands do not need, such as pydantic, takes half a second.
COMMANDS = {
    "charts": "charts",
    "check": "check",
    "explain": "explain",
    "init": "init",
    "interfaces": "interfaces",
    "nccl": "nccl",
    "report": "report",
    "rule": "rule",
    "schema": "schema",
    "synth": "synth",
    "upgrade": "version_upgrade",
    "verify": "verify",
}


class _Commands(click.Group):
    """Imports a command when it is asked for, and turns the errors that a user can fix into a message and code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- as click calls it
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- likewise
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{COMMANDS[cmd_name]}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and name[:1].isalpha():
            ctx.fail(f"No such command '{name}'{did_you_mean(name, COMMANDS) or '.'}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except EksGpuError as error:
            click.echo(f"{error}", err=True)
            ctx.exit(2)
        except click.Abort:  # Ctrl-D where a question waits for its answer
            click.echo("\nNo answer: nothing is written.", err=True)
            ctx.exit(2)
        except OSError as error:  # such as a full disk behind standard output
            if error.errno == EPIPE:
                raise  # Who read the output has enough: click ends the command.
            click.echo(f"{error.filename or 'standard output'}: {error.strerror}", err=True)
            if error.filename is None:
                sys.stdout = None  # Else Python would try at its end to write what is left, and exit with 120.
            ctx.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cdk8s-eks-gpu")
def main() -> None:
    """GPU and EFA node pools for Amazon EKS: one typed file in, proven manifests out.

    In all commands -c is the configuration file, -o where the output goes, -f its format, and - standard input or
    output in the place of a file.

    Exit code 0: all is well. 1: something is wrong with what was asked about. 2: the command could not run, and
    standard error says why. 130: Ctrl-C.

    Completion in bash: eval "$(_EKS_GPU_COMPLETE=bash_source eks-gpu)"; zsh_source and fish_source likewise.
    """
