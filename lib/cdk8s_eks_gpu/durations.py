"""Durations as Go and Kubernetes write them, such as `1h30m`, `90s` and `500ms`, in seconds."""

from __future__ import annotations

import re

LONGEST = (2**63 - 1) / 1e9
"""The most seconds that a duration may take: Go counts nanoseconds in 64 bits, 292 years of them."""
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)", re.ASCII)
_FORM = re.compile(rf"\+?(?:0|(?:{_PART.pattern})+)", re.ASCII)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def seconds_of(text: str) -> float | None:
    """Return how many seconds a duration takes; None where it is none, or less than nothing.

    Source: https://pkg.go.dev/time#ParseDuration
    """
    if not _FORM.fullmatch(text):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
