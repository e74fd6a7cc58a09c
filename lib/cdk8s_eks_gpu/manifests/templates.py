"""What is a template: a text that becomes a manifest, or a value of one, only when another tool fills it in."""

from __future__ import annotations

import re

# What Helm, envsubst, Terraform and people write where a value is to be filled in.
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\{\{.*\}\}|\A\$[A-Z][A-Z0-9_]*\Z|<[^<>]+>", re.DOTALL)


def is_template(text: str) -> bool:
    """Return whether a file that is no YAML is a template of Helm, Jinja or the like."""
    return "{{" in text


def is_placeholder(value: object) -> bool:
    """Return whether a value of a manifest is yet to be filled in."""
    return isinstance(value, str) and _PLACEHOLDER.search(value) is not None
