"""Probes and lifecycle hooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.errors import BOUNDS, NAME, counts, forbidden, invalid, one_of, required, within
from cdk8s_eks_gpu.names import port_name_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_LARGEST_PORT = 65535
_HEADER = re.compile(r"[-A-Za-z0-9]+\Z")


def probe(at: Cursor, grace: int) -> Iterator[FieldError]:
    """Yield what is wrong with a probe; `grace` is its pod's termination grace period in seconds."""
    yield from _handler(at, grace)
    yield from counts(at, *_NUMBERS)
    successes, seconds = at["successThreshold"], at["terminationGracePeriodSeconds"]
    if at.path[-1] != "readinessProbe":
        if (successes.integer() or 1) > 1:
            yield invalid(successes, "must be 1", BOUNDS)
        yield from within(seconds, 1)
    elif seconds:
        yield invalid(seconds, "must not be set for a readinessProbe")


def lifecycle(at: Cursor, grace: int) -> Iterator[FieldError]:
    """Yield what is wrong with the hooks of a container; `grace` as for `probe`."""
    for name in ("postStart", "preStop"):
        if hook := at[name]:
            yield from _handler(hook, grace)


def _handler(at: Cursor, grace: int) -> Iterator[FieldError]:
    given = [at[name] for name in _HANDLERS if at[name]]
    if not given:
        yield required(at, "must specify a handler: exec, httpGet, tcpSocket or grpc")
        return
    for other in given[1:]:
        yield forbidden(other, "may not specify more than 1 handler type")
    handler, kind = given[0], given[0].path[-1]
    if kind == "exec" and not handler["command"].value:
        yield required(handler["command"])
    elif kind == "httpGet":
        yield from _http(handler)
    elif kind in {"tcpSocket", "grpc"}:
        yield from port(handler["port"])
    elif kind == "sleep" and not 0 <= (handler["seconds"].integer() or 0) <= grace:
        detail = f"must not be negative nor longer than terminationGracePeriodSeconds ({grace})"
        yield invalid(handler, detail, BOUNDS)


def _http(handler: Cursor) -> Iterator[FieldError]:
    yield from port(handler["port"])
    yield from one_of(handler["scheme"], "HTTP", "HTTPS")
    for header in handler["httpHeaders"].objects():
        if not _HEADER.match(header["name"].text()):
            yield invalid(header["name"], "must be letters, digits and '-'", NAME)


def port(at: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with a port that is a number or the name of one."""
    if isinstance(at.value, str):
        if fault := port_name_fault(at.value):
            hint = " (a number is written without quotes)" if at.value.isdigit() else ""
            yield invalid(at, f"{fault}{hint}", NAME)
    else:
        number = at.integer() or 0
        if not 1 <= number <= _LARGEST_PORT:
            yield invalid(at, f"must be between 1 and {_LARGEST_PORT}, inclusive", BOUNDS)
