"""What the API server admits: mutants of manifests, created as a dry run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import yaml

from rehearsal import build
from rehearsal.versions import HERE, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rehearsal.api import Answer, Api, Manifest
    from rehearsal.mutants import Mutant

CLIENTS = 8
RELEASES = (
    "1.0.14", "1.1.10", "1.2.8", "1.3.8", "1.4.4", "1.5.8", "1.6.8", "1.7.6", "1.8.8", "1.9.2", "1.10.2", "1.11.3",
    "1.12.2", "1.13.1", "1.14.1", "1.15.0",
)  # fmt: skip
"""The Karpenter releases whose CRDs the library knows, one of each minor version."""
NAMESPACES = ("nvidia", "efa")


def bases_of_karpenter() -> list[Manifest]:
    """Return manifests of Karpenter's kinds with most of their fields."""
    return [*_read(HERE / "bases" / "karpenter.yaml"), *_read(HERE / "bases" / "newer.yaml")]


def bases_of_dist() -> list[Manifest]:
    """Return the manifests of dist/ and its smoke tests, but for the CRDs."""
    found = [manifest for path in sorted((ROOT / "dist").rglob("*.yaml")) for manifest in _read(path)]
    return [manifest for manifest in found if manifest["kind"] != "CustomResourceDefinition"]


def bases_of_workloads() -> list[Manifest]:
    """Return manifests of Kubernetes' own kinds with most of the fields that GPU training uses."""
    return [*_read(HERE / "bases" / "workloads.yaml")]


def furnish(api: Api) -> None:
    """Create what objects of namespaces need to be admitted at all."""
    for name in NAMESPACES:
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for name in ("default", *NAMESPACES):
        api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}})


def install(api: Api, release: str, folder: Path | None) -> set[str]:
    """Create the CRDs of a Karpenter release, without the webhook that converted v1beta1, and return their kinds.

    Raises:
        LookupError: The CRDs of the release are not to be had.
    """
    crds = [yaml.safe_load(path.read_text()) for path in build.crds(release, folder)]
    for crd in crds:
        crd["spec"].pop("conversion", None)
    api.install_crds(crds)
    return {crd["spec"]["names"]["kind"] for crd in crds}


def admitted(api: Api, mutants: Sequence[Mutant], bases: dict[str, Manifest]) -> list[Answer]:
    """Return the API server's answers to mutants, each sent to where its base would go."""
    places = {name: api.path(bases[name]) for name in {mutant.base for mutant in mutants}}
    with ThreadPoolExecutor(CLIENTS) as pool:
        return [*pool.map(lambda each: api.create(each.manifest(bases), dry_run=True, path=places[each.base]), mutants)]


def verdict(answer: Answer) -> list[Any]:
    """Return an answer as data: the status, with the fields that a refusal names."""
    return [answer.status] if answer.accepted else [answer.status, *answer.fields]


def _read(path: Path) -> Iterator[Manifest]:
    yield from (manifest for manifest in yaml.safe_load_all(path.read_text()) if manifest)
