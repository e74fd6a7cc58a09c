"""What commands are asked about: files and folders of manifests, standard input, or a cluster.yaml."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.extends import EXTENDS
from cdk8s_eks_gpu.config.project import project_files, without_bases
from cdk8s_eks_gpu.manifests import Document, KubernetesObject, Sources, read_documents, read_paths
from cdk8s_eks_gpu.manifests.folder import NotChecked
from cdk8s_eks_gpu.manifests.pod_templates import pod_spec_paths
from cdk8s_eks_gpu.manifests.sources import LARGEST, STDIN, read_stream, read_text
from cdk8s_eks_gpu.preflight.versions import Part, Wanted, by_cluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.load import Loaded
    from cdk8s_eks_gpu.findings import CheckedFor, Report
    from cdk8s_eks_gpu.objects.user_terms import UserTerms


_CONFIG_NAME = re.compile(r"(?:^|/)cluster\.ya?ml$|(?:^|/)clusters/[^/]*\.ya?ml$")


class Targets(Struct, frozen=True):
    """What was read.

    Attributes:
        sources: The objects of the manifests, those that a cluster.yaml renders to among them.
        paths: The targets.
        loaded: The configurations among them, by path.
        read: What was read, the configurations as they are.
        texts: What standard input, which can be read only once, has given.
    """

    sources: Sources
    paths: tuple[str, ...]
    loaded: Mapping[str, Loaded]
    read: Sources
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def configs(self) -> dict[str, ClusterConfig]:
        """The configurations alone."""
        return {path: each.config for path, each in self.loaded.items()}

    def with_configs(self, configs: Mapping[str, ClusterConfig]) -> Targets:
        """Return the same targets with other configurations in the place of theirs.

        Raises:
            ChartError: The chart of a device plugin that one wants cannot be had.
        """
        loaded = {path: replace(self.loaded[path], config=config) for path, config in configs.items()}
        return _targets(self.read, self.paths, loaded, self.texts)

    @property
    def user_terms(self) -> Sequence[UserTerms]:
        """What turns findings about the configurations' objects into findings about the configurations."""
        if not self.loaded:
            return ()
        from cdk8s_eks_gpu.objects.user_terms import user_terms  # noqa: PLC0415 -- manifests do not need pydantic

        return user_terms(self.loaded, self.sources.objects)

    def in_user_terms(self, report: Report) -> Report:
        """Return the report with the findings about each configuration at the lines and options of it."""
        terms = self.user_terms
        if not terms:
            return report
        from cdk8s_eks_gpu.objects.user_terms import in_user_terms  # noqa: PLC0415 -- as above

        return in_user_terms(report, terms)

    def by_cluster(self, wanted: Wanted) -> tuple[Part, ...]:
        """Return what was read by cluster, with the versions of each; those that the user names count for more."""
        named: dict[str, CheckedFor] = {}
        if self.loaded:
            from cdk8s_eks_gpu.objects.check import versions_of  # noqa: PLC0415 -- manifests do not need pydantic

            named = {path: versions_of(path, config.cluster) for path, config in self.configs.items()}
        return by_cluster(self.sources, self.paths, wanted, named)


def configs_for(paths: Iterable[str]) -> list[str]:
    """Return the configurations of the project that files are of, where the files have no pools themselves.

    That of the first file's folder or of the one around it, else that of the working directory; none if there is none.
    """
    bases = [Path(path) if Path(path).is_dir() else Path(path).parent for path in paths if path != STDIN]
    for folder in dict.fromkeys((*(folder for base in bases for folder in (base, base.parent)), Path())):
        found = [file for file in project_files(folder) if Path(file).is_file() and _may_be_config(file)]
        if found:
            return found
    return []


def with_pools(part: Part, configs: Sequence[str], wanted: Wanted) -> Part:
    """Return what was read of a cluster, with the objects of the project's one configuration beside pods without pools.

    An object that stands in both is that of the file.
    """
    objects = part.sources.objects
    if len(configs) != 1 or any(map(is_pool, objects)) or not any(map(makes_pods, objects)):
        return part
    (config,) = configs
    (project,) = read_targets([config]).by_cluster(wanted)
    own = {_identity(each) for each in objects}
    beside = tuple(each for each in project.sources.objects if _identity(each) not in own)
    return Part(part.sources, project.checked_for, beside, config)


def _identity(manifest: KubernetesObject) -> tuple[str, str, str, str]:
    return manifest.group, manifest.kind, manifest.namespace, manifest.name


def is_pool(manifest: KubernetesObject) -> bool:
    """Return whether the object is a NodePool."""
    return (manifest.group, manifest.kind) == (vocabulary.KARPENTER_GROUP, "NodePool")


def makes_pods(manifest: KubernetesObject) -> bool:
    """Return whether the object has a pod template."""
    return any(True for _ in pod_spec_paths(manifest.data))


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
    from cdk8s_eks_gpu.config.load import load_with_layers  # noqa: PLC0415 -- manifests do not need pydantic

    return _targets(sources, named, load_with_layers(configs, texts), texts)


def _targets(read: Sources, paths: tuple[str, ...], loaded: Mapping[str, Loaded], texts: Mapping[str, str]) -> Targets:
    """Return the targets with the objects that each configuration renders to."""
    # Not imported above: manifests do not need pydantic.
    from cdk8s_eks_gpu.charts.store import project_store  # noqa: PLC0415
    from cdk8s_eks_gpu.objects.chart_errors import at_its_option  # noqa: PLC0415
    from cdk8s_eks_gpu.objects.check import chart_files, objects_of_charts  # noqa: PLC0415
    from cdk8s_eks_gpu.objects.stack import all_charts  # noqa: PLC0415

    sources = read
    for path, each in loaded.items():
        with at_its_option(path, each.layers):
            charts = all_charts(each.config, project_store(Path(path)))
        sources = _instead(sources, path, chart_files(path, charts), objects_of_charts(path, charts))
    return Targets(sources, paths, loaded, read, texts)


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
    """Return a configuration that a folder has beside manifests as such, with the way to check it."""
    is_config = _may_be_config(met.path)
    return NotChecked("configuration", met.path, f"eks-gpu check {met.path}") if is_config else met


def _instead(sources: Sources, path: str, files: Sequence[str], objects: Sequence[KubernetesObject]) -> Sources:
    """Return the sources with files and their objects in place of the configuration that renders to them."""
    return replace(
        sources,
        files=(*(file for file in sources.files if file != path), *files),
        objects=(*sources.objects, *objects),
        others={file: documents for file, documents in sources.others.items() if file != path},
        not_checked=tuple(each for each in sources.not_checked if each.path != path),
    )
