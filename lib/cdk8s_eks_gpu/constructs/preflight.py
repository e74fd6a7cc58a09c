"""The preflight at synthesis: an app with our constructs writes nothing that it finds an error in."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from functools import wraps
from typing import TYPE_CHECKING, Any

import cdk8s

from cdk8s_eks_gpu.constructs import report_cache
from cdk8s_eks_gpu.constructs.places import is_ours, kind_and_name, path_of
from cdk8s_eks_gpu.constructs.versions import Versions, versions_of
from cdk8s_eks_gpu.errors import PreflightError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def preflight(clusters: Iterable[tuple[Versions, Mapping[str, str]]]) -> None:
    """Check the manifests of each cluster, given by what they are called in the report, and show the warnings.

    Raises:
        PreflightError: There are errors in them.
    """
    errors = ""
    for versions, texts in clusters:
        digest = report_cache.digest(texts, versions)
        report = report_cache.load(digest)
        if report is None:
            report, ok = _check(texts, versions)
            if not ok:
                errors += report
                continue
            report_cache.store(digest, report)
        sys.stderr.write(_styled(report))
    if errors:
        raise PreflightError(f"{_styled(errors)}Nothing was written.")


def _check(texts: Mapping[str, str], versions: Versions) -> tuple[str, bool]:
    """Return the report, empty without errors and warnings, and whether there are no errors in it."""
    # Not imported above: a report from the cache needs none of it.
    from cdk8s_eks_gpu.preflight import Severity, check  # noqa: PLC0415
    from cdk8s_eks_gpu.preflight.formats.terminal import to_text  # noqa: PLC0415

    report = check(texts, karpenter=versions.karpenter, kubernetes=versions.kubernetes)
    is_worth_reading = report.count(Severity.ERROR) or report.count(Severity.WARNING)
    return to_text(report) if is_worth_reading else "", report.ok


def _styled(report: str) -> str:
    """Return the report with colours on a terminal only."""
    return report if sys.stderr.isatty() else _STYLE.sub("", report)


write, render = cdk8s.App.synth, cdk8s.App.synth_yaml
"""cdk8s's own synthesis, without the preflight."""


def _preflight_app(app: cdk8s.App) -> None:
    """Check what a plain cdk8s.App would write, foreign objects and JSON patches included, if it has our constructs."""
    objects = [construct for construct in app.node.find_all() if isinstance(construct, cdk8s.ApiObject)]
    if not any(map(is_ours, objects)):
        return
    paths: dict[tuple[str, str], list[str]] = defaultdict(list)
    for found in objects:
        paths[kind_and_name(found)].append(path_of(found))
    clusters: dict[int, tuple[Versions, dict[str, str]]] = {}
    for chart in app.charts:
        versions = versions_of(chart)
        _, texts = clusters.setdefault(id(versions), (versions, {}))
        for path, manifest in _located(chart, paths):
            texts[path] = json.dumps(manifest)  # JSON is YAML
    preflight(clusters.values())


def _located(chart: cdk8s.Chart, paths: Mapping[tuple[str, str], list[str]]) -> Iterator[tuple[str, Any]]:
    """Yield the manifests of the chart with the paths of their constructs."""
    chart_path = path_of(chart)
    for manifest in chart.to_json():
        kind, name = manifest["kind"], manifest["metadata"].get("name", "")
        candidates = paths.get((kind, name), [])
        path = next((path for path in candidates if path.startswith(f"{chart_path}/")), None)
        if path is None:  # A patch has changed its name.
            yield f"{chart_path}/{kind}/{name}", manifest
        else:
            candidates.remove(path)
            yield path, manifest


# Python calls these, whoever made the app: so nothing need be known of it when our constructs are made, and Node.js is
# not in the middle of a synthesis, in which nothing may be asked of it.
@wraps(write)
def _synth(app: cdk8s.App) -> None:
    _preflight_app(app)
    write(app)


@wraps(render)
def _synth_yaml(app: cdk8s.App) -> str:
    _preflight_app(app)
    return render(app)


cdk8s.App.synth, cdk8s.App.synth_yaml = _synth, _synth_yaml  # type: ignore[assignment,method-assign]
