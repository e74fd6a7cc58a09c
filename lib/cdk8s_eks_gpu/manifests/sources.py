"""From paths to objects: which files a path stands for, and what is in them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import IO, TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cdk8s_eks_gpu.errors import NoSuchPathError
from cdk8s_eks_gpu.manifests.clients_own import is_clients_own, is_object, is_test_assertion
from cdk8s_eks_gpu.manifests.document import Document, ManifestError, read_documents
from cdk8s_eks_gpu.manifests.folder import KUSTOMIZATIONS, TERRAFORM, Folder, NotChecked, read_folder
from cdk8s_eks_gpu.manifests.kubernetes_object import KubernetesObject, objects_of
from cdk8s_eks_gpu.manifests.kustomizations import build_all
from cdk8s_eks_gpu.manifests.templates import has_comments, is_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LARGEST = 64 * 1024 * 1024
STDIN = "-"
_API_VERSION = re.compile(r"""^[\s{]*["']?apiVersion["']?\s*:""", re.MULTILINE)
# What people get wrong in YAML; what else is refused may be meant to hurt.
_SLIP = re.compile(r"there twice|expected|mapping values|cannot start")
_TEMPLATE, _OTHER = "template", "other file"


class Unreadable(Struct, frozen=True):
    """A file, or a document of it, that cannot be read.

    Attributes:
        file: The file, as the user named it.
        line: The line that is at fault, counted from 1.
        document: The document that is at fault, counted from 1; 0 for the whole file.
        reason: What is wrong.
        is_template: Whether it is a template, such as Helm's, that becomes a manifest only when it is rendered.
    """

    file: str
    line: int
    document: int
    reason: str
    is_template: bool = False


class Sources(Struct, frozen=True):
    """What files hold.

    Attributes:
        files: The files, as the user named them, in their order.
        objects: The Kubernetes objects, in the order of the files; those of a List one by one, those of a
            kustomization as it makes them.
        others: By file, the documents that are no Kubernetes objects: of `apiVersion`, `kind` and `metadata` they have
            one at most.
        unreadable: The files and documents that cannot be read.
        not_checked: What was met and is not among the objects: Helm charts, Terraform, files of other tools.
        kustomizations: The folders whose kustomizations were built.
    """

    files: tuple[str, ...]
    objects: tuple[KubernetesObject, ...]
    others: Mapping[str, tuple[Document, ...]]
    unreadable: tuple[Unreadable, ...]
    not_checked: tuple[NotChecked, ...] = ()
    kustomizations: tuple[str, ...] = ()


def read_paths(paths: Iterable[str], stdin: IO[bytes] | None = None) -> Sources:
    """Return what is in files and folders; the path `-` stands for `stdin`, where that is given.

    What a folder has of other tools is named in `not_checked`, and reported neither as unreadable nor one by one.

    Raises:
        NoSuchPathError: A path is not there.
    """
    texts: dict[str, str | Unreadable] = {}
    found: set[str] = set()
    folder = Folder()
    for path in paths:
        if path == STDIN and stdin is not None:
            texts[path] = read_stream(stdin, path)
        elif (name := os.path.basename(path)) in KUSTOMIZATIONS and os.path.isfile(path):  # noqa: PTH113, PTH119
            folder.kustomizations.append(path.removesuffix(name).rstrip("/") or ".")
        elif path.endswith(".tf") and os.path.isfile(path):  # noqa: PTH113
            folder.not_checked.append(NotChecked(TERRAFORM, path))
        elif os.path.isdir(path):  # noqa: PTH112 -- the path is reported as the user wrote it
            inner = read_folder(path)
            folder.kustomizations += inner.kustomizations
            folder.not_checked += inner.not_checked
            found.update(file for file in inner.files if file not in texts)
            texts.update((file, "") for file in inner.files if file not in texts)
        elif os.path.exists(path):  # noqa: PTH110
            texts[path] = read_text(path)
            found.discard(path)
        else:
            raise NoSuchPathError(f"{path}: no such file or folder{missing_hint(path)}.")
    built = build_all(folder.kustomizations, _text_or_none)
    texts = {
        file: read_text(file) if file in found else text
        for file, text in texts.items()
        if not (file in found and built.takes(file))
    }
    sources = read_texts(texts)
    return _without_other_tools(
        replace(
            sources,
            files=tuple(dict.fromkeys((*sources.files, *(each.file for each in built.objects)))),
            objects=(*sources.objects, *built.objects),
            not_checked=(*folder.not_checked, *built.not_checked),
            kustomizations=built.folders,
        ),
        texts,
        found,
    )


def _text_or_none(file: str) -> str | None:
    text = read_text(file)
    return text if isinstance(text, str) else None


def _without_other_tools(sources: Sources, texts: Mapping[str, str | Unreadable], found: set[str]) -> Sources:
    """Return the sources without files of other tools, unless a file was named itself."""
    not_checked = dict.fromkeys(sources.not_checked)
    with_objects = {each.file for each in sources.objects}
    unreadable = []
    for fault in sources.unreadable:
        text = texts[fault.file]
        if fault.file in found and fault.file not in with_objects and _is_of_another_tool(fault, text):
            not_checked[NotChecked(_TEMPLATE if fault.is_template else _OTHER, fault.file)] = None
        else:
            unreadable.append(fault)
    assertions = {each.file for each in sources.objects if each.file in found and is_test_assertion(each, texts)}
    others = {}
    for file, documents in sources.others.items():
        if file in found and file not in with_objects:
            not_checked[NotChecked(_OTHER, file)] = None
        else:
            others[file] = documents
    not_checked.update((NotChecked(_OTHER, file), None) for file in sorted(assertions))
    passed_over = {each.path for each in not_checked}
    return replace(
        sources,
        files=tuple(file for file in sources.files if file not in passed_over),
        objects=tuple(each for each in sources.objects if each.file not in assertions),
        others=others,
        unreadable=tuple(unreadable),
        not_checked=tuple(not_checked),
    )


def _is_of_another_tool(fault: Unreadable, text: str | Unreadable) -> bool:
    """Return whether a file that is no YAML was none to begin with: a template, a tsconfig.json, a chart's values."""
    if not isinstance(text, str):
        return False
    says_a_kind = _API_VERSION.search(text) is not None
    is_slip = _SLIP.search(fault.reason) is not None
    return fault.is_template or has_comments(fault.file, text) or (is_slip and not says_a_kind)


def read_texts(texts: Mapping[str, str | Unreadable]) -> Sources:
    """Return what is in texts, given by the names that they have in reports."""
    objects: list[KubernetesObject] = []
    unreadable: list[Unreadable] = []
    others: dict[str, tuple[Document, ...]] = {}
    for file, text in texts.items():
        if isinstance(text, Unreadable):
            unreadable.append(text)
            continue
        for document in read_documents(text):
            if isinstance(document, ManifestError):
                fault = Unreadable(file, document.line, document.document, str(document), is_template(text))
                unreadable.append(fault)
                continue
            held = [item for item in objects_of(file, document) if item.prefix or is_object(item)]
            kept = [item for item in held if not is_clients_own(item)]
            objects += kept
            if document.data is not None and not kept:
                others[file] = (*others.get(file, ()), document)
    return Sources(tuple(texts), tuple(objects), others, tuple(unreadable))


def read_text(file: str) -> str | Unreadable:
    """Return the text of a file, or why there is none."""
    try:
        path = Path(file)
        if path.exists() and not path.is_file():
            return Unreadable(file, 1, 0, "is no regular file")
        with path.open("rb") as stream:
            return read_stream(stream, file)
    except OSError as error:
        return Unreadable(file, 1, 0, error.strerror or str(error))


def missing_hint(path: str) -> str:
    """Return how to make a configuration that is not there, to put behind a message."""
    return "; `eks-gpu init` creates one" if os.path.basename(path) == "cluster.yaml" else ""  # noqa: PTH119


def read_stream(stream: IO[bytes], file: str) -> str | Unreadable:
    """Return the text of an open stream, or why there is none; `file` is what it is called in reports."""
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        return Unreadable(file, 1, 0, f"is larger than {LARGEST // 1024**2} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Unreadable(file, 1, 0, f"is not text in UTF-8 (byte {error.start})")
