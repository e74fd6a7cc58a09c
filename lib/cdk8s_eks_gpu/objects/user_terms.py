"""Findings about a cluster.yaml at its own lines and options, not at those of a file that was never written."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject, Path, path_text
from cdk8s_eks_gpu.objects.extra_manifests import read_extra_manifests
from cdk8s_eks_gpu.objects.options_of import class_options, first_written, pool_options, workload_options
from cdk8s_eks_gpu.objects.stack import EXTRA_MANIFESTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.extends import Layers
    from cdk8s_eks_gpu.config.load import Loaded
    from cdk8s_eks_gpu.findings import Finding, Report


_PLUGINS = ("nvidia", "efa")
_TEST_NAMES = {"gpu": "gpu-pod", "efa": "efa-test-pod", "node": "node-test", "nccl": "nccl-test"}


class UserTerms(Struct, frozen=True, dict=True):
    """A configuration file and those that it extends, for the objects that came of it.

    Attributes:
        path: The file, as the user named it; the objects' files begin with it.
        config: The configuration.
        layers: What the files say.
        objects: The objects.
    """

    path: str
    config: ClusterConfig
    layers: Layers
    objects: Sequence[KubernetesObject]

    @cached_property
    def _by_place(self) -> dict[tuple[str, int], KubernetesObject]:
        return {(each.file, each.document.index): each for each in self.objects}

    @cached_property
    def _extra(self) -> dict[int, KubernetesObject]:
        """The user's own manifests, by their place among the objects."""
        extra = read_extra_manifests(self.config.extra_manifests) if self.config.extra_manifests else []
        return {place: each.source for place, each in enumerate(extra, start=1)}

    def option(self, finding: Finding) -> Path:
        """Return the option that a finding is about, as far as it is known."""
        manifest = self._by_place.get((finding.file, finding.document))
        options = [*self._options(finding, manifest)]
        return first_written(options, self.layers.data) if options else ()

    def plugin(self, file: str) -> Path | None:
        """Return the place of the device plugin whose objects have that file."""
        chart = file.rpartition("/")[2]
        if "device-plugin" not in chart:
            return None
        return next((("plugins", name) for name in _PLUGINS if name in chart), None)

    def translated(self, finding: Finding) -> Finding:
        """Return the finding at the option, in the file that says it."""
        option = self.option(finding)
        own = self._extra.get(finding.document) if finding.file.endswith(f"/{EXTRA_MANIFESTS}") else None
        if own is not None:
            return replace(finding, file=own.file, line=own.line(finding.steps), document=own.document.index)
        layer = self.layers.layer(option)
        line, steps = layer.document.line(option), option or finding.steps
        return replace(finding, file=layer.source, line=line, steps=steps, fix=self._fix(finding))

    def place_of(self, kind: str, name: str, file: str) -> tuple[str, int]:
        """Return the file and the line that say an object; the first line where several options do."""
        options = {"NodePool": ("nodePools", name), "EC2NodeClass": ("nodeClasses", self.node_class(name))}
        option = options.get(kind) or self.plugin(file) or ()
        layer = self.layers.layer(option)
        return layer.source, layer.document.line(option)

    def _fix(self, finding: Finding) -> str:
        """Return what to do in words of the configuration: the tolerations of a plugin are an option of it."""
        lacking: dict[str, None] = dict.fromkeys(each.toleration for each in finding.missing_tolerations)
        plugins = dict.fromkeys(self.plugin(each.file) for each in finding.missing_tolerations)
        if len(plugins) != 1 or None in plugins:
            return finding.fix
        option = path_text((*next(each for each in plugins if each), "tolerations"))
        return f"Add to the option {option}: [{', '.join(lacking)}]."

    def node_class(self, name: str) -> str:
        """Return the configuration's class: one with EFA or a reservation has variants, named after their class."""
        classes = self._mapping("nodeClasses")
        names = [each for each in classes if name.startswith(each)]
        return name if name in names else max(names, key=len, default=name)

    def _options(self, finding: Finding, manifest: KubernetesObject | None) -> Iterable[Path]:
        if finding.kind == "NodePool":
            pool = Cursor(self._mapping("nodePools"))[finding.name]
            return pool_options(finding.name, pool, finding.steps, manifest)
        if finding.kind == "EC2NodeClass":
            node_class = self.node_class(finding.name)
            pools = [
                name
                for name, pool in self._mapping("nodePools").items()
                if Cursor(pool)["nodeClass"].value == node_class
            ]
            return class_options(node_class, pools, finding.steps)
        if finding.kind == "NodeOverlay":
            return [("nodePools", name) for name in self._mapping("nodePools") if name in finding.name]
        plugin = self.plugin(finding.file)
        test = plugin or self._test(finding, manifest)
        if test is not None:
            return workload_options(test, finding.steps)
        return []

    def _test(self, finding: Finding, manifest: KubernetesObject | None) -> Path | None:
        """Return the smoke test that an object belongs to, by its name."""
        chart = finding.file.rpartition("/")[2]
        if "test" not in chart or manifest is None:
            return None
        tests = Cursor(self._mapping("smokeTests"))
        names = {tests[test]["name"].text(name): test for test, name in _TEST_NAMES.items() if test in tests.value}
        fitting = [name for name in names if manifest.name.startswith(name)]
        return ("smokeTests", names[max(fitting, key=len)]) if fitting else ("smokeTests",)

    def _mapping(self, key: str) -> dict[str, Any]:
        value = Cursor(self.layers.data)[key].value
        return value if isinstance(value, dict) else {}


def user_terms(loaded: Mapping[str, Loaded], objects: Sequence[KubernetesObject]) -> list[UserTerms]:
    """Return the configurations with the objects that came of each."""
    return [
        UserTerms(path, each.config, each.layers, [item for item in objects if item.file.startswith(f"{path}/")])
        for path, each in loaded.items()
    ]


def in_user_terms(report: Report, terms: Sequence[UserTerms]) -> Report:
    """Return the report with the findings about each configuration at the lines and options of it."""
    findings = [_translated(finding, terms) for finding in report.findings]
    places = {file: place for place, file in enumerate(dict.fromkeys(finding.file for finding in findings))}
    return replace(report, findings=tuple(sorted(findings, key=lambda each: (places[each.file], each.line))))


def _translated(finding: Finding, terms: Sequence[UserTerms]) -> Finding:
    own = next((each for each in terms if finding.file.startswith(f"{each.path}/")), None)
    return own.translated(finding) if own else finding
