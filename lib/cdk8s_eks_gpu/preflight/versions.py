"""Which cluster each file is of, and the versions that the cluster runs.

A file below a directory with a marker `.eks-gpu` is of the cluster that the marker names. Where there is none, a
`cluster.yaml` in the folder that is checked, or beside it, names the versions. Otherwise they are the newest known;
where one of the two is named, the newest that goes with it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cdk8s_eks_gpu.errors import ConfigError, MarkerError, Problem, UnknownNameError
from cdk8s_eks_gpu.findings import CheckedFor
from cdk8s_eks_gpu.findings.checked_for import ASSUMED
from cdk8s_eks_gpu.manifests.single_document import read_file
from cdk8s_eks_gpu.manifests.sources import STDIN
from cdk8s_eks_gpu.marker import NAME, read_marker
from cdk8s_eks_gpu.provisioning import rehearsed_against
from cdk8s_eks_gpu.releases import (
    DEFAULT_KARPENTER,
    DEFAULT_KUBERNETES,
    karpenter_release,
    karpenter_releases,
    kubernetes_minor,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from cdk8s_eks_gpu.manifests import Document, KubernetesObject, Sources


CONFIG = "cluster.yaml"


class Part(Struct, frozen=True):
    """The files of one cluster.

    Attributes:
        sources: What the files hold.
        checked_for: The cluster's versions.
        beside: Objects of the cluster that are not asked about, such as the pools for a job.
        beside_from: The file that these come from.
    """

    sources: Sources
    checked_for: CheckedFor
    beside: tuple[KubernetesObject, ...] = ()
    beside_from: str = ""


class Wanted(Struct, frozen=True):
    """The versions that the user names, which count for more than what files say.

    Attributes:
        karpenter: Karpenter's version, or None.
        kubernetes: Kubernetes' version, or None.
        karpenter_from: What the user names Karpenter's version by.
        kubernetes_from: What the user names Kubernetes' version by.
    """

    karpenter: str | None = None
    kubernetes: str | None = None
    karpenter_from: str = "--karpenter"
    kubernetes_from: str = "--kubernetes"

    def instead_of(self, found: CheckedFor) -> CheckedFor:
        """Return the versions with those that the user names in their place."""
        if self.karpenter:
            found = replace(found, karpenter=self.karpenter, karpenter_from=self.karpenter_from)
        if self.kubernetes:
            found = replace(found, kubernetes=self.kubernetes, kubernetes_from=self.kubernetes_from)
        if found.kubernetes_from == ASSUMED != found.karpenter_from:
            found = replace(found, kubernetes=karpenter_release(found.karpenter).newest_kubernetes)
        elif found.karpenter_from == ASSUMED != found.kubernetes_from:
            found = replace(found, karpenter=_karpenter_for(found.kubernetes))
        return replace(found, rehearsed_against=rehearsed_against(found.karpenter))


def _karpenter_for(kubernetes: str) -> str:
    """Return the newest Karpenter that supports a Kubernetes version; the newest of all where none does."""
    supporting = [each.minor for each in karpenter_releases().values() if each.supports_kubernetes(kubernetes)]
    return supporting[-1] if supporting else DEFAULT_KARPENTER


def by_cluster(
    sources: Sources, paths: Sequence[str], wanted: Wanted, configs: Mapping[str, CheckedFor] | None = None
) -> tuple[Part, ...]:
    """Return the sources by cluster, in the order of their files.

    Files without a cluster of their own, such as a job, count to the one cluster that there is; beside several
    clusters they are a part of their own.

    Args:
        sources: What was read.
        paths: What the user named: the sources' files are these, or below them.
        wanted: The versions that the user names.
        configs: The versions of the configurations among the paths: their files' names begin with the path.

    Raises:
        MarkerError: A marker is damaged, or names versions that are not known.
        ConfigError: The `cluster.yaml` beside the files names versions that are not known.
        UnknownNameError: The user names a version that is not known.
    """
    named = dict(configs or {})
    clusters: dict[str, list[str]] = {}
    loose: dict[str, list[str]] = {}
    marked: dict[Path, str | None] = {}
    for file in sources.files:
        home = next((path for path in named if file.startswith(f"{path}/")), None) or _marked(Path(file).parent, marked)
        group = loose if home is None else clusters
        group.setdefault(_config_beside(file, paths) if home is None else home, []).append(file)
    if len(clusters) == 1:
        for files in clusters.values():
            files += [file for several in loose.values() for file in several]
        loose = {}
    found = [(files, named.get(home) or _of_marker(home, wanted)) for home, files in clusters.items()]
    found += [(files, _of_config(config, wanted)) for config, files in loose.items()]
    return tuple(
        Part(sources if len(found) == 1 else _only(sources, files), wanted.instead_of(versions))
        for files, versions in found or [([], CheckedFor(DEFAULT_KARPENTER, DEFAULT_KUBERNETES))]
    )


def _marked(folder: Path, known: dict[Path, str | None]) -> str | None:
    """Return the nearest folder with a marker: this one or one around it."""
    if folder not in known:
        if (folder / NAME).is_file():
            known[folder] = str(folder)
        else:
            known[folder] = _marked(folder.parent, known) if folder.parent != folder else None
    return known[folder]


def _config_beside(file: str, paths: Sequence[str]) -> str:
    """Return the `cluster.yaml` in the folder that was named, or beside it; an empty text where there is none."""
    for path in paths:
        if file == path or file.startswith(f"{path.rstrip('/')}/"):
            folder = Path(path) if Path(path).is_dir() else Path(path).parent
            beside = (folder / CONFIG, folder.parent / CONFIG)
            return next((str(each) for each in beside if path != STDIN and each.is_file()), "")
    return ""


def _only(sources: Sources, files: Collection[str]) -> Sources:
    of = frozenset(files)
    return replace(
        sources,
        files=tuple(file for file in sources.files if file in of),
        objects=tuple(each for each in sources.objects if each.file in of),
        others={file: documents for file, documents in sources.others.items() if file in of},
        unreadable=tuple(each for each in sources.unreadable if each.file in of),
    )


def _of_marker(folder: str, wanted: Wanted) -> CheckedFor:
    marker = read_marker(folder)
    if marker is None:  # it has gone since it was seen
        return CheckedFor(DEFAULT_KARPENTER, DEFAULT_KUBERNETES)
    path = str(Path(folder) / NAME)
    found = CheckedFor(DEFAULT_KARPENTER, DEFAULT_KUBERNETES, cluster=marker.cluster or "")
    if marker.karpenter is not None:
        found = replace(found, karpenter=marker.karpenter, karpenter_from=path)
    if marker.kubernetes is not None:
        found = replace(found, kubernetes=marker.kubernetes, kubernetes_from=path)
    problems = [Problem(key, message) for key, message in _unknown(found, wanted)]
    if problems:
        raise MarkerError(path, problems)
    return found


def _of_config(path: str, wanted: Wanted) -> CheckedFor:
    """Return the versions that a configuration names; the newest where it is none of ours, or names no version."""
    found = CheckedFor(DEFAULT_KARPENTER, DEFAULT_KUBERNETES)
    if not path or (wanted.karpenter and wanted.kubernetes):
        return found
    said: dict[str, tuple[str, str, Document]] = {}
    for file, document in _with_bases(path):
        cluster = document.data.get("cluster")
        for key in ("name", "karpenterVersion", "kubernetesVersion"):
            value = cluster.get(key) if isinstance(cluster, dict) else None
            if isinstance(value, str):
                said.setdefault(key, (value, file, document))
    if "name" in said:
        found = replace(found, cluster=said["name"][0])
    if "karpenterVersion" in said:
        found = replace(found, karpenter=said["karpenterVersion"][0], karpenter_from=said["karpenterVersion"][1])
    if "kubernetesVersion" in said:
        found = replace(found, kubernetes=said["kubernetesVersion"][0], kubernetes_from=said["kubernetesVersion"][1])
    for name, message in _unknown(found, wanted):
        _, file, document = said[f"{name}Version"]
        place = ("cluster", f"{name}Version")
        raise ConfigError(file, [Problem(".".join(place), message, document.line(place))])
    return found


def _with_bases(path: str) -> Iterator[tuple[str, Document]]:
    """Yield a configuration and the files that it extends, as far as they can be read."""
    seen: set[str] = set()
    while path not in seen:
        seen.add(path)
        try:
            document = read_file(path)
        except ConfigError:  # perhaps the template of another program: the report says that versions were assumed
            return
        if not isinstance(document.data, dict):
            return
        yield path, document
        base = document.data.get("extends")
        if isinstance(base, str) and base:
            path = os.path.normpath(Path(path).parent / base)


def _unknown(found: CheckedFor, wanted: Wanted) -> Iterator[tuple[str, str]]:
    """Yield what names a version that is not known, unless the user names another, and the message."""
    asked: tuple[tuple[str, str | None, str, Callable[[str], object]], ...] = (
        ("karpenter", wanted.karpenter, found.karpenter, karpenter_release),
        ("kubernetes", wanted.kubernetes, found.kubernetes, kubernetes_minor),
    )
    for key, instead, version, look_up in asked:
        if not instead:
            try:
                look_up(version)
            except UnknownNameError as error:
                yield key, str(error)
