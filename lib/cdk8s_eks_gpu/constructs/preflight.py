"""The preflight at synthesis: an app with our constructs writes nothing that it finds an error in."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import defaultdict
from functools import wraps
from typing import TYPE_CHECKING, Any

import cdk8s

from cdk8s_eks_gpu.constructs import report_cache
from cdk8s_eks_gpu.constructs.places import identity, is_ours, path_of, reference, source_of
from cdk8s_eks_gpu.constructs.versions import Versions, versions_of
from cdk8s_eks_gpu.errors import EksGpuError, PreflightError
from cdk8s_eks_gpu.output import SMOKE_TESTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.findings import Report

SWITCH = "EKS_GPU_PREFLIGHT"
IS_OFF = "The preflight is off: nothing was checked.\n"
NOT_WRITTEN = "Nothing was written."
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
# The apps without a preflight, by jsii's name; and the digests of those whose reports were shown, by app.
_WITHOUT: set[str] = set()
_SHOWN: set[tuple[str, str]] = set()


def without_preflight(app: cdk8s.App) -> None:
    """Have an app written without being checked. EKS_GPU_PREFLIGHT=off in the environment does that for all apps."""
    _WITHOUT.add(reference(app))


def preflight(app: cdk8s.App, smoke_tests: cdk8s.App | None = None) -> None:
    """Check what an app is about to write, cluster by cluster, and show each report once.

    JSON patches, and objects that are not ours, are seen. Nothing is done for an app without any object of ours.

    Args:
        app: The app.
        smoke_tests: The app of its smoke tests, if they are in another.

    Raises:
        PreflightError: There are errors.
        EksGpuError: EKS_GPU_PREFLIGHT is neither `on` nor `off`.
    """
    if not any(map(is_ours, [*_objects(app), *(_objects(smoke_tests) if smoke_tests else ())])):
        return
    if reference(app) in _WITHOUT or not is_on():
        sys.stderr.write(IS_OFF)
        return
    errors = ""
    for versions, manifests in clusters(app, smoke_tests):
        digest = report_cache.digest(manifests, versions)
        text = report_cache.load(digest)
        if text is None:
            from cdk8s_eks_gpu.preflight.formats.terminal import to_brief_text  # noqa: PLC0415 -- as in check_cluster

            report = check_cluster(versions, manifests)
            text = to_brief_text(report)
            if not report.ok:
                errors += text
                continue
            report_cache.store(digest, text)
        if (reference(app), digest) not in _SHOWN:
            _SHOWN.add((reference(app), digest))
            sys.stderr.write(styled(text))
    if errors:
        raise PreflightError(f"{styled(errors)}{NOT_WRITTEN}")


def is_on() -> bool:
    """Return whether the environment leaves the preflight on.

    Raises:
        EksGpuError: EKS_GPU_PREFLIGHT is neither `on` nor `off`.
    """
    wanted = os.environ.get(SWITCH) or "on"
    if wanted not in {"on", "off"}:
        raise EksGpuError(f"{SWITCH} is {wanted!r}: say on or off.")
    return wanted == "on"


def check_cluster(versions: Versions, manifests: Mapping[str, str]) -> Report:
    """Check the manifests of a cluster, each given by the path of its construct."""
    # Not imported above: a report from the cache needs none of it.
    from cdk8s_eks_gpu.preflight.check import check_objects  # noqa: PLC0415

    return check_objects(
        manifests, karpenter=versions.karpenter, kubernetes=versions.kubernetes, cluster=versions.cluster or ""
    )


def styled(report: str) -> str:
    """Return the report with colours on a terminal only."""
    return report if sys.stderr.isatty() else _STYLE.sub("", report)


def clusters(app: cdk8s.App, smoke_tests: cdk8s.App | None = None) -> list[tuple[Versions, dict[str, str]]]:
    """Return the versions of each cluster in an app, with its manifests as JSON by the paths of their constructs."""
    found: dict[int, tuple[Versions, dict[str, str]]] = {}
    for tree, folder in ((app, ""), (smoke_tests, f"{SMOKE_TESTS}/")):
        paths: dict[tuple[str, str], list[str]] = defaultdict(list)
        for each in _objects(tree) if tree else ():
            kind, _, name = identity(each)
            paths[kind, name].append(path_of(each))
        for chart in tree.charts if tree else ():
            versions = versions_of(chart)
            _, manifests = found.setdefault(id(versions), (versions, {}))
            for path, manifest in _located(chart, paths):
                manifests[f"{folder}{path}"] = json.dumps(manifest)  # JSON is YAML
    return list(found.values())


def _objects(app: cdk8s.App) -> list[cdk8s.ApiObject]:
    return [construct for construct in app.node.find_all() if isinstance(construct, cdk8s.ApiObject)]


def _located(chart: cdk8s.Chart, paths: Mapping[tuple[str, str], list[str]]) -> Iterator[tuple[str, Any]]:
    """Yield the manifests of the chart with the paths of their constructs, which are taken out of the paths."""
    below = f"{path_of(chart)}/"
    renamed = []
    for manifest in chart.to_json():
        metadata = manifest.get("metadata") or {}
        kind, name = manifest.get("kind", ""), metadata.get("name", "")
        if path := _take(paths.get((kind, name), []), below):
            yield source_of(path), manifest
        else:  # A patch has changed its kind or its name.
            renamed.append((kind, name, manifest))
    for kind, name, manifest in renamed:
        left = [paths[key] for key in sorted(paths, key=lambda key: key[0] != kind)]  # those of the kind first
        path = next(filter(None, (_take(candidates, below) for candidates in left)), None)
        yield source_of(path or f"{below}{kind}/{name}"), manifest


def _take(candidates: list[str], below: str) -> str | None:
    """Take the first path out of the candidates that is below another."""
    path = next((path for path in candidates if path.startswith(below)), None)
    if path is not None:
        candidates.remove(path)
    return path


write, render = cdk8s.App.synth, cdk8s.App.synth_yaml
"""cdk8s's own synthesis, without the preflight."""


# The methods of the class are replaced, so that any cdk8s.App is checked. Those of a subclass would not do: Node.js
# would call them back in the middle of a synthesis, when nothing can be asked of it.
@wraps(write)
def _synth(app: cdk8s.App) -> None:
    preflight(app)
    write(app)


@wraps(render)
def _synth_yaml(app: cdk8s.App) -> str:
    preflight(app)
    return render(app)


cdk8s.App.synth, cdk8s.App.synth_yaml = _synth, _synth_yaml  # type: ignore[assignment,method-assign]
