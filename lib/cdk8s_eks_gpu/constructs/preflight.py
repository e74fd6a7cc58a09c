"""The preflight at synthesis: an app with our constructs writes nothing that it finds an error in."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import constructs
import jsii

from cdk8s_eks_gpu.constructs import verdicts
from cdk8s_eks_gpu.constructs.verdicts import Verdict
from cdk8s_eks_gpu.errors import EksGpuError, PreflightError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import cdk8s
    from constructs import Construct, IConstruct


@dataclass
class Versions:
    """What the manifests of an app are for.

    Attributes:
        karpenter: Karpenter's version; none takes the newest that is known.
        kubernetes: Kubernetes' version; none takes the preflight's default.
    """

    karpenter: str | None = None
    kubernetes: str | None = None


def preflight(texts: Mapping[str, str], versions: Versions) -> None:
    """Judge the manifests, given by the names of their files, and show the warnings.

    Raises:
        PreflightError: There are errors in them.
    """
    verdict_key = verdicts.key(texts, versions)
    verdict = verdicts.recall(verdict_key)
    if verdict is None:
        verdict = _judge(texts, versions)
        verdicts.remember(verdict_key, verdict)
    verdict.show()


def _judge(texts: Mapping[str, str], versions: Versions) -> Verdict:
    # Not imported above: a remembered verdict needs none of it.
    from click import unstyle  # noqa: PLC0415

    from cdk8s_eks_gpu.preflight import DEFAULT_KARPENTER, DEFAULT_KUBERNETES, Severity, check  # noqa: PLC0415
    from cdk8s_eks_gpu.preflight.formats.terminal import to_text  # noqa: PLC0415

    report = check(
        texts,
        karpenter=versions.karpenter or DEFAULT_KARPENTER,
        kubernetes=versions.kubernetes or DEFAULT_KUBERNETES,
    )
    styled = to_text(report) if report.count(Severity.ERROR) or report.count(Severity.WARNING) else ""
    if not report.ok:
        raise PreflightError(f"{styled if sys.stderr.isatty() else unstyle(styled)}Nothing was written.")
    return Verdict(unstyle(styled), styled)


@jsii.implements(constructs.IValidation)
class AppPreflight:
    """The validation of a plain cdk8s.App: it knows the manifests as our constructs made them.

    Node.js calls it in the middle of synthesis, when nothing may be asked of Node.js: so the manifests are kept here.
    """

    def __init__(self) -> None:
        """Begin without manifests."""
        self.versions = Versions()
        self.texts: dict[str, str] = {}

    def validate(self) -> list[str]:
        """Return the report if there are errors in it; warnings are shown."""
        try:
            preflight(self.texts, self.versions)
        except EksGpuError as error:
            return [str(error)]
        return []


# By jsii's name for the app: of one that Node.js made (`cdk8s.Testing.app()`), Python gets another object each time.
_APPS: dict[str, AppPreflight] = {}
_CHECKED_ELSEWHERE: dict[str, Versions] = {}


def checked_elsewhere(app: IConstruct, versions: Versions) -> None:
    """Leave an app alone whose files are checked when they are written."""
    _CHECKED_ELSEWHERE[_name(app)] = versions


def versions_of(scope: Construct) -> Versions:
    """Return the versions that the app of the scope is checked for, to be read or set."""
    app = scope.node.root
    return _CHECKED_ELSEWHERE.get(_name(app)) or _of(app).versions


def check_at_synthesis(scope: Construct, objects: Iterable[cdk8s.ApiObject]) -> None:
    """Have the objects, as they are now, checked when the app of the scope is synthesised."""
    app = scope.node.root
    if _name(app) in _CHECKED_ELSEWHERE:
        return
    texts, path = _of(app).texts, scope.node.path
    for number, made in enumerate(objects):
        texts[f"{path}[{number}]"] = json.dumps(made.to_json())  # JSON is YAML


def _of(app: IConstruct) -> AppPreflight:
    name = _name(app)
    if name not in _APPS:
        _APPS[name] = AppPreflight()
        app.node.add_validation(_APPS[name])
    return _APPS[name]


def _name(app: IConstruct) -> str:
    return str(app.__jsii_ref__.ref)  # type: ignore[attr-defined] # every object of jsii has it
