"""Mutants that no test can tell from the original."""

from __future__ import annotations

EQUIVALENT: dict[tuple[str, str, str], str] = {}
"""By module, function and change, why."""
