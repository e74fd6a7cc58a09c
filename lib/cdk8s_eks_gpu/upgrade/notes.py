"""A sentence about an object, with where it is known from."""

from __future__ import annotations

from msgspec import Struct

from cdk8s_eks_gpu.manifests import KubernetesObject, Path, path_text


class Note(Struct, frozen=True):
    """What an upgrade does with an object.

    Attributes:
        kind: The object's kind.
        name: The object's name.
        file: The file that it stands in.
        line: The line there.
        path: The field that it is about; empty for the whole object.
        text: What happens.
        source: The document or code that says so.
    """

    kind: str
    name: str
    file: str
    line: int
    path: str
    text: str
    source: str


def note(manifest: KubernetesObject, path: Path, text: str, source: str) -> Note:
    """Return a note about a field of an object."""
    return Note(manifest.kind, manifest.name, manifest.file, manifest.line(path), path_text(path), text, source)
