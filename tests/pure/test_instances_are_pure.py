import subprocess
import sys

import pytest

PURE = ["requirements", "instances", "quantity", "hints"]
HEAVY = {"cdk8s", "constructs", "jsii", "cdk8s_eks_gpu_crds", "cdk8s_eks_gpu.constructs", "pydantic", "yaml", "rich"}


@pytest.mark.parametrize("name", PURE)
def test_pure(name):
    """The package loads neither cdk8s nor anything else that takes long: a fresh Python shows what it pulls in."""
    code = f"import sys, cdk8s_eks_gpu.{name}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert HEAVY & set(loaded) == set()


def test_facts_need_no_heavy_modules():
    """The facts are loaded and asked with the standard library alone."""
    code = (
        "import sys; from cdk8s_eks_gpu.instances import catalogue, traps; "
        "catalogue().find('p5.48xlarge').allocatable; traps(); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert HEAVY & set(loaded) == set()
