"""What the cluster adds to manifests, and whether those who deliver them see a difference in it.

Each folder is applied as kubectl does it, and as Argo CD and Flux do it: by server-side apply. When Karpenter has
written its hashes and the controllers their status, nobody may see a difference: not `kubectl diff`, and not a
server-side apply as a dry run, which Argo CD's server-side diff and Flux's detection of drift compare with what is
there. Then a pool is changed behind their backs, which all of them have to see.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from rehearsal import build, recording
from rehearsal.api import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rehearsal.api import Api, Manifest

MANAGERS = ("argocd-controller", "kustomize-controller")
"""The names that Argo CD and Flux apply under."""
RECORDED = recording.FOLDER / "drift.jsonl"
HASHES = {"NodePool": "karpenter.sh/nodepool-hash", "EC2NodeClass": "karpenter.k8s.aws/ec2nodeclass-hash"}
"""What Karpenter writes on objects of ours, in annotations."""

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SERVERS_OWN = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid", "finalizers")
_SECONDS = 60


@dataclass
class Drift:
    """What became of one object.

    Attributes:
        object: Kind, namespace and name.
        added: The fields that the cluster has and the manifest does not, lists without their indices.
        rewritten: The fields that the cluster has in another form, such as the quantity "1" for 1.
        dropped: The fields that the cluster does not keep, because they say what is so anyway.
        differences: Who saw a difference, with what they saw. This is what has to be empty.
    """

    object: str
    added: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    differences: dict[str, Any] = field(default_factory=dict)

    def line(self) -> dict[str, Any]:
        """Return what is worth recording."""
        return {key: value for key, value in asdict(self).items() if value}


def drifts(api: Api, folder: Path, *, hashed: bool) -> list[Drift]:
    """Apply a folder and its subfolders in every way, and return what became of each object.

    Args:
        api: A control plane with Karpenter's CRDs.
        folder: Manifests.
        hashed: Whether Karpenter runs, so that its hashes are worth waiting for.

    Raises:
        ValueError: Something is refused, or Karpenter writes no hash.
    """
    manifests = [*read(folder)]
    found = {name(manifest): Drift(name(manifest)) for manifest in manifests}
    for kubectl in kubectls():
        run(kubectl, api, "apply", "--recursive", "--filename", str(folder))
        _settle(api, manifests, hashed=hashed)
        for manifest in manifests:
            if text := _kubectl_diff(kubectl, api, manifest):
                found[name(manifest)].differences["kubectl"] = text
    for manager in MANAGERS:
        for manifest in manifests:
            _server_side_apply(api, manifest, manager)
        _settle(api, manifests, hashed=hashed)
        for manifest in manifests:
            if difference := _server_side_diff(api, manifest, manager):
                found[name(manifest)].differences[manager] = difference
    for manifest in manifests:
        _compare(found[name(manifest)], manifest, _live(api, manifest))
    _see_a_change(api, next(manifest for manifest in manifests if manifest["kind"] == "NodePool"))
    return [*found.values()]


def _see_a_change(api: Api, pool: Manifest) -> None:
    """Change a pool, and hear of it from everybody.

    Raises:
        ValueError: Somebody does not see it.
    """
    path = f"{api.path(pool)}/{pool['metadata']['name']}"
    api.request("PATCH", path, {"spec": {"template": {"spec": {"expireAfter": "7h"}}}}, "application/merge-patch+json")
    blind = [manager for manager in MANAGERS if not _server_side_diff(api, pool, manager)]
    blind += [kubectl[0] for kubectl in kubectls() if not _kubectl_diff(kubectl, api, pool)]
    if blind:
        raise ValueError(f"a changed {name(pool)} is no difference to {', '.join(blind)}")


def read(folder: Path) -> Iterator[Manifest]:
    """Yield the manifests of a folder and its subfolders, in the order in which kubectl applies them."""
    for file in sorted(folder.rglob("*.yaml")):
        yield from read_file(file)


def read_file(file: Path) -> Iterator[Manifest]:
    """Yield the manifests of a file."""
    yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def name(manifest: Manifest) -> str:
    """Return kind, namespace and name."""
    metadata = manifest["metadata"]
    return "/".join([manifest["kind"], *filter(None, [metadata.get("namespace")]), metadata["name"]])


def stated(manifest: Manifest) -> set[str]:
    """Return the fields of a manifest that have a value, lists without their indices."""
    return {_plain(path) for path in _leaves(manifest)}


def kubectls() -> list[list[str]]:
    """Return the kubectl of the control plane's release, and the newest of PyPI where there is one."""
    newest = build.kubectl()
    return [[str(build.kubernetes()), "kubectl"], *([[str(newest)]] if newest else [])]


def _kubectl_diff(kubectl: list[str], api: Api, manifest: Manifest) -> str:
    return run(kubectl, api, "diff", "--filename", "-", text=json.dumps(manifest), differs=True)


def _server_side_diff(api: Api, manifest: Manifest, manager: str) -> list[tuple[str, str]]:
    live, predicted = _live(api, manifest), _server_side_apply(api, manifest, manager, dry_run=True)
    return sorted(_leaves(_comparable(predicted)).items() ^ _leaves(_comparable(live)).items())


def run(command: list[str], api: Api, *arguments: str, text: str = "", differs: bool = False) -> str:
    """Run kubectl, and return what it prints; a difference is an answer where `differs` is said.

    Raises:
        ValueError: It fails.
    """
    ended = subprocess.run(
        [*command, f"--kubeconfig={api.kubeconfig}", *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode > (1 if differs else 0):
        raise ValueError(f"kubectl {' '.join(arguments)}: {ended.stderr or ended.stdout}")
    return ended.stdout


def _settle(api: Api, manifests: Iterable[Manifest], *, hashed: bool) -> None:
    """Wait until Karpenter has written the hash of each of its objects, for the spec that is there now."""
    if not hashed:
        return
    for manifest in manifests:
        key = HASHES.get(manifest["kind"])
        if key and not wait_for(lambda: key in (_live(api, manifest)["metadata"].get("annotations") or {}), _SECONDS):  # noqa: B023
            raise ValueError(f"Karpenter wrote no {key} on {name(manifest)} in {_SECONDS} s")


def _server_side_apply(api: Api, manifest: Manifest, manager: str, *, dry_run: bool = False) -> Manifest:
    query = f"fieldManager={manager}&force=true" + ("&dryRun=All" if dry_run else "")
    path = f"{api.path(manifest)}/{manifest['metadata']['name']}?{query}"
    answer = api.request("PATCH", path, manifest, "application/apply-patch+yaml")
    if not answer.accepted:
        raise ValueError(f"{name(manifest)}: {answer.message}")
    return answer.body


def _live(api: Api, manifest: Manifest) -> Manifest:
    return api.request("GET", f"{api.path(manifest)}/{manifest['metadata']['name']}").body


def _comparable(live: Manifest) -> Manifest:
    """Return an object without what is the server's alone, in which nobody looks for drift."""
    metadata = {key: value for key, value in live["metadata"].items() if key not in _SERVERS_OWN}
    annotations = {key: value for key, value in metadata.get("annotations", {}).items() if key != _LAST_APPLIED}
    return {
        **{key: value for key, value in live.items() if key != "status"},
        "metadata": {**metadata, "annotations": annotations},
    }


def _compare(drift: Drift, manifest: Manifest, live: Manifest) -> None:
    said, found = _leaves(manifest), _leaves(_comparable(live))
    drift.added = sorted({_plain(path) for path in found.keys() - said.keys()})
    drift.dropped = sorted({_plain(path) for path in said.keys() - found.keys()})
    drift.rewritten = sorted({_plain(path) for path in said.keys() & found.keys() if said[path] != found[path]})


def _leaves(value: Any, path: str = "") -> dict[str, str]:
    """Return the values that hold no others, as text by their path; what is empty says nothing."""
    children: Iterable[tuple[Any, Any]]
    if isinstance(value, dict):
        children = ((f".{key}" if str(key).isalnum() else f'["{key}"]', child) for key, child in value.items())
    elif isinstance(value, list):
        children = ((f"[{index}]", child) for index, child in enumerate(value))
    else:
        return {path.removeprefix("."): repr(value)}
    return {at: text for key, child in children for at, text in _leaves(child, f"{path}{key}").items()}


def _plain(path: str) -> str:
    """Return the path without the indices of lists."""
    parts = path.split("[")
    return parts[0] + "".join("[]" + part.partition("]")[2] if part[0].isdigit() else f"[{part}" for part in parts[1:])


def report(folder: str, found: Iterable[Drift]) -> int:
    """Print what differs, and return in how many objects something does."""
    differing = [drift for drift in found if drift.differences]
    for drift in differing:
        print(f"  {folder}: {drift.object} differs: {drift.differences}", file=sys.stderr, flush=True)
    return len(differing)
