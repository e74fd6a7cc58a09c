"""Security contexts of pods and containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission.core.errors import (
    CONFLICT,
    NAME,
    duplicate,
    invalid,
    local_path,
    one_of,
    required,
    unsupported,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.manifests import Cursor

_LARGEST_ID = 2**31 - 1
_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_SYSCTL = re.compile(r"(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?\Z")
_LONGEST_SYSCTL = 253
_IPC = frozenset(
    f"kernel.{name}"
    for name in (
        "msg",
        "msgmax",
        "msgmnb",
        "msgmni",
        "sem",
        "shm",
        "shm_rmid_forced",
        "shmall",
        "shmmax",
        "shmmni",
    )
)


def container_security(at: Cursor, *, host_users: bool) -> Iterator[FieldError]:
    """Yield what is wrong with the security context of a container."""
    yield from _common(at)
    if at["allowPrivilegeEscalation"].value is False:
        if at["privileged"].value is True:
            yield invalid(at, "privileged contradicts allowPrivilegeEscalation: false", CONFLICT)
        if "CAP_SYS_ADMIN" in at["capabilities"]["add"].texts():
            yield invalid(at, "the capability CAP_SYS_ADMIN contradicts allowPrivilegeEscalation: false", CONFLICT)
    yield from one_of(at["procMount"], "Default", "Unmasked", may_be_empty=False)
    if host_users and at["procMount"].text() == "Unmasked":
        yield invalid(at["procMount"], "needs `hostUsers: false`", CONFLICT)


def pod_security(at: Cursor, pod: Cursor) -> Iterator[FieldError]:
    """Yield what is wrong with the security context of a pod."""
    yield from _common(at)
    for group in (at["fsGroup"], *at["supplementalGroups"].items()):
        yield from within(group, 0, _LARGEST_ID)
    yield from one_of(at["fsGroupChangePolicy"], "Always", "OnRootMismatch", may_be_empty=False)
    yield from one_of(at["supplementalGroupsPolicy"], "Merge", "Strict", may_be_empty=False)
    yield from one_of(at["seLinuxChangePolicy"], "MountOption", "Recursive", may_be_empty=False)
    names: set[str] = set()
    for sysctl in at["sysctls"].objects():
        yield from _sysctl(sysctl["name"], names, pod)


def _common(at: Cursor) -> Iterator[FieldError]:
    for name in ("runAsUser", "runAsGroup"):
        yield from within(at[name], 0, _LARGEST_ID)
    for name in ("seccompProfile", "appArmorProfile"):
        if profile := at[name]:
            yield from _profile(profile)


def _profile(profile: Cursor) -> Iterator[FieldError]:
    kind, local = profile["type"], profile["localhostProfile"]
    if not kind.text():
        yield required(kind)
    elif kind.text() not in _PROFILES:
        yield unsupported(kind, _PROFILES)
    if kind.text() != "Localhost":
        if local:
            yield invalid(local, "can only be set when the type is Localhost", CONFLICT)
    elif not local:
        yield required(local, "must be set when the type is Localhost")
    elif profile.path[-1] == "seccompProfile":
        yield from local_path(local)
    elif not local.text() or local.text() != local.text().strip():
        yield invalid(local, "must not be empty, nor have spaces around it", NAME)


def _sysctl(at: Cursor, names: set[str], pod: Cursor) -> Iterator[FieldError]:
    name = at.text()
    if not name:
        yield required(at)
        return
    if len(name) > _LONGEST_SYSCTL or not _SYSCTL.match(name):
        yield invalid(at, "must be at most 253 lower-case letters, digits, '-', '_', '.' and '/'", NAME)
    elif name in names:
        yield duplicate(at)
    names.add(name)
    dotted = name.replace("/", ".")
    shared = {
        "hostNetwork": dotted.startswith("net."),
        "hostIPC": dotted in _IPC or dotted.startswith("fs.mqueue."),
    }
    for field, is_of_it in shared.items():
        if is_of_it and pod[field].value is True:
            yield invalid(at, f"may not be specified when `{field}` is true", CONFLICT)
