"""What a plain YAML scalar means to Kubernetes.

Kubernetes reads manifests with sigs.k8s.io/yaml, which stands on go-yaml v2: `yes`, `on` and `y` are booleans,
`0644` and `0o644` are octal, but `12:30` and `2025-01-01` stay strings. A parser of YAML 1.1 or 1.2 alone would
answer differently on one of them. (Source: `resolve.go` of go-yaml v2.)
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import TypeAlias

Scalar: TypeAlias = "str | int | float | bool | None"

_TAG = "tag:yaml.org,2002:"
BINARY = _TAG + "binary"
MERGE = _TAG + "merge"
# Only these tags let go-yaml look at the text; with any other the text is the value.
_RESOLVABLE = frozenset(_TAG + name for name in ("bool", "int", "float", "null", "timestamp"))

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<binary>[01]+)|0[oO]?(?P<octal>[0-7]+)"
    r"|(?P<decimal>0|[1-9][0-9]*))\Z"
)
_BASES = {"hex": 16, "binary": 2, "octal": 8, "decimal": 10}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SMALLEST, _LARGEST, _LARGEST_UNSIGNED = -(2**63), 2**63 - 1, 2**64 - 1


def number(text: str) -> int | float | None:
    """Return the number that go-yaml reads in a plain scalar, or None when it is not one.

    A float with a whole value is returned as an integer, since it is written so in the JSON that Kubernetes gets.
    """
    digits = text.replace("_", "")
    match = _INTEGER.match(digits)
    if match:
        kind = match.lastgroup or "decimal"
        value = int(match["sign"] + match[kind], _BASES[kind])
        if _SMALLEST <= value <= (_LARGEST if match["sign"] else _LARGEST_UNSIGNED):
            return value
    if _FLOAT.match(digits):
        decimal = float(digits)
        if math.isinf(decimal):  # out of range for a 64-bit float, so go-yaml leaves it a string
            return None
        return int(decimal) if decimal.is_integer() and abs(decimal) < 1e21 else decimal  # noqa: PLR2004 -- from 1e21 on, Go's JSON writes an exponent
    return None


def plain(text: str) -> Scalar:
    """Return what an unquoted scalar without a tag means."""
    first = text[:1]
    if first and first not in "yYnNtTfFoO~+-.0123456789":
        return text
    if text in _WORDS:
        return _WORDS[text]
    # The length bound keeps Python from turning megabytes of digits into an integer.
    if first in "+-.0123456789" and len(text) < 400:  # noqa: PLR2004
        value = number(text)
        return text if value is None else value
    return text


def tagged(text: str, tag: str) -> Scalar:
    """Return what a scalar with an explicit tag means.

    Raises:
        ValueError: The tag is `!!binary` and the text is not base64.
    """
    if tag == BINARY:
        try:
            return base64.b64decode(re.sub(r"\s", "", text), validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            raise ValueError("!!binary data that is not base64") from None
    return plain(text) if tag in _RESOLVABLE else text
