"""What commands are asked about: files and folders of manifests, standard input, or a cluster.yaml."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.config.extends import EXTENDS
from cdk8s_eks_gpu.config.project import without_bases
from cdk8s_eks_gpu.findings import CheckedFor
from cdk8s_eks_gpu.manifests import Document, KubernetesObject, Sources, read_documents, read_paths
from cdk8s_eks_gpu.manifests.folder import NotChecked
from cdk8s_eks_gpu.manifests.sources import LARGEST, STDIN, read_stream, read_text
from cdk8s_eks_gpu.preflight.versions import Part, Wanted, by_cluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cdk8s_eks_gpu.config.cluster import ClusterConfig

_CONFIG_NAME = re.compile(r"(?:^|/)cluster\.ya?ml$|(?:^|/)clusters/[^/]*\.ya?ml$")


@dataclass(frozen=True)
class Targets:
    """What was read.

    Attributes:
        sources: The objects of the manifests, those that a cluster.yaml leads to among them.
        paths: The targets.
        configs: The configurations among them, by path.
        read: What was read, the configurations as they are.
        texts: What standard input, which can be read only once, has given.
    """

    sources: Sources
    paths: tuple[str, ...]
    configs: Mapping[str, ClusterConfig]
    read: Sources
    texts: Mapping[str, str] = field(default_factory=dict)

    def with_configs(self, configs: Mapping[str, ClusterConfig]) -> Targets:
        """Return the same targets with other configurations in the place of theirs.

        Raises:
            ChartError: The chart of a device plugin that one wants cannot be had.
        """
        return _targets(self.read, self.paths, configs, self.texts)

    def by_cluster(self, wanted: Wanted) -> tuple[Part, ...]:
        """Return what was read by cluster, with the versions of each; those that the user names count for more."""
        named = {
            path: CheckedFor(each.karpenter_version, each.kubernetes_version, path, path, each.name)
            for path, config in self.configs.items()
            for each in (config.cluster,)
        }
        return by_cluster(self.sources, self.paths, wanted, named)


def read_targets(paths: Iterable[str]) -> Targets:
    """Return what is in the targets; `-` stands for standard input.

    Raises:
        NoSuchPathError: A path is not there.
        ConfigError: A cluster.yaml cannot be used.
        ChartError: The chart of a device plugin that it wants cannot be had.
    """
    named = tuple(paths)
    content = sys.stdin.buffer.read(LARGEST + 1) if STDIN in named else b""
    sources = read_paths(named, io.BytesIO(content))
    text = read_stream(io.BytesIO(content), STDIN)
    texts = {STDIN: text} if STDIN in named and isinstance(text, str) else {}
    configs = [path for path in named if _is_config(sources.others.get(path, ()))]
    met = [each.path for each in sources.not_checked if _may_be_config(each.path)]
    if not configs and not sources.objects:
        configs = without_bases(met)
    elif met:
        sources = replace(sources, not_checked=tuple(map(_named, sources.not_checked)))
    if not configs:
        return Targets(sources, named, {}, sources, texts)
    from cdk8s_eks_gpu.config.load import load_clusters  # noqa: PLC0415 -- manifests do not need pydantic

    return _targets(sources, named, load_clusters(configs, texts), texts)


def _targets(
    read: Sources, paths: tuple[str, ...], configs: Mapping[str, ClusterConfig], texts: Mapping[str, str]
) -> Targets:
    """Return the targets with the objects that each configuration leads to."""
    # Not imported above: manifests do not need pydantic.
    from cdk8s_eks_gpu.charts.store import project_store  # noqa: PLC0415
    from cdk8s_eks_gpu.objects.stack import all_charts  # noqa: PLC0415

    sources = read
    for path, config in configs.items():
        sources = _with_objects(sources, path, all_charts(config, project_store(Path(path))))
    return Targets(sources, paths, configs, read, texts)


def _is_config(documents: tuple[Document, ...]) -> bool:
    if len(documents) != 1 or not isinstance(documents[0].data, dict):
        return False
    base = documents[0].data.get(EXTENDS)
    return "cluster" in documents[0].data or (isinstance(base, str) and base.endswith((".yaml", ".yml")))


def _may_be_config(path: str) -> bool:
    """Return whether a file that a folder has is a configuration of ours."""
    if not _CONFIG_NAME.search(path):
        return False
    text = read_text(path)
    documents = read_documents(text) if isinstance(text, str) else ()
    return _is_config(tuple(each for each in documents if isinstance(each, Document)))


def _named(met: NotChecked) -> NotChecked:
    """Return a configuration that a folder has beside manifests as such, with the way to judge it."""
    is_config = _may_be_config(met.path)
    return NotChecked("configuration", met.path, f"eks-gpu check {met.path}") if is_config else met


def _with_objects(sources: Sources, path: str, charts: Mapping[str, list[dict[str, Any]]]) -> Sources:
    """Return the sources with the objects of the charts in place of the configuration."""
    names = [f"{path}/{chart}" for chart in charts]
    objects = [
        KubernetesObject(name, Document(manifest, number, 1, ""), manifest)
        for name, manifests in zip(names, charts.values(), strict=True)
        for number, manifest in enumerate(manifests, start=1)
    ]
    return replace(
        sources,
        files=(*(file for file in sources.files if file != path), *names),
        objects=(*sources.objects, *objects),
        others={file: documents for file, documents in sources.others.items() if file != path},
        not_checked=tuple(each for each in sources.not_checked if each.path != path),
    )
