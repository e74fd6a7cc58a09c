"""Which modules load which: every room stands on those below it, and only the constructs on cdk8s."""

import json
import subprocess
import sys

import pytest

GENERATED = {"cdk8s", "constructs", "jsii", "cdk8s_eks_gpu_crds", "cdk8s_eks_gpu.constructs"}
# What a room imports itself needs no line of its own. pydantic and rich take long to load; PyYAML reads manifests.
SLOW = {*GENERATED, "pydantic", "rich"}
ROOM = "cdk8s_eks_gpu."
VIEWS = {"cdk8s_eks_gpu.explain", "cdk8s_eks_gpu.preflight"}
NEVER = {
    "": GENERATED,
    "config.load": GENERATED,
    "charts.render": GENERATED,
    "charts.helm": GENERATED,
    "objects.stack": {*GENERATED, *VIEWS},
    "cli": GENERATED,
    "instances": {*SLOW, "yaml"},
    "releases": {*SLOW, *VIEWS},
    "manifests": {*SLOW, *VIEWS},
    "findings": {*SLOW, *VIEWS},
    "admission": {*SLOW, *VIEWS},
    "provisioning.cluster": {*SLOW, *VIEWS},
    "explain": {*SLOW, "cdk8s_eks_gpu.preflight"},
    "preflight": {*SLOW, "cdk8s_eks_gpu.explain"},
    "verify": {*SLOW, *VIEWS, "kubernetes"},
}
# Imports only what it is given, and prints all that was loaded with it.
LOADED = "import json, sys; __import__(sys.argv[1]); print(json.dumps(list(sys.modules)))"


def loaded_with(*arguments):
    """Return the modules that a fresh Python has loaded after a run."""
    done = subprocess.run([sys.executable, "-c", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("room", NEVER)
def test_a_room_does_not_load_what_stands_beside_or_above_it(room):
    """Importing a room loads neither cdk8s nor, where start-up counts, what is slow; nor explain or preflight."""
    assert NEVER[room] & loaded_with(LOADED, f"{ROOM}{room}".rstrip(".")) == set()


def test_facts_need_no_heavy_modules():
    """The facts are loaded and asked with the standard library alone."""
    code = (
        "import json, sys; from cdk8s_eks_gpu.instances import catalogue, traps; "
        "catalogue().find('p5.48xlarge').allocatable; traps(); print(json.dumps(list(sys.modules)))"
    )
    assert {*SLOW, "yaml"} & loaded_with(code) == set()
