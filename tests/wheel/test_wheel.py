"""The wheel in a clean environment: nothing of this checkout is on the path."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OLDER_CRDS = ROOT / "examples/existing-app"

# A user's app. It has imported the CRDs of Karpenter 1.0 itself, under the name that `cdk8s import` gives by default.
APP = """
import cdk8s
{imports}

app = cdk8s.App(outdir="dist")
chart = cdk8s.Chart(app, "chart")
options = NodePoolOptions(node_class="gpu", replicas=2, disruption=Disruption(consolidate_after="5m"))
NodePool(chart, "ours", options)
reference = karpenter.NodePoolSpecTemplateSpecNodeClassRef(group="karpenter.k8s.aws", kind="EC2NodeClass", name="gpu")
inner = karpenter.NodePoolSpecTemplateSpec(node_class_ref=reference, requirements=[], expire_after="24h")
template = karpenter.NodePoolSpecTemplate(spec=inner)
spec = karpenter.NodePoolSpec(template=template, weight=3)
karpenter.NodePool(chart, "theirs", metadata={{"name": "theirs"}}, spec=spec)
NvidiaDevicePlugin(chart, "plugin")
app.synth()
"""
OURS = "from cdk8s_eks_gpu import Disruption, NodePool, NodePoolOptions, NvidiaDevicePlugin"
THEIRS = "from imports.sh import karpenter"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder with the wheel and the source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    """Return the wheel of this checkout."""
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """Return the Python of an environment with the wheel; what it depends on comes from the one that runs the tests."""
    folder = tmp_path_factory.mktemp("environment")
    # As `python -m venv` does: a copied Python does not find its libraries on macOS.
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = next(path for path in (folder / "bin/python", folder / "Scripts/python.exe") if path.exists())
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    # A path in a .pth file does not bring the .pth files found there: this checkout's editable install stays out.
    Path(packages, "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python


def test_the_pages_of_the_rules_are_in_the_wheel(python):
    """`eks-gpu rule` prints the page without a checkout."""
    command = [python, "-m", "cdk8s_eks_gpu", "rule", "scheduling/no-host"]
    page = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert page.startswith("# scheduling/no-host")


@pytest.mark.parametrize("imports", [(OURS, THEIRS), (THEIRS, OURS)], ids=["ours first", "theirs first"])
def test_an_app_with_older_crds_of_its_own_synthesises_both(python, tmp_path, imports):
    """Our classes and those of an app live side by side, in either order: no field of either is lost."""
    (tmp_path / "imports").symlink_to(OLDER_CRDS / "imports")
    (tmp_path / "app.py").write_text(APP.format(imports="\n".join(imports)), encoding="utf-8")
    subprocess.run([python, "app.py"], cwd=tmp_path, check=True)
    documents = yaml.safe_load_all((tmp_path / "dist/chart.k8s.yaml").read_text(encoding="utf-8"))
    specs = {each["metadata"]["name"]: each["spec"] for each in documents if each["kind"] == "NodePool"}
    assert specs["ours"]["replicas"] == 2
    assert specs["ours"]["disruption"] == {"consolidateAfter": "5m"}
    assert specs["theirs"]["weight"] == 3
    assert specs["theirs"]["template"]["spec"]["expireAfter"] == "24h"


def test_the_seeds_stack_needs_no_checkout(python, project):
    """With only the wheel, a user's cluster.yaml becomes the same bytes as in this repository."""
    code = "import sys; from cdk8s_eks_gpu.cli import main; main(['synth', '--output', 'out'])"
    subprocess.run([python, "-c", code], cwd=project, check=True)
    result, committed = (
        {path.name: path.read_bytes() for path in (project / folder).rglob("*.yaml")} for folder in ("out", "dist")
    )
    assert result == committed


def test_the_command_and_its_version_are_installed(python):
    """`eks-gpu --version` works beside the environment's Python."""
    done = subprocess.run([python.with_name("eks-gpu"), "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"eks-gpu, version {version('cdk8s-eks-gpu')}\n"


def test_options_need_neither_helm_nor_network(python, tmp_path):
    """From the wheel alone, typed options of another chart version, for another cluster, become manifests."""
    text = """
cluster: {name: training, kubernetesVersion: "1.33", karpenterVersion: "1.14.1", region: eu-west-1}
nodeClasses: {gpu: {role: nodes, ami: al2023@v20250920, discovery: training}}
nodePools: {gpu: {nodeClass: gpu, instanceTypes: [p5.48xlarge], architectures: [amd64]}}
plugins:
  nvidia: {version: 0.19.3, release: gpu, timeSlicing: {replicas: 4}, imagePullSecrets: [login]}
  efa: {version: v0.5.17, nodeSelector: {efa: present}}
"""
    (tmp_path / "cluster.yaml").write_text(text, encoding="utf-8")
    environment = {**os.environ, "HELM": "no-such-helm"}
    done = subprocess.run(
        [python.with_name("eks-gpu"), "synth"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    manifests = (tmp_path / "dist/0000-nvidia-device-plugin.k8s.yaml").read_text(encoding="utf-8")
    assert "k8s-device-plugin:v0.19.3" in manifests
    assert "name: gpu-nvidia-device-plugin-configs" in manifests
    assert "602401143452.dkr.ecr.eu-west-1" in (tmp_path / "dist/0001-efa-device-plugin.k8s.yaml").read_text("utf-8")
    assert not (tmp_path / "imports").exists()


def test_a_new_project_synthesises_at_once(python, tmp_path):
    """`eks-gpu init`, then synth and check in the new folder, need only the wheel, and say no warning."""
    command = python.with_name("eks-gpu")
    start = [command, "init", "new", "--for", "training", "--region", "us-west-2", "--name", "training"]
    subprocess.run(start, cwd=tmp_path, check=True, capture_output=True)
    done = subprocess.run([command, "synth"], cwd=tmp_path / "new", check=True, capture_output=True, text=True)
    assert "warning" not in done.stderr
    assert list((tmp_path / "new/dist").glob("*.k8s.yaml"))
    checked = subprocess.run(
        [command, "check", "dist"], cwd=tmp_path / "new", check=True, capture_output=True, text=True
    )
    assert "warning" not in checked.stdout


def test_a_report_needs_no_checkout(python, project):
    """The page's template is in the wheel."""
    page = subprocess.run(
        [python.with_name("eks-gpu"), "report", "-o", "-"], cwd=project, check=True, capture_output=True, text=True
    ).stdout
    assert page.startswith("<!doctype html>")


def test_the_version_is_that_of_the_distribution(python):
    """`cdk8s_eks_gpu.__version__` is said in one place, pyproject.toml."""
    code = "import cdk8s_eks_gpu; print(cdk8s_eks_gpu.__version__)"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert done.stdout.strip() == project["version"]


def test_pure_parts_need_no_node(python, tmp_path):
    """Options, checks, explanations and verification load neither cdk8s nor start a process, even without a PATH."""
    code = """
import sys
import cdk8s_eks_gpu
for name in cdk8s_eks_gpu.__all__:
    if not cdk8s_eks_gpu._HOMES or name != "cdk8s" and not any(
        name in names for home, names in cdk8s_eks_gpu._HOMES.items() if home.startswith("constructs.")
    ):
        getattr(cdk8s_eks_gpu, name)
import cdk8s_eks_gpu.cli, cdk8s_eks_gpu.explain, cdk8s_eks_gpu.verify, cdk8s_eks_gpu.report
print(sorted({"cdk8s", "constructs", "jsii"} & set(sys.modules)))
"""
    environment = {"PATH": str(tmp_path), "JSII_NODE": "no-such-node"}
    done = subprocess.run([python, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_it_depends_on_is_installed_and_fits(python):
    """`pip check` finds nothing missing and nothing too old or new."""
    check = [sys.executable, "-m", "pip", "--python", str(python), "check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert "No broken requirements found." in done.stdout, done.stdout
