"""The safe rendering rules, with a real Helm and a chart that has one of each thing that is unsafe."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cdk8s_eks_gpu.charts import on_demand, pins, store
from cdk8s_eks_gpu.charts.check import check
from cdk8s_eks_gpu.charts.store import write_json

EXAMPLES = Path(__file__).parents[2] / "tools/construct_examples"


def rendered(renderer, release):
    """Return what the release renders to, by kind, namespace and name."""
    manifests = json.loads(renderer.render(release).read_text(encoding="utf-8"))["manifests"]
    return {(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]): item for item in manifests}


def test_the_rules_hold(renderer, release):
    """CRDs are in and lean, hooks of every kind are out, a List is taken apart, and namespaces are right."""
    found = rendered(renderer, release())
    assert set(found) == {
        ("CustomResourceDefinition", None, "things.example.com"),
        ("ConfigMap", "things", "x-no-namespace"),
        ("ConfigMap", "kube-system", "x-other-namespace"),
        ("ClusterRole", None, "x"),
        ("Service", "things", "x-part"),
        ("ServiceAccount", "things", "x-in-a-list"),
        ("ServiceAccount", "things", "x-second-in-a-list"),
        ("Thing", None, "x"),
    }
    crd = found["CustomResourceDefinition", None, "things.example.com"]
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert schema == {"type": "object", "properties": {"description": {"type": "string"}}}


def test_strings_stay_strings(renderer, release):
    """What looks like a boolean or an octal number in a ConfigMap is not turned into one."""
    data = rendered(renderer, release())["ConfigMap", "things", "x-no-namespace"]["data"]
    assert data == {"answer": "yes", "mode": "0755", "replicas": "1", "kubernetes": "v1.34"}


def test_layers_of_values_are_merged_by_helm(renderer, release, here):
    """A later layer wins, null drops a default, and a sub-chart can be switched off."""
    (here / "values.yaml").write_text("replicas: 2\npart: {enabled: false}\n", encoding="utf-8")
    found = rendered(renderer, release(values_files=["values.yaml"], values=[{"replicas": 3}]))
    assert found["ConfigMap", "things", "x-no-namespace"]["data"]["replicas"] == "3"


def test_rendering_again_gives_the_same_bytes(renderer, release):
    """Nothing of the day or the machine gets into the store."""
    file = renderer.render(release())
    before = {path.name: path.read_bytes() for path in file.parent.iterdir()}
    renderer.render(release())
    assert {path.name: path.read_bytes() for path in file.parent.iterdir()} == before
    assert list(check(renderer)) == []


def test_check_tells_of_every_byte_that_differs(renderer, release):
    """A rendering that was edited, one that was cut off, one without a pin and a pin without a rendering are told."""
    edited = renderer.render(release(release="edited"))
    edited.write_text(edited.read_text(encoding="utf-8").replace('"yes"', '"no"'), encoding="utf-8")
    cut = renderer.render(release(release="cut"))
    cut.write_text("{", encoding="utf-8")
    other = pins.Pin("https://charts.example.com", "other", "1.0.0", "0" * 64)
    write_json({pins.lock_file(renderer.target, "other-1.0.0"): pins.to_data(other)})
    (renderer.target / "lost-1.0.0-0.json").write_text("{}", encoding="utf-8")
    found = sorted(check(renderer))
    assert len(found) == 4
    for file in (edited, cut, renderer.target / "lost-1.0.0-0.json"):
        assert sum(f"{file} is not what was rendered" in problem for problem in found) == 1
    assert "other 1.0.0 is pinned, and nothing is rendered of it: remove other-1.0.0.lock.json" in found


def test_check_tells_of_a_chart_that_renders_to_something_else(renderer, release):
    """What Helm makes of the chart today is held against what is stored, whatever the lock says."""
    renderer.render(release())
    name = next(name for name in store.renderings(renderer.target))
    data = store.read(renderer.target, name)
    pin = pins.read(renderer.target, name)
    store.save(renderer.target, name, pin, data | {"manifests": data["manifests"][1:]})
    assert [problem.partition(" is ")[0] for problem in check(renderer)] == [f"{name}.json"]


def test_an_app_renders_what_it_needs_once(here, archive):
    """A user's app with other values renders them with its own Helm into its own imports/, and then needs none."""
    code = f"""
from cdk8s_eks_gpu.constructs import HelmRelease, HelmReleaseOptions
import cdk8s
app = cdk8s.App()
HelmRelease(cdk8s.Chart(app, "x"), "release", HelmReleaseOptions(
    repository={str(archive)!r}, chart="everything", version="1.0.0", release="mine", namespace="things",
    kubernetes_version="1.34", values=[{{"replicas": 5}}]))
app.synth()
"""
    first = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "commit imports/cdk8s_eks_gpu_charts/everything-1.0.0-" in first.stderr
    manifest = here / "dist/x.k8s.yaml"
    before = manifest.read_bytes()
    environment = {"HELM": "no-such-helm", "EKS_GPU_CHARTS": "frozen", "PATH": ""}
    second = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    assert "commit" not in second.stderr
    assert manifest.read_bytes() == before


def test_a_hundred_renderings_at_once_leave_a_whole_store(renderer, release):
    """Processes that render the same and different releases at the same time never damage a file."""
    releases = [release(release=f"x{number % 4}") for number in range(100)]
    with ThreadPoolExecutor(8) as pool:
        files = set(pool.map(renderer.render, releases))
    assert len(files) == 4
    assert sorted(path.name for path in renderer.target.iterdir()) == sorted(
        [
            *(file.name for file in files),
            *(file.name.replace(".json", ".lock.json") for file in files),
            "everything-1.0.0.lock.json",
        ]
    )
    assert list(check(renderer)) == []
    assert all(on_demand.load(each, renderer.target) for each in releases[:4])


@pytest.mark.parametrize("kubernetes_version", ["1.30", "1.34.2"])
def test_the_chart_gets_the_clusters_version(renderer, release, kubernetes_version):
    """A chart that looks at Kubernetes' version sees the configured one, not Helm's own."""
    found = rendered(renderer, release(kubernetes_version=kubernetes_version))
    version = found["ConfigMap", "things", "x-no-namespace"]["data"]["kubernetes"]
    assert version.startswith(f"v{kubernetes_version}")


def test_the_example_of_a_release_is_what_helm_renders(here, helm):
    """The rendering from which the documentation's example is synthesised is the one of the chart beside it."""
    examples = shutil.copytree(EXAMPLES, here / "examples", ignore=shutil.ignore_patterns("imports"))
    subprocess.run([helm, "package", "gpu-quota"], cwd=examples, check=True, capture_output=True)
    environment = os.environ | {"EKS_GPU_CHART_DIR": str(examples)}
    subprocess.run([sys.executable, "helm_release.py"], cwd=examples, env=environment, check=True, capture_output=True)
    rendered_now, committed = (
        [
            json.loads(file.read_text(encoding="utf-8"))["manifests"]
            for file in folder.glob("imports/*/gpu-quota-1.0.0-*[!k].json")
        ]
        for folder in (examples, EXAMPLES)
    )
    assert rendered_now == committed != []
