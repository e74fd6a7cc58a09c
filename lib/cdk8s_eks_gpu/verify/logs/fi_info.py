"""What `fi_info -p efa` of libfabric prints: a block for each endpoint that a provider offers on a device.

Forms: libfabric 1.9 (`domain: efa_0-rdm`) to 2.x (`domain: rdmap16s27-rdm`, fabrics `efa` and `efa-direct`).
Source: ofiwg/libfabric, util/info.c and docs of prov/efa; #5689, #10735.
"""

from __future__ import annotations

import re

from msgspec import Struct

_FIELD = re.compile(
    r"^[^\S\n]*(?:\S+[^\S\n]+)?(provider|fabric|domain|version|type|protocol):[^\S\n]*(\S.*?)[^\S\n]*$", re.MULTILINE
)
_ENDPOINT = re.compile(r"-(?:rdm|dgrm|dgram|direct)\Z")
_NO_DATA = re.compile(r"fi_getinfo: -61(?: \(No data available\))?|fi_getinfo: -\d+.*")
_NOT_THERE = re.compile(r"fi_info.*(?:not found|no such file or directory).*", re.IGNORECASE)


class FiInfo(Struct, frozen=True):
    """The providers that fi_info lists.

    Attributes:
        providers: The providers with the devices of each, both in their order; layers such as `efa;ofi_rxd` apart.
    """

    providers: dict[str, tuple[str, ...]]

    @property
    def efa_devices(self) -> tuple[str, ...]:
        """The EFA devices, each once."""
        return self.providers.get("efa", ())


def parse_fi_info(text: str) -> FiInfo | None:
    """Return what fi_info lists; None where the text has no such list."""
    devices: dict[str, dict[str, None]] = {}
    provider = ""
    for key, value in _FIELD.findall(text):
        if key == "provider":
            provider = value
            devices.setdefault(provider, {})
        elif key == "domain" and provider:
            devices[provider][_ENDPOINT.sub("", value)] = None
    if not devices or not any(devices.values()):
        return None
    return FiInfo({name: tuple(found) for name, found in devices.items()})


def fi_info_failure(text: str) -> str:
    """Return what fi_info says in place of a list: that it finds nothing, or that it is not there; else nothing."""
    found = _NO_DATA.search(text) or _NOT_THERE.search(text)
    return found[0].strip() if found else ""
