"""What one place of the configuration says of another: `${cluster.name}`, and names of node classes and pools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.eks_registries import EKS_REGISTRIES
from cdk8s_eks_gpu.config.scalars import MINOR_VERSION, REGION
from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.hints import closest, did_you_mean
from cdk8s_eks_gpu.releases import karpenter_release, kubernetes_minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Path

_REFERENCE = re.compile(r"\$\{cluster\.([^}]*)\}")
_REQUIRED = ("name", "kubernetesVersion", "karpenterVersion")  # the model tells where one is missing
# What looks like one and is none. No shell takes a dot in the name of a variable, so it is not one of those.
_LIKE_A_REFERENCE = re.compile(r"\$\s*[({]\s*[{$]?\s*(\w+)\s*\.\s*(\w+)\s*[)}]*")


def resolve(data: Any) -> tuple[Any, list[tuple[Path, str]]]:  # noqa: ANN401 -- whatever the file holds
    """Put the values of `cluster` in place of `${cluster.KEY}`, everywhere but in `cluster` itself.

    Returns:
        The data, and a path and a message for each reference that leads nowhere, or is spelled wrong, such as
        `${clusters.name}` and `${ cluster.name }`. `${...}` of any other form stays as it is, and so does whatever
        stands in user data or in a value of several lines: those are scripts.
    """
    cluster = data.get("cluster") if isinstance(data, dict) else None
    known = (
        {key: value for key, value in cluster.items() if isinstance(value, str)} if isinstance(cluster, dict) else {}
    )
    problems: list[tuple[Path, str]] = []

    def replaced(value: Any, path: Path) -> Any:  # noqa: ANN401 -- as above
        if isinstance(value, dict):
            return {key: replaced(child, (*path, key)) for key, child in value.items()}
        if isinstance(value, list):
            return [replaced(child, (*path, index)) for index, child in enumerate(value)]
        if not isinstance(value, str):
            return value
        problems.extend((path, message) for message in _near_misses(value, path, known))
        for key in _REFERENCE.findall(value):
            if key not in known and key not in _REQUIRED:
                allowed = ", ".join(f"${{cluster.{name}}}" for name in known)
                near = closest(key, known)
                hint = f"; did you mean '${{cluster.{near}}}'?" if near else f" (known: {allowed})"
                problems.append((path, f"${{cluster.{key}}} is not known{hint}"))
        return _REFERENCE.sub(lambda match: known.get(match[1], match[0]), value)

    if not isinstance(data, dict):
        return data, problems
    return {key: value if key == "cluster" else replaced(value, (key,)) for key, value in data.items()}, problems


def _near_misses(value: str, path: Path, known: Mapping[str, str]) -> Iterator[str]:
    if "userData" in path or "\n" in value:
        return
    for found in _LIKE_A_REFERENCE.finditer(value):
        if _REFERENCE.match(value, found.start()) is None and get_close_matches(
            found[1].lower(), ["cluster"], cutoff=0.75
        ):
            allowed = ", ".join(f"${{cluster.{name}}}" for name in known)
            meant = [f"${{cluster.{name}}}" for name in get_close_matches(found[2].lower(), known, n=1)]
            hint = f"; did you mean '{meant[0]}'?" if meant else f" (known: {allowed})"
            yield f"'{found[0]}' does not stand for a value of `cluster`{hint}"


def dangling(data: Any) -> list[tuple[Path, str]]:  # noqa: ANN401 -- whatever the file holds
    """Return a path and a message for each name that the configuration does not define, or that is not known.

    The names are those of node classes, pools, plugin configurations, of the region and of versions.
    The data may be wrong in any other way: those problems are found elsewhere, and all are reported at once.
    """
    problems: list[tuple[Path, str]] = []
    for path, name, section in _names(data):
        known = _mapping(data, section)
        if known and isinstance(name, str) and name not in known:
            problems.append((path, f"'{name}' is not in {section} ({', '.join(known)}){did_you_mean(name, known)}"))
    return [*problems, *_unknown_configurations(data), *_unknown_region(data), *_unknown_versions(data)]


def _unknown_configurations(data: Any) -> Iterator[tuple[Path, str]]:  # noqa: ANN401 -- as above
    """Find pools that choose a configuration which NVIDIA's plugin does not have: their nodes would offer no GPU."""
    if _mapping(data, "plugins").get("nvidia") is None:
        return  # The cluster has a plugin already, and we do not know its configurations.
    known = _configurations(_mapping(data, "plugins", "nvidia"))
    if known is None:
        return
    for pool in _mapping(data, "nodePools"):
        place = ("nodePools", pool)
        for path in ((*place, "devicePluginConfiguration"), (*place, "labels", vocabulary.NVIDIA_CONFIGURATION)):
            name = _mapping(data, *path[:-1]).get(path[-1])
            if isinstance(name, str) and name not in known:
                names = ", ".join(known) or "there are none"
                hint = did_you_mean(name, known)
                yield path, f"'{name}' is not in plugins.nvidia.configurations ({names}){hint}"


def _configurations(nvidia: Mapping[str, Any]) -> list[str] | None:
    """Return the names of the plugin's configurations, or None if a ConfigMap of the user's own has them."""
    own = _mapping(nvidia, "values", "config")
    if own.get("name"):
        return None
    names = [*_mapping(nvidia, "configurations"), *_mapping(own, "map")]
    single = any(nvidia.get(key) is not None for key in ("timeSlicing", "mps"))
    return names or ([vocabulary.NVIDIA_DEFAULT_CONFIGURATION] if single else [])


def _unknown_region(data: Any) -> Iterator[tuple[Path, str]]:  # noqa: ANN401 -- as above
    """Find a region from which the EFA plugin's image should be taken, and whose registry is not known."""
    efa, cluster = _mapping(data, "plugins").get("efa"), _mapping(data, "cluster")
    region = cluster.get("region")
    elsewhere = cluster.get("imageRegistry") or _mapping(efa, "image").get("repository")
    well_formed = isinstance(region, str) and re.fullmatch(REGION, region)
    if efa is not None and well_formed and not elsewhere and region not in EKS_REGISTRIES:
        hint = did_you_mean(region, EKS_REGISTRIES)
        reason = f"'{region}' is no region whose registry of EKS images is known"
        yield ("cluster", "region"), f"{reason}{hint or ';'} set plugins.efa.image.repository if it is a new one"


def _unknown_versions(data: Any) -> Iterator[tuple[Path, str]]:  # noqa: ANN401 -- as above
    """Find versions of Karpenter and Kubernetes that are not known."""
    for key, look_up in (("karpenterVersion", karpenter_release), ("kubernetesVersion", kubernetes_minor)):
        version = _mapping(data, "cluster").get(key)
        if isinstance(version, str) and re.fullmatch(MINOR_VERSION, version):
            try:
                look_up(version)
            except UnknownNameError as error:
                yield ("cluster", key), str(error)


def _names(data: Any) -> Iterator[tuple[Path, object, str]]:  # noqa: ANN401 -- as above
    for pool in _mapping(data, "nodePools"):
        yield ("nodePools", pool, "nodeClass"), _mapping(data, "nodePools", pool).get("nodeClass"), "nodeClasses"
    for test in _mapping(data, "smokeTests"):
        yield ("smokeTests", test, "nodePool"), _mapping(data, "smokeTests", test).get("nodePool"), "nodePools"


def _mapping(data: Any, *path: str) -> Mapping[str, Any]:  # noqa: ANN401 -- as above
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}
