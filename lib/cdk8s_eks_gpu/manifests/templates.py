"""What is a template: a text that becomes a manifest, or a value of one, only when another tool fills it in."""

from __future__ import annotations

import re
from typing import Any

# What Helm, Jinja, ERB, envsubst, Kustomize's vars, Terraform, operators and people write where a value is filled in.
_PLACEHOLDER = re.compile(
    r"""
    \$\{[^}]*\} | \$\([\w.-]+\) | \{\{.*\}\} | \{%.*%\} | <%.*%> | \A\$[A-Z][A-Z0-9_]*\Z | <[^<>]+>
    | @@?[A-Z][A-Z0-9_]+@@? | \b__[A-Z][A-Z0-9_]*__\b | %[A-Z][A-Z0-9_]+%
    | \b(?:FILLED|SET|REPLACED|PROVIDED)[ _-]BY[ _-] | \bFILL[ _-]?(?:ME|IN)\b
    | \b(?:REPLACE|CHANGE|UPDATE|INSERT)[ _-]?(?:ME|THIS|WITH|HERE|ME_\w+)\b
    | \bPLACEHOLDER | \bYOUR[_-][A-Z] | \bTODO\b
    """,
    re.DOTALL | re.VERBOSE,
)
_TEMPLATE = re.compile(r"\{\{|\{%|<%|%\{|^\s*\$\{[^}]*\}\s*$", re.MULTILINE)
_COMMENT = re.compile(r"^\s*(?://|/\*)|,\s*//|[\"}\]]\s*//|,\s*[}\]]", re.MULTILINE)


def is_template(text: str) -> bool:
    """Return whether a file that is no YAML is a template of Helm, Jinja, Terraform or the like."""
    return _TEMPLATE.search(text) is not None


def is_placeholder(value: object) -> bool:
    """Return whether a value of a manifest is yet to be filled in."""
    return isinstance(value, str) and _PLACEHOLDER.search(value) is not None


def has_comments(file: str, text: str) -> bool:
    """Return whether a file that is no JSON is another tool's dialect of it: with comments, as a tsconfig.json."""
    return file.endswith(".json") and _COMMENT.search(text) is not None and '"apiVersion"' not in text


def has_placeholder(value: Any) -> bool:  # noqa: ANN401 -- any YAML
    """Return whether a key or value somewhere in a part of a manifest is yet to be filled in."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            pending += [*each, *each.values()]
        elif isinstance(each, list):
            pending += each
        elif is_placeholder(each):
            return True
    return False
