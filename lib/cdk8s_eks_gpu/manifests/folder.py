"""What a folder is made of: which files are manifests, and which belong to Helm, Kustomize or Terraform."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct, field

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
HELM_CHART = "Helm chart"
TERRAFORM = "Terraform file"
# Folders that hold no manifests of a cluster, whatever their files end in.
_PASSED_OVER = frozenset({"node_modules", "__pycache__", "testdata"})
# What of a folder with a Chart.yaml belongs to the chart.
_OF_A_CHART = frozenset({"templates", "charts", "crds", "ci"})
_CHART_FILES = frozenset({"Chart.yaml", "Chart.yml", "requirements.yaml", "values.schema.json"})


class NotChecked(Struct, frozen=True):
    """What was met and not checked.

    Attributes:
        what: What it is, in the singular: `Helm chart`.
        path: Its file or folder, as the user named it.
        advice: How it can be checked, or an empty text.
    """

    what: str
    path: str
    advice: str = ""


class Folder(Struct):
    """The files of a folder and of all below it.

    Attributes:
        files: The YAML and JSON files that may be manifests, in the order of names.
        kustomizations: The folders that have a kustomization.
        not_checked: The Helm charts and Terraform files.
    """

    files: list[str] = field(default_factory=list)
    kustomizations: list[str] = field(default_factory=list)
    not_checked: list[NotChecked] = field(default_factory=list)


def read_folder(path: str) -> Folder:
    """Return what a folder is made of. Hidden folders are passed over, symbolic links to folders too."""
    found = Folder()
    for folder, folders, names in os.walk(path):
        is_chart = "Chart.yaml" in names or "Chart.yml" in names
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _PASSED_OVER and not (is_chart and name in _OF_A_CHART)
        )
        if is_chart:
            advice = f"helm template NAME {folder} | eks-gpu check -"
            found.not_checked.append(NotChecked(HELM_CHART, folder, advice))
        if any(name in names for name in KUSTOMIZATIONS):
            found.kustomizations.append(folder)
        for name in sorted(names):
            file = os.path.join(folder, name)  # noqa: PTH118 -- pathlib would drop a leading `./`
            if name.endswith((".tf", ".tf.json", ".tofu")):
                found.not_checked.append(NotChecked(TERRAFORM, file))
            elif Path(name).suffix in SUFFIXES and name not in KUSTOMIZATIONS and not (is_chart and _of_chart(name)):
                found.files.append(file)
    return found


def _of_chart(name: str) -> bool:
    return name in _CHART_FILES or name.startswith("values")
