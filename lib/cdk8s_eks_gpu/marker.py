"""The marker of an output directory: which of its files synthesis wrote, and for which cluster and versions.

The file `.eks-gpu` has no suffix of a manifest, so that kubectl and Argo CD pass it over.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from cdk8s_eks_gpu.errors import MarkerError, Problem

NAME = ".eks-gpu"
SCHEMA = 1


class Marker(Struct, frozen=True):
    """What the marker says.

    Attributes:
        cluster: The EKS cluster's name; None if nothing said it, or if several clusters share the directory.
        karpenter: The version of Karpenter that the manifests are for; None as for the cluster.
        kubernetes: The version of Kubernetes that they are for; None as for the cluster.
        files: The files that synthesis wrote, the marker not among them: sorted paths within the directory, with `/`.
        schema: The version of the marker's own form.
    """

    cluster: str | None
    karpenter: str | None
    kubernetes: str | None
    files: tuple[str, ...]
    schema: int = SCHEMA

    @property
    def text(self) -> str:
        """The marker as JSON: keys and files sorted, nothing that depends on the machine."""
        return json.dumps({**asdict(self), "files": sorted(self.files)}, indent=2, sort_keys=True) + "\n"


def read_marker(directory: str | Path) -> Marker | None:
    """Return the marker of a directory; None where there is none.

    Raises:
        MarkerError: It cannot be read, is no JSON, or does not say what a marker says. All problems are in it.
    """
    path = Path(directory) / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "is not text in UTF-8"
        raise MarkerError(str(path), [Problem("", f"cannot be read: {reason}")]) from None
    return parse_marker(text, str(path))


def parse_marker(text: str, source: str) -> Marker:
    """Return the marker that a text is; `source` names the file in errors.

    Raises:
        MarkerError: As `read_marker`.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise MarkerError(
            source, [Problem("", f"is no JSON ({error}): delete it, and synthesis writes it again", line)]
        ) from None
    problems = list(_problems(data))
    if problems:
        raise MarkerError(source, problems)
    return Marker(data["cluster"], data["karpenter"], data["kubernetes"], tuple(sorted(data["files"])), data["schema"])


def _problems(data: Any) -> list[Problem]:  # noqa: ANN401 -- whatever the file holds
    if not isinstance(data, dict):
        return [Problem("", "is no JSON object: delete it, and synthesis writes it again")]
    schema = data.get("schema")
    if isinstance(schema, int) and not isinstance(schema, bool) and schema > SCHEMA:
        return [Problem("schema", f"{schema} is newer than {SCHEMA}: a newer cdk8s-eks-gpu wrote it, install that")]
    problems = []
    if isinstance(schema, bool) or schema != SCHEMA:
        problems.append(Problem("schema", f"Invalid value: {json.dumps(schema)}: must be {SCHEMA}"))
    problems += [
        Problem(key, f"Invalid value: {json.dumps(data.get(key))}: must be a text or null")
        for key in ("cluster", "karpenter", "kubernetes")
        if key not in data or data[key] == "" or not isinstance(data[key], str | None)
    ]
    files = data.get("files")
    if not isinstance(files, list):
        return [*problems, Problem("files", f"Invalid value: {json.dumps(files)}: must be a list of paths")]
    for index, file in enumerate(files):
        if not is_inside(file):
            message = f"Invalid value: {json.dumps(file)}: must be a path within the directory"
            problems.append(Problem(f"files[{index}]", message))
    return problems


def is_inside(file: Any) -> bool:  # noqa: ANN401 -- whatever the list holds
    """Return whether it is the path of a file within the directory, as the marker writes it, but for the marker."""
    if not isinstance(file, str) or not file or "\\" in file or "\0" in file or file == NAME:
        return False
    path = PurePosixPath(file)
    return not path.is_absolute() and ".." not in path.parts and str(path) == file and file != "."
