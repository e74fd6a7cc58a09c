"""An object as the API server sees it before validation: unknown fields and nulls gone, defaults filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk8s_eks_gpu.admission.schema.node import SchemaNode
    from cdk8s_eks_gpu.manifests import Path


def normal(
    value: Any,  # noqa: ANN401 -- any value of a manifest
    node: SchemaNode,
    path: Path,
    on_unknown: Callable[[Path, Any], None],
) -> Any:  # noqa: ANN401
    """Return the value as validation sees it. The value itself is left as it is.

    Fields that the schema does not define are dropped, and `on_unknown` hears of them. A null gives way to the default,
    or to nothing: no field of these CRDs is nullable.
    """
    if isinstance(value, dict) and node.type == "object":
        return _normal_object(value, node, path, on_unknown)
    if isinstance(value, list) and node.items is not None:
        items = node.items
        return [normal(item, items, (*path, index), on_unknown) for index, item in enumerate(value)]
    return value


def _normal_object(
    value: dict[str, Any], node: SchemaNode, path: Path, on_unknown: Callable[[Path, Any], None]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        child = node.properties.get(key, node.additional)
        if child is None:
            on_unknown((*path, key), item)
        elif item is not None:
            result[key] = normal(item, child, (*path, key), on_unknown)
    if node.has_defaults:
        for key, child in node.properties.items():
            if key not in result and child.default is not None:
                result[key] = normal(child.default, child, (*path, key), on_unknown)
    return result
