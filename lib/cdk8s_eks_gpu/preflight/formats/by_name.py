"""The formats of a report by the name that `--format` takes; apart, since synthesis needs one of them only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.preflight.formats.annotations import to_azure, to_github
from cdk8s_eks_gpu.preflight.formats.code_quality import to_gitlab
from cdk8s_eks_gpu.preflight.formats.junit import to_junit
from cdk8s_eks_gpu.preflight.formats.sarif import to_sarif
from cdk8s_eks_gpu.preflight.formats.terminal import to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdk8s_eks_gpu.findings import Report


def to_json(report: Report) -> str:
    """Return the report as one JSON object with `findings` and `summary`."""
    return json.dumps(report.as_dict(), indent=2, ensure_ascii=False) + "\n"


FORMATS: dict[str, Callable[[Report], str]] = {
    "text": to_text,
    "json": to_json,
    "sarif": to_sarif,
    "github": to_github,
    "gitlab": to_gitlab,
    "azure": to_azure,
    "junit": to_junit,
}
"""How a report can be written, by the name that `--format` takes."""
