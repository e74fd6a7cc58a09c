"""Findings about a cluster.yaml at its own lines and options, not at those of a file that was never written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.errors import ConfigError
from cdk8s_eks_gpu.manifests.path import path_text
from cdk8s_eks_gpu.manifests.single_document import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cdk8s_eks_gpu.findings import Finding, Report
    from cdk8s_eks_gpu.manifests import Document, Path

# Where an object's field comes from: the beginning of its path, and the option below that of the object.
_POOL_OPTIONS: dict[str, Path] = {
    "spec.template.spec.requirements": ("requirements",),
    "spec.template.spec.taints": ("taints",),
    "spec.template.spec.startupTaints": ("startupTaints",),
    "spec.template.spec.nodeClassRef": ("nodeClass",),
    "spec.template.metadata.labels": ("labels",),
    "spec.limits": ("limits",),
    "spec.weight": ("weight",),
    "spec.replicas": ("replicas",),
    "spec.disruption": ("disruption",),
}
_CLASS_OPTIONS: dict[str, Path] = {
    "spec.amiSelectorTerms": ("ami",),
    "spec.amiFamily": ("amiFamily",),
    "spec.blockDeviceMappings": ("rootVolume",),
    "spec.userData": ("userData",),
    "spec.networkInterfaces": ("networkInterfaces",),
}
_PLUGINS = {"nvidia": ("plugins", "nvidia"), "efa": ("plugins", "efa")}


def in_user_terms(report: Report, configs: Iterable[str]) -> Report:
    """Return the report with the findings about each configuration at the lines and options of it."""
    documents = {}
    for path in configs:
        try:
            documents[path] = read_file(path)
        except ConfigError:
            continue
    return replace(report, findings=tuple(_translated(finding, documents) for finding in report.findings))


def _translated(finding: Finding, documents: dict[str, Document]) -> Finding:
    config = next((path for path in documents if finding.file.startswith(f"{path}/")), None)
    if config is None:
        return finding
    document = documents[config]
    option = _option(finding, document)
    return replace(
        finding,
        file=config,
        line=document.line(option),
        path=path_text(option) if option else finding.path,
    )


def _option(finding: Finding, document: Document) -> Path:
    """Return the option that the finding is about, as far as it can be told."""
    if finding.kind == "NodePool":
        return _below(("nodePools", finding.name), finding.path, _POOL_OPTIONS)
    if finding.kind == "EC2NodeClass":
        return _below(("nodeClasses", _class_of(finding.name, document)), finding.path, _CLASS_OPTIONS)
    for word, plugin in _PLUGINS.items():
        if word in finding.file.rpartition("/")[2] and "device-plugin" in finding.file:
            return (*plugin, "tolerations") if "tolerations" in finding.path else plugin
    if "smoke-test" in finding.file or finding.kind in {"Pod", "Job"}:
        return ("smokeTests", "efa" if "efa" in finding.file.rpartition("/")[2] else "gpu")
    return ()


def _class_of(name: str, document: Document) -> str:
    """Return the configuration's class: one with EFA or a reservation has variants, whose names begin with its own."""
    data = document.data if isinstance(document.data, dict) else {}
    classes = data.get("nodeClasses")
    names = [each for each in classes if name.startswith(each)] if isinstance(classes, dict) else []
    return name if name in names else max(names, key=len, default=name)


def _below(place: Path, path: str, options: Mapping[str, Path]) -> Path:
    for beginning, option in options.items():
        if path.startswith(beginning):
            return (*place, *option)
    return place
