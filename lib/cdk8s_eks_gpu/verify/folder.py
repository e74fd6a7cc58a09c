"""A snapshot from a folder of dumps: `*.json` of `kubectl get -o json`, and `logs/*.log`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.errors import DumpError, NoSuchPathError
from cdk8s_eks_gpu.verify.access import ALWAYS_LISTED, plural
from cdk8s_eks_gpu.verify.snapshot import Kind, Log, Snapshot, objects_of_data, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[a-z0-9]+")
_VERSION = "version.json"
_LABELLED = "labelled"
_LOG_SUFFIXES = {".log", ".txt"}
_TIMES = ("lastTransitionTime", "lastHeartbeatTime", "lastUpdateTime", "lastTimestamp", "eventTime")


def read_folder(folder: Path, kinds: Iterable[Kind] = ()) -> Snapshot:
    """Return what the dumps in a folder show, with the newest time that they speak of as the time of the snapshot.

    A kind counts as looked at when a List has an object of it, or when a file is named for it, such as `nodes.json`
    with an empty List. A file of no content, which kubectl leaves behind when it fails, counts as not there.

    Args:
        folder: The folder; files are sought below it too.
        kinds: The kinds of the manifests, beside those that are always looked at.

    Raises:
        NoSuchPathError: The folder is not there.
        DumpError: It has no dump, or one that cannot be read: what is missing could be what is broken.
    """
    if not folder.is_dir():
        raise NoSuchPathError(f"{folder}: no such folder.")
    files = sorted(folder.rglob("*.json"))
    items: list[dict[str, Any]] = []
    complete: set[Kind] = set()
    version = ""
    plurals = {**{kind: plural(kind) for kind in kinds}, **ALWAYS_LISTED}
    for file in files:
        data = _read_json(file)
        if file.name == _VERSION:
            version = _server_version(data)
        elif data is not None:
            found, is_list = _items(file, data)
            items += found
            words = set(_WORD.findall(file.stem.lower()))
            named = {kind for kind, name in plurals.items() if name in words or (is_list and kind[1].lower() in words)}
            there = {_kind(item) for item in found}
            if _LABELLED not in words:  # those show what is left over, not what is missing
                complete |= named | there if is_list else named & there - ALWAYS_LISTED.keys()
    logs = tuple(Log(file.stem, _text(file)) for file in sorted(folder.rglob("*")) if file.suffix in _LOG_SUFFIXES)
    if not items and not complete and not logs:
        raise DumpError(
            f"{folder}: there is no dump here. Expected are *.json of `kubectl get -o json` and logs/*.log; "
            "`eks-gpu verify --dump-script` prints the commands that write them."
        )
    return Snapshot(objects_of_data(str(folder), items), frozenset(complete), _newest(items), logs, kubernetes=version)


def _read_json(file: Path) -> Any:  # noqa: ANN401 -- whatever the file holds
    text = _text(file)
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deep"
        raise DumpError(
            f"{file}: is no JSON ({reason}). Write it again: kubectl get ... -o json > {file.name}"
        ) from None


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise DumpError(f"{file}: {error.strerror or error}") from None


def _items(file: Path, data: Any) -> tuple[list[dict[str, Any]], bool]:  # noqa: ANN401 -- whatever the file holds
    """Return the objects of a dump, and whether it is a List. A typed list (NodeList) names the kind itself."""
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
        raise DumpError(f"{file}: is JSON, but neither an object of Kubernetes nor a List of them.")
    kind, items = data["kind"], data.get("items")
    if not kind.endswith("List") or not (isinstance(items, list) or items is None):
        return [data], False
    typed = {"apiVersion": data.get("apiVersion"), "kind": kind.removesuffix("List")} if kind != "List" else {}
    return [{**typed, **item} for item in items or () if isinstance(item, dict)], True


def _kind(item: dict[str, Any]) -> Kind:
    group, slash, _ = str(item.get("apiVersion") or "").partition("/")
    return (group if slash else "", str(item.get("kind") or ""))


def _server_version(data: Any) -> str:  # noqa: ANN401 -- whatever the file holds
    """Return the version of the API server that `kubectl version -o json` names."""
    server = data.get("serverVersion") if isinstance(data, dict) else None
    return str(server.get("gitVersion") or "") if isinstance(server, dict) else ""


def _newest(items: Iterable[dict[str, Any]]) -> datetime:
    """Return the newest time in the objects; without any, the present."""
    texts: set[str] = set()
    for item in items:
        metadata, status = item.get("metadata"), item.get("status")
        texts.update(_strings(item, _TIMES))
        if isinstance(metadata, dict):
            texts.update(_strings(metadata, ("creationTimestamp", "deletionTimestamp")))
        conditions = status.get("conditions") if isinstance(status, dict) else None
        for condition in conditions if isinstance(conditions, list) else ():
            if isinstance(condition, dict):
                texts.update(_strings(condition, _TIMES))
    times = [time for time in map(parse_time, texts) if time is not None]
    return max(times, default=datetime.now(UTC))


def _strings(data: dict[str, Any], keys: Iterable[str]) -> Iterator[str]:
    return (value for key in keys if isinstance(value := data.get(key), str))
