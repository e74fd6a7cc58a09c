"""Regular expressions as Go reads them, which is how Kubernetes matches a schema's patterns."""

from __future__ import annotations

import re
from functools import lru_cache

from cdk8s_eks_gpu.admission.schema.cel import CelRule, can_evaluate

_SHORT = 400  # characters


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Go's `$` is the end of the text, Python's also stands before a last newline. Go's `\d` and `\s` are ASCII.
    # An escaped or bracketed dollar does not occur in Karpenter's patterns; a test of the data holds that.
    return re.compile(pattern.replace("$", r"\Z"), re.ASCII)


@lru_cache(maxsize=16_384)
def _short_matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).search(text) is not None


@lru_cache(maxsize=256)
def _linear(pattern: str) -> CelRule:
    quoted = pattern.replace("\\", "\\\\").replace("'", "\\'")
    return CelRule(f"self.matches('{quoted}')")


def matches(pattern: str, text: str) -> bool:
    """Return whether the pattern is found in the text, with the meaning it has in Go.

    Python's own engine is the faster one on the short texts that manifests have; on a long one it may try an
    exponential number of ways, so that is left to the linear engine inside CEL. Without that, a long text passes.
    """
    if len(text) <= _SHORT:
        return _short_matches(pattern, text)
    return not can_evaluate() or _linear(pattern).holds(text)
