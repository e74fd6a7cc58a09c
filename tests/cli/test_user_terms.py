"""Findings about a cluster.yaml, at the options and lines of it."""

import json

import pytest
from click.testing import CliRunner

from cdk8s_eks_gpu.cli import main

CONFIG = """\
cluster: {name: a, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu:
    role: nodes
    discovery: a
    POOL_CLASS
nodePools:
  gpu:
    nodeClass: gpu
    POOL
plugins: PLUGINS
smokeTests: TESTS
"""
POOL = {
    "limits": "{cpu: 1000}",
    "instanceTypes": "[p5.48xlarge]",
    "disruption": "{consolidationPolicy: WhenEmpty, consolidateAfter: 30m}",
}


def block(mapping, indent=4):
    """Return a mapping's keys as lines of YAML."""
    return f"\n{' ' * indent}".join(f"{key}: {value}" for key, value in mapping.items())


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Return a function that checks a configuration, and returns the option and the line's text of each finding."""
    monkeypatch.chdir(tmp_path)

    def run(*, on_class=None, plugins="{}", tests="{}", **on_pool):
        text = CONFIG.replace("POOL_CLASS", block({"ami": "al2023@v20260917"} | (on_class or {})))
        text = text.replace("POOL", block(POOL | on_pool)).replace("PLUGINS", plugins).replace("TESTS", tests)
        (tmp_path / "cluster.yaml").write_text(text)
        done = CliRunner().invoke(main, ["check", "cluster.yaml", "--format", "json"])
        report = json.loads(done.stdout)
        lines = text.splitlines()
        return {
            (each["rule"], each["path"], lines[each["line"] - 1].strip().partition(":")[0])
            for each in report["findings"]
            if each["file"] == "cluster.yaml"
        }

    return run


@pytest.mark.parametrize(
    ("options", "rule", "path", "key"),
    [
        ({"on_class": {"ami": "al2023@latest"}}, "ami/latest", "nodeClasses.gpu.ami", "ami"),
        (
            {"instanceTypes": "[p5.48xlarge, p5.47xlarge]"},
            "instances/unknown-value",
            "nodePools.gpu.instanceTypes",
            "instanceTypes",
        ),
        ({"instanceFamilies": "[g6]"}, "instances/none-admitted", "nodePools.gpu", "gpu"),
        (
            {"disruption": "{consolidationPolicy: WhenEmptyOrUnderutilized, consolidateAfter: 30m}"},
            "disruption/consolidates-training",
            "nodePools.gpu.disruption.consolidationPolicy",
            "disruption",
        ),
        (
            {"plugins": "{nvidia: {}}", "taints": "[{key: a, effect: NoSchedule}]"},
            "scheduling/no-gpu-registered",
            "nodePools.gpu.taints[0]",
            "taints",
        ),
        (
            {"startupTaints": "[{key: a, effect: NoSchedule}]", "plugins": "{nvidia: {}}"},
            "scheduling/startup-taint-stays",
            "nodePools.gpu.startupTaints[0]",
            "startupTaints",
        ),
        ({"tests": "{gpu: {name: mine, gpus: 9}}"}, "scheduling/no-host", "smokeTests.gpu", "smokeTests"),
        ({"tests": "{efa: {image: nccl}}"}, "apply/image-without-tag", "smokeTests.efa.image", "smokeTests"),
    ],
)
def test_a_finding_names_the_option(found, options, rule, path, key):
    """What a user wrote is named as they wrote it, at its line."""
    assert (rule, path, key) in found(**options)


def test_a_manifest_of_the_users_own_is_named_as_such(found, tmp_path):
    """A finding about an extra manifest stands at its own file and line."""
    (tmp_path / "own.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: own, namespace: default}\nspec:\n  containers:\n"
        "    - {name: a, image: a:1, resources: {limits: {nvidia.com/gpu: 9}}}\n"
    )
    found(tests="{}\nextraManifests: [own.yaml]")
    lines = CliRunner().invoke(main, ["check", "cluster.yaml"]).output
    assert "own.yaml:4: error scheduling/no-host Pod/own spec" in lines
