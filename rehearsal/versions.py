"""What is rehearsed: the versions, each of which has a Go module with its pins."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
CACHE = ROOT / ".cache" / "rehearsal"

KUBERNETES = "1.34.4"
ARGOCD = "3.2.12"
"""The newest whose engine the module proxy has: the one in `argocd/go.mod`."""
KARPENTER = "1.14.1"
"""The release that is rehearsed unless another is named; `rehearsal/karpenter` has a folder for each that can be."""


def minor(version: str) -> str:
    """Return the minor version: `1.14` of `1.14.1`."""
    return ".".join(version.split(".")[:2])


def karpenter_releases() -> dict[str, str]:
    """Return the Karpenter releases that can be built, by minor version, from the pins in their Go modules."""
    modules = sorted((HERE / "karpenter").glob("*/go.mod"))
    pins = (re.search(r"aws/karpenter-provider-aws v(\S+)", module.read_text()) for module in modules)
    return {module.parent.name: pin[1] for module, pin in zip(modules, pins, strict=True) if pin}
