"""A report as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdk8s_eks_gpu.findings import Report


def to_json(report: Report) -> str:
    """Return the report as one JSON object with `findings` and `summary`."""
    return json.dumps(report.as_dict(), indent=2, ensure_ascii=False) + "\n"
