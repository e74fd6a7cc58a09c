"""Where our constructs and objects are in the tree, known without asking Node.js."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import cdk8s
    from constructs import Construct, IConstruct

_PLACES: dict[str, tuple[Construct, str]] = {}
_OBJECTS: dict[str, tuple[str, str | None, str]] = {}
_PATHS: dict[str, str] = {}
_SOURCES: dict[str, str] = {}


def reference(construct: Any) -> str:  # noqa: ANN401 -- mypy knows nothing of what jsii adds to its classes
    """Return jsii's name for a construct. Of one that Node.js made, Python may get another object each time."""
    return str(construct.__jsii_ref__.ref)


def add_place(construct: IConstruct, scope: Construct, construct_id: str) -> None:
    """Say where a construct is."""
    _PLACES[reference(construct)] = scope, construct_id


def add_object(resource: cdk8s.ApiObject, manifest: Mapping[str, Any]) -> None:
    """Say which object it is, and that it is one of ours."""
    metadata = manifest["metadata"]
    _OBJECTS[reference(resource)] = manifest["kind"], metadata.get("namespace"), metadata["name"]


def add_source(resource: cdk8s.ApiObject, source: str) -> None:
    """Say in which file, and on which line, a user has written an object."""
    _SOURCES[path_of(resource)] = source


def source_of(path: str) -> str:
    """Return where the object of a path was written: a user's file and line, or the path of the construct itself.

    The child `Resource` that carries the object of a construct of ours goes by the construct's path.
    """
    return _SOURCES.get(path) or path.removesuffix("/Resource")


def is_ours(resource: cdk8s.ApiObject) -> bool:
    """Whether the object is one of our constructs'."""
    return reference(resource) in _OBJECTS


def identity(resource: cdk8s.ApiObject) -> tuple[str, str | None, str]:
    """Return kind, namespace and name of any object."""
    return _OBJECTS.get(reference(resource)) or (resource.kind, resource.metadata.namespace, resource.name)


def path_of(construct: IConstruct) -> str:
    """Return the path of any construct."""
    name = reference(construct)
    if name not in _PATHS:
        if name in _PLACES:
            scope, construct_id = _PLACES[name]
            _PATHS[name] = f"{path_of(scope)}/{construct_id.replace('/', '--')}".lstrip("/")  # as Node.js does
        else:
            _PATHS[name] = construct.node.path
    return _PATHS[name]
