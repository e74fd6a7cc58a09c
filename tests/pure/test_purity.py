import subprocess
import sys

import pytest

PURE = [
    "cdk8s_eks_gpu",
    "cdk8s_eks_gpu.vocabulary",
    "cdk8s_eks_gpu.config.load",
    "cdk8s_eks_gpu.charts.render",
    "cdk8s_eks_gpu.charts.helm",
    "cdk8s_eks_gpu.objects.stack",
    "cdk8s_eks_gpu.cli",
]


@pytest.mark.parametrize("module", PURE)
def test_everything_but_constructs_stays_clear_of_cdk8s(module):
    """Importing a pure module loads neither cdk8s, jsii and constructs nor the generated classes."""
    code = f"""
import sys, {module}
heavy = {{"cdk8s", "constructs", "jsii", "cdk8s_eks_gpu_crds"}}
sys.exit(", ".join(heavy.intersection(sys.modules)) or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
