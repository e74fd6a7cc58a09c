"""How many devices the NVIDIA plugin registers for each GPU: its configuration may share them out (time slicing, MPS).

Karpenter counts GPUs, not shares; a node's allocatable has the shares. Source: NVIDIA/k8s-device-plugin v0.20.0,
api/config/v1 (sharing), cmd/config-manager (which configuration a node gets).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject, read_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_WAYS = ("timeSlicing", "mps")
_RENAMED = ".shared"
_MARK = re.compile(r"\bsharing\b|\bversion\W+v1\b")


class GpuSharing(Struct, frozen=True):
    """How a configuration shares GPUs out.

    Attributes:
        replicas: Into how many shares each GPU goes; 1 where it stays whole.
        resource: The name under which they are registered.
    """

    replicas: int = 1
    resource: str = vocabulary.GPU


WHOLE = GpuSharing()


class SharingConfigurations(Struct, frozen=True):
    """The configurations of the NVIDIA plugin that manifests have.

    Attributes:
        by_name: How each shares GPUs.
        default: The name of the one for nodes that choose none; empty where these keep their GPUs whole.
    """

    by_name: Mapping[str, GpuSharing]
    default: str = ""

    def of(self, labels: Mapping[str, str]) -> GpuSharing:
        """Return how the GPUs of a node with these labels are shared; its pool's label chooses a configuration."""
        return self.by_name.get(labels.get(vocabulary.NVIDIA_CONFIGURATION) or self.default, WHOLE)


def sharing_configurations(objects: Iterable[KubernetesObject]) -> SharingConfigurations:
    """Return the configurations in ConfigMaps of the manifests, and which of them the plugin takes by default."""
    found: dict[str, GpuSharing] = {}
    named, strategies = "", ""
    for each in objects:
        if each.kind == "ConfigMap" and not each.group:
            texts = ((name, value.text()) for name, value in each.cursor["data"].entries())
            found.update((name, _read(text)) for name, text in texts if _MARK.search(text))
        elif each.kind == "DaemonSet":
            variables = _variables(each)
            named = variables.get("DEFAULT_CONFIG", named)
            strategies = variables.get("FALLBACK_STRATEGIES", strategies)
    if not named and "named" in strategies and vocabulary.NVIDIA_DEFAULT_CONFIGURATION in found:
        named = vocabulary.NVIDIA_DEFAULT_CONFIGURATION
    if not named and "single" in strategies and len(found) == 1:
        named = next(iter(found))
    return SharingConfigurations(found, named)


def _variables(daemon_set: KubernetesObject) -> dict[str, str]:
    spec = daemon_set.cursor["spec"]["template"]["spec"]
    return {
        variable["name"].text(): variable["value"].text()
        for field in ("initContainers", "containers")
        for container in spec[field].objects()
        for variable in container["env"].objects()
    }


def _read(text: str) -> GpuSharing:
    documents = [document for held in read_texts({"config": text}).others.values() for document in held]
    sharing = Cursor(documents[0].data if documents else None)["sharing"]
    for way in _WAYS:
        for resource in sharing[way]["resources"].objects():
            replicas = resource["replicas"].integer()
            if resource["name"].text() == vocabulary.GPU and replicas is not None:
                renamed = sharing[way]["renameByDefault"].value is True
                name = resource["rename"].text() or (vocabulary.GPU + _RENAMED if renamed else vocabulary.GPU)
                return GpuSharing(replicas, name)
    return WHOLE
