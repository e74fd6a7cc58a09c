"""`find`, the one function that Kubernetes adds to CEL and that Karpenter's rules use."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def find(text: str, pattern: str) -> str:
    """Return the first match of the pattern in the text, or an empty string."""
    match = _compiled(pattern).search(text)
    return match[0] if match else ""
