"""All that can go wrong for a user, on one screen. Each error says what, where and the fix; none is a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable


class EksGpuError(Exception):
    """A problem that the user can fix. The command line prints it and exits with code 2."""


class Problem(Struct, frozen=True):
    """One thing that is wrong in a file.

    Attributes:
        path: Where it is, in the file's own keys: `nodePools.gpu.taints[0].effect`.
        message: What is wrong, what is allowed, and the fix.
        line: The line in the file, counted from 1, if it is known.
        file: The file, where it is not the one that the error is about: one that this extends.
    """

    path: str
    message: str
    line: int | None = None
    file: str | None = None


class ConfigError(EksGpuError):
    """The configuration file cannot be used. Carries every problem found in it, in the order of the file.

    Problems in the files that it extends come after its own.
    """

    def __init__(self, source: str, problems: list[Problem]) -> None:
        """Collect the problems of the file named `source`."""
        self.source = source
        files = [source, *(problem.file for problem in problems)]
        self.problems = tuple(sorted(problems, key=lambda each: (files.index(each.file or source), each.line or 0)))
        super().__init__("\n".join(map(self._describe, self.problems)))

    def _describe(self, problem: Problem) -> str:
        file = problem.file or self.source
        place = file if problem.line is None else f"{file}:{problem.line}"
        return f"{place}: {problem.path}: {problem.message}" if problem.path else f"{place}: {problem.message}"


class SeveralError(EksGpuError):
    """Several things are wrong, each for itself: with several clusters, for instance. The message has all of theirs."""

    def __init__(self, errors: Iterable[EksGpuError]) -> None:
        """Collect the errors."""
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))


class ConfigWarning(UserWarning):
    """The configuration file says something that works, and had better be said otherwise."""


class ChartError(EksGpuError):
    """A Helm chart cannot be found, trusted or rendered.

    Attributes:
        chart: The chart, if it is a device plugin's and an option of the plugin is why.
        option: That option: `version` or `values`.
    """

    def __init__(self, message: str, chart: str = "", option: str = "") -> None:
        """Take the message, and what it is about."""
        super().__init__(message)
        self.chart, self.option = chart, option


class RenderingMissingError(ChartError):
    """A Helm release with these values was never rendered, and cannot be rendered here."""


class NodeMissingError(EksGpuError):
    """jsii, which runs cdk8s, finds no Node.js."""


class ExtraManifestsError(EksGpuError):
    """A user's own manifests cannot be read. The message has a line for each problem, with file and line."""


class OutputError(EksGpuError):
    """The output directory cannot be replaced; it stays as it was."""


class MarkerError(ConfigError, OutputError):
    """The marker of an output directory, `.eks-gpu`, is damaged, or a newer version of this package wrote it."""


class RequirementError(EksGpuError, ValueError):
    """A requirement that Karpenter does not take: an unknown operator, or values that do not go with it."""


class QuantityError(EksGpuError, ValueError):
    """A text that is no Kubernetes quantity."""


class UnknownNameError(EksGpuError, LookupError):
    """A name that is not known: of an instance type, a group of rules, or a version. The message says what is."""

    def __init__(self, what: str, name: str, known: Iterable[str] = (), advice: str = "") -> None:
        """Say that no `what` has the name, which of the known ones it may stand for, and give the advice."""
        hint = did_you_mean(name, known)
        end = f"{'' if hint else '.'} {advice}" if advice else ""
        super().__init__(f"unknown {what} {name!r}{hint}{end}")


class MissingOptionError(EksGpuError, ValueError):
    """An option is missing, or has a value that the others do not go with."""


class LayoutNotKnownError(EksGpuError, LookupError):
    """No source says which network interfaces give an instance type its EFA."""


class NoSuchPathError(EksGpuError):
    """A path that the user named is not there."""


class DumpError(EksGpuError):
    """Dumps of a cluster cannot be read, or there are none."""


class LiveError(EksGpuError):
    """The cluster cannot be asked: no client, no kubeconfig, no such context, no answer."""


class RefusedError(EksGpuError):
    """The API server or Karpenter would refuse an object, so nothing can be said of it."""


class PreflightError(EksGpuError):
    """The preflight found errors in the manifests. The message is its report."""
