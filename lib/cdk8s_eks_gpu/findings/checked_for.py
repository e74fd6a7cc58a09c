"""The versions that manifests were checked for."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

ASSUMED = "assumed"


class CheckedFor(Struct, frozen=True):
    """The versions that the manifests of one cluster were checked for.

    Attributes:
        karpenter: Karpenter's version.
        kubernetes: Kubernetes' version.
        karpenter_from: What names Karpenter's version: a file, an option, or `assumed`.
        kubernetes_from: What names Kubernetes' version, likewise.
        cluster: The cluster's name; empty where nothing names it.
        rehearsed_against: The release of Karpenter that the answers were held against.
    """

    karpenter: str
    kubernetes: str
    karpenter_from: str = ASSUMED
    kubernetes_from: str = ASSUMED
    cluster: str = ""
    rehearsed_against: str = ""

    def __str__(self) -> str:
        """Return the versions with what names them, in one sentence."""
        cluster = f"cluster {self.cluster}: " if self.cluster else ""
        if self.karpenter_from == self.kubernetes_from:
            return f"{cluster}Karpenter {self.karpenter} and Kubernetes {self.kubernetes} ({self.karpenter_from})"
        karpenter = f"Karpenter {self.karpenter} ({self.karpenter_from})"
        return f"{cluster}{karpenter} and Kubernetes {self.kubernetes} ({self.kubernetes_from})"

    def as_dict(self) -> dict[str, Any]:
        """Return the versions as plain data, in the names that `--format json` prints."""
        return {
            "cluster": self.cluster,
            "karpenter": self.karpenter,
            "karpenterFrom": self.karpenter_from,
            "kubernetes": self.kubernetes,
            "kubernetesFrom": self.kubernetes_from,
            "rehearsedAgainst": self.rehearsed_against,
        }
