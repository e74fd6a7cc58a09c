"""What the preflight finds: one rule, broken at one place."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from cdk8s_eks_gpu.findings.rule import Rule, Severity
from cdk8s_eks_gpu.manifests import KubernetesObject, Path, path_text
from cdk8s_eks_gpu.manifests.templates import is_placeholder

_LONGEST_VALUE = 200


class MissingToleration(Struct, frozen=True):
    """A toleration whose lack is behind a finding, which may stand at another object: the pool with the taint.

    Attributes:
        file: The file of the object that lacks it; document, kind and name tell the object.
        path: The list of tolerations in the object.
        toleration: The toleration as a YAML mapping on one line.
    """

    file: str
    document: int
    kind: str
    name: str
    path: Path
    toleration: str


class Finding(Struct, frozen=True):
    """One thing that is wrong with one object.

    Attributes:
        rule: The rule that it breaks.
        message: What is wrong here, in one or two sentences.
        fix: What to do about it.
        file: The file, as the user named it; for the objects of an app, the path of the construct.
        line: The line in the file, counted from 1; 0 where there is no file.
        document: Which document of the file, counted from 1; 0 when it is about the file as a whole.
        kind: The object's kind; empty when it is about no object. Likewise name and namespace.
        steps: Where in the object: the keys and places that lead there.
        value: The value there, cut short when it is long.
        ignored: The reason that the object gives for ignoring the rule, if it does.
        missing_tolerations: The tolerations that would fix it.
        cluster: The cluster that the object is for; empty where nothing names it.
        pools: Of what is wrong with a node class for some of its pools, their names; empty where it is for all.
    """

    rule: Rule
    message: str
    fix: str
    file: str
    line: int
    document: int = 0
    kind: str = ""
    name: str = ""
    namespace: str = ""
    steps: Path = ()
    value: Any = None
    ignored: str | None = None
    missing_tolerations: tuple[MissingToleration, ...] = ()
    cluster: str = ""
    pools: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where in the object, as an API server writes it: `spec.taints[0].key`."""
        return path_text(self.steps)

    @property
    def place(self) -> str:
        """The object and the path in it, as people read them: `NodePool/gpu spec.limits`; empty for a whole file."""
        return " ".join(filter(None, (f"{self.kind}/{self.name}".strip("/"), self.path)))

    @property
    def severity(self) -> Severity:
        """Return how bad it is; what is ignored is a note."""
        return Severity.NOTE if self.ignored is not None else self.rule.severity

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data, in the names that `--format json` prints."""
        result = {
            "rule": self.rule.id,
            "severity": self.severity.value,
            "file": self.file,
            "line": self.line,
            "document": self.document,
            "kind": self.kind,
            "name": self.name,
            "namespace": self.namespace,
            "path": self.path,
            "value": self.value,
            "message": self.message,
            "cure": self.fix,
            "cluster": self.cluster,
        }
        return result if self.ignored is None else {**result, "silenced": self.ignored}


def finding_at(  # noqa: PLR0913 -- what a finding says about an object
    rule: Rule,
    manifest: KubernetesObject,
    path: Path,
    message: str,
    *,
    value: Any = None,  # noqa: ANN401 -- any value of a manifest
    fix: str | None = None,
    missing_tolerations: tuple[MissingToleration, ...] = (),
) -> Finding:
    """Return the finding that the object breaks the rule at the path. What a Secret keeps is left out."""
    return Finding(
        rule=rule,
        message=message,
        fix=fix or rule.fix,
        file=manifest.file,
        line=manifest.line(path),
        document=manifest.document.index,
        kind=manifest.kind,
        name=manifest.name,
        namespace=manifest.namespace,
        steps=path,
        value=None if is_secret(manifest, path) and not is_placeholder(value) else abbreviated(value),
        missing_tolerations=missing_tolerations,
    )


def is_secret(manifest: KubernetesObject, path: Path) -> bool:
    """Return whether the value at the path must not be shown in a report."""
    return manifest.kind == "Secret" and bool(path) and path[0] in {"data", "stringData"}


def abbreviated(value: Any) -> Any:  # noqa: ANN401 -- any value of a manifest
    """Return the value as it is, or cut short where it is long."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…"
    if isinstance(value, dict | list) and len(repr(value)) > _LONGEST_VALUE:
        return {"…": f"{len(value)} fields"} if isinstance(value, dict) else [f"… {len(value)} items"]
    return value
