"""Write docs/api.md, which lists the public names with their signatures: `python tools/api_page.py [FILE]`.

The page says what the code says, so that a change of a signature is a change of the page.
"""

import inspect
import sys
import types
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import Struct
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import cdk8s_eks_gpu

TARGET = Path(__file__).parent.parent / "docs" / "api.md"
LONGEST = 100
INTRODUCTION = """# Public names

All of them come from the package itself: `from cdk8s_eks_gpu import NodePool, NodePoolOptions`. Importing it starts no
Node.js; the first construct, or `cdk8s`, does. What is not listed here may change without notice. [How an app uses
them](app.md). `make api` writes this page.

`cdk8s` is the module of that name. Whoever takes it from here, `from cdk8s_eks_gpu import cdk8s`, needs no Node.js on
the PATH where `cdk8s-eks-gpu[node]` is installed.
"""


def page() -> str:
    """Return the page."""
    groups: dict[str, list[str]] = {
        title: [] for title in ("Constructs", "Functions", "Options", "Reports", "Errors", "Types")
    }
    for name in cdk8s_eks_gpu.__all__:
        if name != "cdk8s":
            found = getattr(cdk8s_eks_gpu, name)
            groups[_group(found)].append(f"### {name}\n\n{_entry(name, found)}")
    parts = [f"## {title}\n\n" + "\n\n".join(entries) for title, entries in groups.items() if entries]
    return "\n".join([INTRODUCTION, "\n\n".join(parts)]) + "\n"


def _group(found: Any) -> str:  # noqa: ANN401 -- any public name; one return for each group
    if inspect.isfunction(found):
        return "Functions"
    if not inspect.isclass(found):
        return "Types"
    if issubclass(found, BaseException) or found is cdk8s_eks_gpu.Problem:
        return "Errors"
    if issubclass(found, BaseModel):
        return "Options"
    if found.__module__.startswith("cdk8s_eks_gpu.constructs"):
        return "Constructs"
    return "Reports"


def _entry(name: str, found: Any) -> str:  # noqa: ANN401 -- any public name
    if not (inspect.isclass(found) or inspect.isfunction(found)):
        return "The id of a rule: [docs/rules](rules/README.md) lists them."
    summary = (inspect.getdoc(found) or "").partition("\n\n")[0].replace("\n", " ")
    if inspect.isclass(found) and issubclass(found, BaseModel):
        return "\n".join([summary, "", *_fields(found)])
    if inspect.isclass(found) and "__init__" not in vars(found) and issubclass(found, BaseException):
        return summary
    return "\n".join([summary, "", "```python", *signature_of(name, found), "```"])


def is_construct(found: object) -> bool:
    """Whether a public name is a construct, or what an app has in the place of one."""
    return (
        inspect.isclass(found)
        and found.__module__.startswith("cdk8s_eks_gpu.constructs")
        and _group(found) == "Constructs"
    )


def signature_of(name: str, found: Any) -> Iterator[str]:  # noqa: ANN401 -- a class or a function
    """Yield how a class or a function is called, and a class' attributes."""
    if inspect.isfunction(found):
        yield _call(name, inspect.signature(found))
        return
    if issubclass(found, Enum):
        yield from (f"{name}.{member.name} = {member.value!r}" for member in found)
        return
    yield _call(name, inspect.signature(found if issubclass(found, Struct) else found.__init__))
    own = [base for base in reversed(found.__mro__) if base.__module__.startswith("cdk8s_eks_gpu")]
    for attribute, value in {key: value for base in own for key, value in vars(base).items()}.items():
        if attribute.startswith("_"):
            continue
        if isinstance(value, property) and value.fget is not None:
            yield f"{name}.{attribute}: {_text(inspect.signature(value.fget).return_annotation)}"
        elif inspect.isfunction(value):
            yield _call(f"{name}.{attribute}", inspect.signature(value))
    yield from (f"{name}.{attribute}" for attribute in _attributes(found) if not hasattr(found, attribute))


def _attributes(found: type) -> Iterator[str]:
    """Yield what the docstring of a class calls its attributes, where its constructor does not name them."""
    lines = (inspect.getdoc(found) or "").partition("\nAttributes:\n")[2].splitlines()
    parameters = inspect.signature(found).parameters
    names = [
        line.strip().partition(":")[0] for line in lines if line.startswith("    ") and not line.startswith("     ")
    ]
    return (name for name in names if name not in parameters)


def _call(name: str, signature: inspect.Signature) -> str:
    """Return the signature, on one line if it is short enough."""
    parts, keywords = [], False
    for each in signature.parameters.values():
        if each.name == "self":
            continue
        if each.kind is each.KEYWORD_ONLY and not keywords:
            keywords = True
            parts.append("*")
        default = "" if each.default is each.empty else f" = {each.default!r}"
        stars = "*" if each.kind is each.VAR_POSITIONAL else "**" if each.kind is each.VAR_KEYWORD else ""
        parts.append(f"{stars}{each.name}: {_text(each.annotation)}{default}")
    returns = _text(signature.return_annotation)
    arrow = "" if returns in {"", "None"} else f" -> {returns}"
    line = f"{name}({', '.join(parts)}){arrow}"
    return line if len(line) <= LONGEST else f"{name}(\n{''.join(f'    {part},{chr(10)}' for part in parts)}){arrow}"


def _text(annotation: object) -> str:
    if annotation is inspect.Signature.empty:
        return ""
    return annotation if isinstance(annotation, str) else type_of(annotation)


def _fields(model: type[BaseModel]) -> Iterator[str]:
    yield "| option | type | default | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, field in model.model_fields.items():
        cells = (f"`{name}`", f"`{type_of(field.annotation)}`", default_of(field), field.description or "")
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def default_of(field: FieldInfo) -> str:
    """Return the default of an option, as Python writes it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return f"`{type(value).__name__}()`" if isinstance(value, BaseModel) else f"`{value!r}`"


def type_of(annotation: Any) -> str:  # noqa: ANN401, PLR0911 -- any annotation; one return for each form
    """Return the type of an option, as Python writes it, without its limits."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is cdk8s_eks_gpu.RuleId:
        return "RuleId"
    if origin is Annotated:
        return type_of(inner[0])
    if origin in {Union, types.UnionType}:
        return " | ".join(dict.fromkeys(map(type_of, inner)))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, inner))}]"
    if origin is not None:
        return f"{origin.__name__}[{', '.join(map(type_of, inner))}]"
    if annotation in {type(None), ...}:
        return "None" if annotation is not ... else "..."
    return getattr(annotation, "__name__", str(annotation))


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else TARGET).write_text(page(), encoding="utf-8")
