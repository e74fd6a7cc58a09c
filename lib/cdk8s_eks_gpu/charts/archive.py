"""What is in a chart's archive: its name, its values, its templates. Nothing is unpacked to disk."""

from __future__ import annotations

import tarfile
import zlib
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cdk8s_eks_gpu.charts.values import merged
from cdk8s_eks_gpu.errors import ChartError, ConfigError
from cdk8s_eks_gpu.manifests.single_document import read_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import JsonValue


class Chart(Struct, frozen=True):
    """A chart as its archive has it.

    Attributes:
        name: Its name.
        version: Its version.
        app_version: The version of the program that it installs.
        values: Its values, with those of its sub-charts under the names that it gives them.
        templates: The texts of its templates by their paths.
        sub_charts: The charts that it depends on, by the names under which its values have theirs.
    """

    name: str
    version: str
    app_version: str
    values: Mapping[str, JsonValue]
    templates: Mapping[str, str]
    sub_charts: Mapping[str, Chart | None]  # None where the archive packs one as an archive of its own


def read_chart(archive: Path, name: str) -> Chart:
    """Return what is in the archive.

    Raises:
        ChartError: It is damaged, climbs out of its folder, has no Chart.yaml, or is the archive of another chart.
    """
    files = _files(archive)
    folders = sorted({path.partition("/")[0] for path in files})
    if not folders or f"{folders[0]}/Chart.yaml" not in files:
        raise ChartError(f"{archive.name} is not a chart archive: it has no Chart.yaml")
    chart = _chart(files, folders[0], archive)
    if chart.name != name:
        raise ChartError(f"{archive.name} is the chart '{chart.name}', not '{name}': name that one, or fetch another")
    return chart


def _files(archive: Path) -> dict[str, str]:
    """Return the texts in the archive; Helm only says that it cannot load it."""
    try:
        with tarfile.open(archive) as members:
            names = members.getnames()
            outside = [name for name in names if name.startswith("/") or ".." in name.split("/")]
            if outside:
                raise ChartError(f"{archive.name} writes outside its folder ({outside[0]}): do not trust it")
            return {member.name: _text(members, member) for member in members if member.isfile()}
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise ChartError(f"{archive.name} is not a chart archive, or is damaged: {error}. Fetch it again") from None


def _text(members: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    content = members.extractfile(member)
    return "" if content is None else content.read().decode(errors="replace")


def _chart(files: Mapping[str, str], folder: str, archive: Path) -> Chart:
    about = _yaml(files.get(f"{folder}/Chart.yaml", ""), f"{folder}/Chart.yaml", archive)
    values = _yaml(files.get(f"{folder}/values.yaml", ""), f"{folder}/values.yaml", archive)
    templates = {path: text for path, text in files.items() if path.startswith(f"{folder}/templates/")}
    sub_charts: dict[str, Chart | None] = {}
    for dependency in about.get("dependencies") or ():
        alias, sub_folder = dependency.get("alias") or dependency["name"], f"{folder}/charts/{dependency['name']}"
        sub = _chart(files, sub_folder, archive) if f"{sub_folder}/Chart.yaml" in files else None
        sub_charts[alias] = sub
        if sub is not None:
            values = merged({alias: dict(sub.values)}, values)
    return Chart(
        name=str(about.get("name", "")),
        version=str(about.get("version", "")),
        app_version=str(about.get("appVersion", "")),
        values=values,
        templates=templates,
        sub_charts=sub_charts,
    )


def _yaml(text: str, name: str, archive: Path) -> dict[str, Any]:
    try:
        documents = read_all(text, name)
    except ConfigError as error:
        raise ChartError(f"{archive.name} is not a chart archive, or is damaged: {error}") from None
    found = documents[0] if documents else {}
    return found if isinstance(found, dict) else {}
