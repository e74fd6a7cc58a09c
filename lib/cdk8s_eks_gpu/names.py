"""The names that Kubernetes takes: of objects, of labels and their values, of ports, variables and keys.

Each function returns what a name must be and is not, or None for a good one. A message stands behind the name.
Source: `pkg/util/validation` of kubernetes/apimachinery v0.34.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LABEL_PART = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\Z")
_DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\Z")
_PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_KEY = re.compile(r"[-._a-zA-Z0-9]+\Z")
_LONGEST_PART = 63
_LONGEST_SUBDOMAIN = 253
_LONGEST_PORT_NAME = 15


def _too_long(text: str, most: int) -> str | None:
    return f"must have at most {most} characters, and has {len(text)}" if len(text) > most else None


@lru_cache(maxsize=4096)  # a stack has few names, again and again
def subdomain_fault(name: str) -> str | None:
    """Return what is wrong with a DNS subdomain, such as an object's name."""
    if len(name) > _LONGEST_SUBDOMAIN:
        return _too_long(name, _LONGEST_SUBDOMAIN)
    if not _SUBDOMAIN.match(name):
        return "must be lower-case letters, digits, '-' and '.', and begin and end with a letter or digit"
    return None


@lru_cache(maxsize=4096)
def dns_label_fault(name: str) -> str | None:
    """Return what is wrong with a DNS label, such as a namespace or a container's name."""
    if len(name) > _LONGEST_PART:
        return _too_long(name, _LONGEST_PART)
    if not _DNS_LABEL.match(name):
        return "must be lower-case letters, digits and '-', and begin and end with a letter or digit"
    return None


def service_name_fault(name: str) -> str | None:
    """Return what is wrong with a Service's name, which must be a DNS label of RFC 1035."""
    return dns_label_fault(name) or ("must begin with a letter" if name[0].isdigit() else None)


def path_segment_fault(name: str) -> str | None:
    """Return what is wrong with a name that is only a part of a URL, such as a ClusterRole's: `system:node`."""
    if name in {".", ".."} or "/" in name or "%" in name:
        return "must not be '.' or '..', nor have '/' or '%' in it"
    return None


@lru_cache(maxsize=4096)
def qualified_name_fault(key: str) -> str | None:  # noqa: PLR0911 -- one return a fault
    """Return what is wrong with a label, taint or annotation key."""
    prefix, slash, part = key.rpartition("/")
    if slash and "/" in prefix:
        return "must not have more than one '/'"
    if slash and not prefix:
        return "must have a DNS domain before '/'"
    if slash and (fault := subdomain_fault(prefix)):
        return f"the part before '/' {fault}"
    if not part:
        return "must have a name behind '/'" if slash else "must not be empty"
    if len(part) > _LONGEST_PART:
        return _too_long(part, _LONGEST_PART)
    if not _LABEL_PART.match(part):
        return "must be letters, digits, '-', '_' and '.', and begin and end with a letter or digit"
    return None


@lru_cache(maxsize=4096)
def label_value_fault(value: str) -> str | None:
    """Return what is wrong with a label's value."""
    if len(value) > _LONGEST_PART:
        return _too_long(value, _LONGEST_PART)
    if value and not _LABEL_PART.match(value):
        return "must be letters, digits, '-', '_' and '.', and begin and end with a letter or digit"
    return None


def port_name_fault(name: str) -> str | None:
    """Return what is wrong with the name of a port."""
    if len(name) > _LONGEST_PORT_NAME or not _PORT_NAME.match(name):
        return "must be 1 to 15 lower-case letters, digits and single '-' between them, with at least one letter"
    return None


def variable_fault(name: str) -> str | None:
    """Return what is wrong with the name of an environment variable (since Kubernetes 1.32)."""
    if not (name.isascii() and name.isprintable()) or "=" in name:
        return "must be printable ASCII characters other than '='"
    return None


def key_fault(key: str) -> str | None:
    """Return what is wrong with a key of a ConfigMap or Secret, which becomes the name of a file."""
    if len(key) > _LONGEST_SUBDOMAIN:
        return _too_long(key, _LONGEST_SUBDOMAIN)
    if not _KEY.match(key):
        return "must be letters, digits, '-', '_' and '.'"
    if key == "." or key.startswith(".."):
        return "must not be '.', nor begin with '..'"
    return None
