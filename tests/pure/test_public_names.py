"""What users import stays where it is."""

import importlib
import pkgutil

import cdk8s_eks_gpu
from cdk8s_eks_gpu import errors, preflight


def test_the_constructs_and_their_options_are_public():
    """Whoever composes an app finds everything in one place."""
    constructs = importlib.import_module("cdk8s_eks_gpu.constructs")
    assert set(constructs.__all__) == {
        "ClusterConfig",
        "EfaDevicePlugin",
        "EfaDevicePluginOptions",
        "EfaSmokeTest",
        "EfaSmokeTestOptions",
        "GpuApp",
        "GpuSmokeTest",
        "GpuSmokeTestOptions",
        "GpuStack",
        "HelmRelease",
        "HelmReleaseOptions",
        "NcclTest",
        "NcclTestOptions",
        "NodeClass",
        "NodeClassOptions",
        "NodePool",
        "NodePoolOptions",
        "NodeTest",
        "NodeTestOptions",
        "NvidiaDevicePlugin",
        "NvidiaDevicePluginOptions",
        "load_cluster",
        "node_class_for",
    }
    assert all(hasattr(constructs, name) for name in constructs.__all__)


def test_the_preflight_is_public():
    """`check` and `check_paths` are functions of the package, not of a module in it."""
    assert {"check", "check_paths", "Report", "Finding"} <= set(preflight.__all__)


def test_every_error_that_a_user_can_mend_is_on_one_screen():
    """All of them are in `errors`, and one `except EksGpuError` catches them."""
    for module in pkgutil.walk_packages(cdk8s_eks_gpu.__path__, "cdk8s_eks_gpu."):
        if module.name.endswith("__main__"):  # running is no importing
            continue
        for name, found in vars(importlib.import_module(module.name)).items():
            if isinstance(found, type) and issubclass(found, errors.EksGpuError):
                assert found.__module__ == "cdk8s_eks_gpu.errors", f"{module.name}.{name}"
