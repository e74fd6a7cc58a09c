"""The names that Kubernetes takes: of objects, of labels, of their values.

Source: `pkg/util/validation` of kubernetes/apimachinery.
"""

from __future__ import annotations

import re

_LABEL_PART = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\Z")
_DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\Z")
_LONGEST_PART = 63
_LONGEST_SUBDOMAIN = 253


def subdomain_fault(name: str) -> str | None:
    """Return what is wrong with a DNS subdomain, such as an object's name; None when nothing is."""
    if len(name) > _LONGEST_SUBDOMAIN:
        return f"has {len(name)} characters; at most {_LONGEST_SUBDOMAIN} are allowed"
    if not _SUBDOMAIN.match(name):
        return "may have lower-case letters, digits, '-' and '.' only, and begins and ends with a letter or digit"
    return None


def dns_label_fault(name: str) -> str | None:
    """Return what is wrong with a DNS label, such as a namespace; None when nothing is."""
    if len(name) > _LONGEST_PART:
        return f"has {len(name)} characters; at most {_LONGEST_PART} are allowed"
    if not _DNS_LABEL.match(name):
        return "may have lower-case letters, digits and '-' only, and begins and ends with a letter or digit"
    return None


def service_name_fault(name: str) -> str | None:
    """Return what is wrong with a Service's name, which becomes a DNS name of old; None when nothing is."""
    return dns_label_fault(name) or ("begins with a digit" if name[0].isdigit() else None)


def qualified_name_fault(key: str) -> str | None:  # noqa: PLR0911 -- one return a fault
    """Return what is wrong with a label, taint or annotation key; None when nothing is."""
    prefix, slash, part = key.rpartition("/")
    if slash and "/" in prefix:
        return "has more than one '/'"
    if slash and not prefix:
        return "has nothing before its '/'"
    if slash and (fault := subdomain_fault(prefix)):
        return f"the part before '/' {fault}"
    if not part:
        return "has no name" if not slash else "has nothing after its '/'"
    if len(part) > _LONGEST_PART:
        return f"its name has {len(part)} characters; at most {_LONGEST_PART} are allowed"
    if not _LABEL_PART.match(part):
        return "may have letters, digits, '-', '_' and '.' only, and begins and ends with a letter or digit"
    return None


def label_value_fault(value: str) -> str | None:
    """Return what is wrong with a label's value; None when nothing is."""
    if len(value) > _LONGEST_PART:
        return f"has {len(value)} characters; at most {_LONGEST_PART} are allowed"
    if value and not _LABEL_PART.match(value):
        return "may have letters, digits, '-', '_' and '.' only, and begins and ends with a letter or digit"
    return None
