"""Images from a private registry instead of the one that they are published in."""

from __future__ import annotations


def mirrored(image: str, registry: str) -> str:
    """Return the image with the registry in place of its own: `nvcr.io/nvidia/a:1` becomes `REGISTRY/nvidia/a:1`.

    A first part without a dot or a port is no host but a part of the path: the image is on Docker Hub.
    """
    first, _, rest = image.partition("/")
    is_host = bool(rest) and ("." in first or ":" in first or first == "localhost")
    return f"{registry}/{rest if is_host else image}"
