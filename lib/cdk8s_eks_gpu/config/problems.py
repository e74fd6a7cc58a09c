"""Pydantic's errors in the words of the file: where, what stands there, what is allowed, the fix."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from cdk8s_eks_gpu.config.eks_registries import EKS_REGISTRIES
from cdk8s_eks_gpu.config.scalars import FORMS, REGION
from cdk8s_eks_gpu.hints import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from cdk8s_eks_gpu.config.extends import Layers
    from cdk8s_eks_gpu.errors import Problem
    from cdk8s_eks_gpu.manifests import Path

_MOST = 20
"""How many values that are allowed a message lists."""

_WANTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping (key: value)",
    "int_type": "a whole number",
    "list_type": "a list (- item)",
    "mapping_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "string_type": "a string",
}


def describe(error: ValidationError, model: type[BaseModel], layers: Layers) -> list[Problem]:
    """Return one problem for each place in the document that the model refuses."""
    by_path: dict[Path, list[ErrorDetails]] = defaultdict(list)
    placed: list[tuple[Path, str]] = []
    for details in [*error.errors(include_url=False), *_once_quoted(error, model, layers)]:
        if details["type"] == "whole_file" or details["input"] is None:
            continue  # `load` tells of both, also where the model does not come that far.
        path = _path_in(layers.data, details["loc"])
        if details["type"] == "placed":
            placed += [((*path, *below), message) for below, message in details["ctx"]["problems"]]
        else:
            by_path[path].append(details)
    found = [
        (layers.missing if details[0]["type"] == "missing" else layers.problem)(
            path, _message(path, details, model, layers)
        )
        for path, details in by_path.items()
    ]
    return [*found, *(layers.problem(path, message) for path, message in placed)]


def _once_quoted(error: ValidationError, model: type[BaseModel], layers: Layers) -> list[ErrorDetails]:
    """Return the errors of values that are no strings, and would not do as strings either: quotes are no fix."""
    data, paths = deepcopy(layers.data), []
    for details in error.errors(include_url=False):
        path = _path_in(layers.data, details["loc"])
        if details["type"] == "string_type" and (written := layers.text(path)) is not None:
            reduce(getitem, path[:-1], data)[path[-1]] = written
            paths.append(path)
    try:
        if paths:
            model.model_validate_json(json.dumps(data), strict=True, by_alias=True, by_name=False)
    except ValidationError as again:
        errors = again.errors(include_url=False)
        return [each for each in errors if _path_in(data, each["loc"]) in paths and "pattern" in each.get("ctx", {})]
    return []


def _path_in(data: Any, location: Path) -> Path:  # noqa: ANN401 -- whatever the file holds
    """Cut what pydantic adds behind the path, such as the member of a union, and keep a missing last key."""
    path: list[str | int] = []
    for part in location:
        if part == "[key]" or not isinstance(data, dict | list):
            break
        path.append(part)
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(part, int):
            data = data[part]
    return tuple(path)


def _message(  # noqa: PLR0911 -- one return for each kind of error reads best
    path: Path, all_details: list[ErrorDetails], model: type[BaseModel], layers: Layers
) -> str:
    # A union fails once for each of its members. The member for strings says best what was meant.
    details = max(all_details, key=lambda error: error["type"] in {"string_pattern_mismatch", "string_too_long"})
    kind, context = details["type"], details.get("ctx", {})
    written = layers.text(path)
    value = f"'{details['input'] if written is None else written}'"
    if kind == "extra_forbidden":
        known = _keys(model, path[:-1])
        return "unknown key" + (did_you_mean(path[-1], known) or f" (known: {', '.join(known)})")
    if kind == "missing":
        return "is required, and missing"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"])
        hint = did_you_mean(details["input"], allowed)
        if len(allowed) > _MOST:  # the ids of rules: a list of two hundred hides the hint
            return f"{value} is not known{hint or f'; `eks-gpu schema` lists the {len(allowed)} that are'}"
        return f"{value} is none of {', '.join(allowed)}{hint}"
    if kind == "string_pattern_mismatch":
        if details["loc"][-1] == "[key]":
            value = f"key '{details['input']}'"
        hint = did_you_mean(details["input"], EKS_REGISTRIES) if context["pattern"] == REGION else ""
        return f"{value} is not {FORMS.get(context['pattern'], 'of the form ' + context['pattern'])}{hint}"
    if kind == "string_type" and written is not None and len(all_details) == 1:
        return f"must be a string: put it in quotes, '{written}'"
    if kind in _WANTED:
        wanted = " or ".join(dict.fromkeys(_WANTED[error["type"]] for error in all_details if error["type"] in _WANTED))
        return f"must be {wanted}, not {value if written is not None else _shape(details['input'])}"
    message = details["msg"]
    return f"{value}: {message[0].lower()}{message[1:]}" if written else message


def _shape(value: object) -> str:
    return {dict: "a mapping", list: "a list", type(None): "nothing"}.get(type(value), repr(value))


def _keys(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys that the model allows at the path."""
    annotation: Any = model
    for part in path:
        inner = _model_in(annotation)
        field = next((field for field in inner.model_fields.values() if field.alias == part), None) if inner else None
        # Behind a mapping's key or a list's index stands the same model: stay with the annotation.
        annotation = field.annotation if field else annotation
    found = _model_in(annotation)
    return [str(field.alias) for field in found.model_fields.values()] if found else []


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 -- any type annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
