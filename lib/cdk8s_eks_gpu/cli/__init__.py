"""`eks-gpu`: one module a command."""

from __future__ import annotations

import click

from cdk8s_eks_gpu.cli.charts import charts
from cdk8s_eks_gpu.cli.check import check
from cdk8s_eks_gpu.cli.explain import explain
from cdk8s_eks_gpu.cli.init import init
from cdk8s_eks_gpu.cli.interfaces import interfaces
from cdk8s_eks_gpu.cli.nccl import nccl
from cdk8s_eks_gpu.cli.report import report
from cdk8s_eks_gpu.cli.rule import rule
from cdk8s_eks_gpu.cli.schema import schema
from cdk8s_eks_gpu.cli.synth import synth
from cdk8s_eks_gpu.cli.verify import verify
from cdk8s_eks_gpu.cli.version_upgrade import upgrade
from cdk8s_eks_gpu.errors import EksGpuError


class _Commands(click.Group):
    """Turns the errors that a user can fix into a message and exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except EksGpuError as error:
            click.echo(f"{error}", err=True)
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


main.add_command(charts)
main.add_command(check)
main.add_command(explain)
main.add_command(init)
main.add_command(interfaces)
main.add_command(nccl)
main.add_command(report)
main.add_command(rule)
main.add_command(schema)
main.add_command(synth)
main.add_command(upgrade)
main.add_command(verify)
