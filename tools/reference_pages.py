"""Write the pages that the code determines: `python tools/reference_pages.py [FOLDER]`, or `make api`.

docs/commands/ from the commands' help, docs/options.md from the models, docs/constructs/ from the docstrings and from
what the apps of tools/construct_examples write. A change of the code so changes a page.
"""

import inspect
import json
import re
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
from api_page import is_construct, signature_of
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python
from run_example import example_of

import cdk8s_eks_gpu
from cdk8s_eks_gpu import ClusterConfig
from cdk8s_eks_gpu.cli import main

TARGET = Path(__file__).parent.parent / "docs"
WIDTH = 80
GUIDES = {
    "charts": "charts.md",
    "check": "check.md",
    "explain": "explain.md",
    "init": "quickstart.md",
    "interfaces": "efa.md",
    "nccl": "nccl.md",
    "report": "report.md",
    "rule": "rules/README.md",
    "schema": "cluster-yaml.md",
    "synth": "cluster-yaml.md",
    "upgrade": "upgrade.md",
    "verify": "verify.md",
    "EfaDevicePlugin": "device-plugins.md",
    "EfaSmokeTest": "nccl.md",
    "ExtraManifests": "app.md",
    "GpuApp": "app.md",
    "GpuSmokeTest": "nccl.md",
    "GpuStack": "app.md",
    "HelmRelease": "charts.md",
    "NcclTest": "nccl.md",
    "NodeClass": "efa.md",
    "NodePool": "efa.md",
    "NodeTest": "nccl.md",
    "NvidiaDevicePlugin": "device-plugins.md",
}
"""The page of docs/ that shows each command and construct at work."""
COMMANDS = """# Commands

The `--help` of every command. [The command line](../command-line.md) describes what they share: options, exit codes,
completion.

"""
CONSTRUCTS = """# Constructs

Every construct, with a complete app and the manifests that it writes. Start with [constructs in your cdk8s
app](../app.md).

"""
OPTIONS = """# Options of cluster.yaml

Every option of `cluster.yaml`: its type, its default and what it means. [Write cluster.yaml](cluster-yaml.md) is the
guide, `cluster.schema.json` has the same for editors, and the [Python API](api.md) for constructs.
"""


def pages() -> dict[str, str]:
    """Return the pages by their path below docs/."""
    commands = {name: (summary, page) for name, summary, page in _commands(main, ["eks-gpu"])}
    listed = "".join(f"- [eks-gpu {name}]({name}.md): {summary}\n" for name, (summary, _) in commands.items())
    public = {name: getattr(cdk8s_eks_gpu, name) for name in cdk8s_eks_gpu.__all__ if name != "cdk8s"}
    constructs = {name: _construct(name, found) for name, found in public.items() if is_construct(found)}
    return {
        "constructs/README.md": CONSTRUCTS
        + "".join(f"- [{name}]({name}.md): {_summary(public[name])}\n" for name in sorted(constructs)),
        **{f"constructs/{name}.md": page for name, page in constructs.items()},
        "commands/README.md": COMMANDS + listed,
        **{f"commands/{name}.md": page for name, (_, page) in commands.items()},
        "options.md": OPTIONS + "".join(_options()),
    }


def _commands(group: click.Group, path: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the first sentence and the page of each command of a group, with those of groups within."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        page = f"# eks-gpu {name}\n\n{_guide(name)}\n{_help(command, [*path, name])}"
        if isinstance(command, click.Group):
            for each, below in sorted(command.commands.items()):
                page += f"\n## eks-gpu {name} {each}\n\n{_help(below, [*path, name, each])}"
        yield name, command.get_short_help_str(200), page


def _help(command: click.Command, path: list[str]) -> str:
    context = click.Context(
        command,
        info_name=" ".join(path),
        help_option_names=["-h", "--help"],
        terminal_width=WIDTH,
        max_content_width=WIDTH,
    )
    return f"```text\n{command.get_help(context).rstrip()}\n```\n"


def _construct(name: str, found: type) -> str:
    """Return the page of a construct: its docstrings, its signature, where its options are, and an example."""
    signature = "\n".join(signature_of(name, found))
    page = f"# {name}\n\n{_docstring(found)}\n\n{_guide(name)}\n```python\n{signature}\n```\n"
    page += f"\n{_docstring(found.__init__)}\n"  # type: ignore[misc]
    for option in dict.fromkeys(re.findall(r"\b\w+Options\b", signature)):
        page += f"\nOptions: [{option}](../api.md#{option.lower()}).\n"
    return f"{page}\n{example_of(name)}"


def _guide(name: str) -> str:
    page = GUIDES[name]
    title = (TARGET / page).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ").replace("`", "")
    return f"Guide: [{title}](../{page})\n"


def _summary(found: object) -> str:
    return (inspect.getdoc(found) or "").partition("\n\n")[0].replace("\n", " ")


def _docstring(found: object) -> str:
    """Return a docstring as Markdown: what stands below Args, Raises and the like becomes a list."""
    lines = []
    for line in (inspect.getdoc(found) or "").splitlines():
        if re.fullmatch(r"[A-Z][a-z]+:", line):
            lines.append(f"**{line}**\n")
        elif item := re.fullmatch(r"    (\w+): (.*)", line):
            lines.append(f"- `{item[1]}`: {item[2]}")
        else:
            lines.append(re.sub(r"^ {8}", "  ", line))
    return "\n".join(lines)


def _options() -> Iterator[str]:
    """Yield the parts of the page: a part for each model, in the order in which they are met."""
    todo: list[type[BaseModel]] = [ClusterConfig]
    for model in todo:
        summary = (model.__doc__ or "").partition("\n\n")[0].replace("\n    ", " ")
        yield f"\n## {_title(model)}\n\n{summary}\n\n"
        yield "| option | type | default | meaning |\n| --- | --- | --- | --- |\n"
        for name, field in model.model_fields.items():
            found = list(_models(field.annotation))
            todo += [each for each in dict.fromkeys(found) if each not in todo]
            yield _row(field.alias or name, field)


def _row(name: str, field: FieldInfo) -> str:
    cells = (f"`{name}`", _yaml_type(field.annotation), _yaml_default(field), (field.description or ""))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _yaml_type(annotation: Any) -> str:  # noqa: ANN401, PLR0911 -- any annotation; one return for each form
    """Return the type of an option in words, as somebody writes YAML."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is cdk8s_eks_gpu.RuleId:
        return "[rule](rules/README.md)"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{_title(annotation)}](#{_title(annotation).lower()})"
    if origin is Annotated:
        return _yaml_type(inner[0])
    if origin in {Union, types.UnionType}:
        return " or ".join(dict.fromkeys(_yaml_type(each) for each in inner if each is not type(None)))
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in inner)
    if origin is not None:
        kind = "map" if issubclass(origin, Mapping) else "list"
        return f"{kind} of {_yaml_type(inner[-1] if kind == 'map' else inner[0])}"
    name = getattr(annotation, "__name__", str(annotation))
    return {"str": "string", "int": "integer", "bool": "true or false", "JsonValue": "any value"}.get(name, name)


def _yaml_default(field: FieldInfo) -> str:
    """Return the default of an option, as YAML spells it; nothing where the option is left out."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, BaseModel) or value in ({}, ()):
        return ""
    text = json.dumps(to_jsonable_python(value, by_alias=True, exclude_none=True))
    return f"`{text.strip(chr(34))}`"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 -- any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _title(model: type[BaseModel]) -> str:
    return "The file" if model is ClusterConfig else model.__name__.removesuffix("Options")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    for path, page in pages().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(page, encoding="utf-8")
