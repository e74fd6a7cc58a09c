"""JUnit XML, which Jenkins, CircleCI and most other CI systems show: what the writers of reports share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence

# XML has no way to write these.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def suite(name: str, cases: Sequence[str], **counts: int) -> str:
    """Return the document of a suite: its test cases, which are XML already, and how many of them came out how."""
    numbers = "".join(f' {outcome}="{count}"' for outcome, count in counts.items())
    head = f'<testsuite name={attribute(name)} tests="{len(cases)}"{numbers}>'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *(cases or [""]), "</testsuite>", ""])


def attribute(text: str) -> str:
    """Return a text as the value of an attribute, in its quotes."""
    return quoteattr(_clean(text))


def content(text: str) -> str:
    """Return a text as what stands between two tags."""
    return escape(_clean(text))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
