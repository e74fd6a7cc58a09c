"""A user's own YAML files in the tree of an app."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.constructs.helm_release import ChartObjects
from cdk8s_eks_gpu.constructs.places import add_source
from cdk8s_eks_gpu.objects.extra_manifests import read_extra_manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from constructs import Construct

    from cdk8s_eks_gpu.objects.extra_manifests import ExtraManifest


class ExtraManifests(ChartObjects):
    """The objects of YAML or JSON files, written and checked beside ours; findings name the file and the line."""

    def __init__(self, scope: Construct, id: str, paths: Iterable[str | os.PathLike[str]]) -> None:
        """Read the files.

        Args:
            scope: Where the objects go.
            id: The construct's id.
            paths: Files, folders (their YAML and JSON files, subfolders too) and patterns (`jobs/*.yaml`), from the
                working directory.

        Raises:
            ExtraManifestsError: A path matches no file, or a document is not an object. It lists all problems.
        """
        found = read_extra_manifests([os.fspath(path) for path in paths])
        super().__init__(scope, id, [each.manifest for each in found])
        self.add_sources(found)

    def add_sources(self, found: Sequence[ExtraManifest]) -> None:
        """Say in which files the objects are."""
        for resource, each in zip(self._resources.values(), found, strict=True):
            add_source(resource, each.place)
