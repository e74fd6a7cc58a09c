"""What Argo CD reads in the annotations of an object: its sync wave, and whether it is a hook.

"Sync Phases and Waves" and "Sync Options" of Argo CD's documentation, v3.5.1
(https://argo-cd.readthedocs.io/en/release-3.5/user-guide/sync-waves/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cdk8s_eks_gpu.config.cluster import ClusterConfig
    from cdk8s_eks_gpu.config.metadata import ObjectMetadata
    from cdk8s_eks_gpu.config.node_class import NodeClassOptions
    from cdk8s_eks_gpu.config.node_pool import NodePoolOptions
    from cdk8s_eks_gpu.config.smoke_tests import SmokeTestOptions

SYNC_WAVE: Final = "argocd.argoproj.io/sync-wave"
# All before 0, the wave of what has no annotation, such as manifests of a user's own in the same Application.
_PLUGINS_WAVE: Final = -3
_WAVES: Final = {
    "CustomResourceDefinition": -5,
    "Namespace": -4,
    "EC2NodeClass": -2,
    "NodePool": -1,
}
_TESTS_WAVE: Final = 1

# Runs when all that was applied is healthy; the run before is deleted first, so that its log stays until then.
POST_SYNC_HOOK: Final = {
    "argocd.argoproj.io/hook": "PostSync",
    "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
}
# No field of a Job's pods can be changed: a changed Job is deleted and created again.
REPLACED: Final = {"argocd.argoproj.io/sync-options": "Force=true,Replace=true"}


def in_waves(manifests: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the manifests of a device plugin, each annotated with the wave of its kind."""
    return [
        {**manifest, "metadata": _annotated(manifest["metadata"], _WAVES.get(manifest["kind"], _PLUGINS_WAVE))}
        for manifest in manifests
    ]


def with_sync_waves(config: ClusterConfig) -> ClusterConfig:
    """Return the configuration with the waves of classes, pools and tests; the plugins' charts get theirs later."""
    tests = config.smoke_tests
    return config.model_copy(
        update={
            "node_classes": {
                name: _with_metadata(options, _WAVES["EC2NodeClass"]) for name, options in config.node_classes.items()
            },
            "node_pools": {
                name: _with_metadata(options, _WAVES["NodePool"]) for name, options in config.node_pools.items()
            },
            "smoke_tests": tests.model_copy(
                update={
                    name: _in_wave(test, _TESTS_WAVE) for name, test in (("gpu", tests.gpu), ("efa", tests.efa)) if test
                }
            ),
        }
    )


def with_replaced_tests(config: ClusterConfig) -> ClusterConfig:
    """Return the configuration with tests of whole nodes that Argo CD creates anew, if it delivers smoke tests."""
    tests = config.smoke_tests
    found = (("node", tests.node), ("nccl", tests.nccl)) if config.argocd.smoke_tests == "application" else ()
    replaced = {
        name: test.model_copy(update={"annotations": {**REPLACED, **(test.annotations or {})}})
        for name, test in found
        if test is not None
    }
    return config.model_copy(update={"smoke_tests": tests.model_copy(update=replaced)}) if replaced else config


def _with_metadata(options: NodeClassOptions | NodePoolOptions, wave: int) -> NodeClassOptions | NodePoolOptions:
    return options.model_copy(update={"metadata": _in_wave(options.metadata, wave)})


def _in_wave(options: ObjectMetadata | SmokeTestOptions, wave: int) -> ObjectMetadata | SmokeTestOptions:
    return options.model_copy(update={"annotations": _wave(options.annotations, wave)})


def _annotated(metadata: Mapping[str, Any], wave: int) -> dict[str, Any]:
    return {**metadata, "annotations": _wave(metadata.get("annotations"), wave)}


def _wave(annotations: Mapping[str, str] | None, wave: int) -> dict[str, str]:
    """Return the annotations with the wave, unless they name one."""
    return {SYNC_WAVE: str(wave), **(annotations or {})}
