"""A plugin's chart at other versions and with other values, with a chart of ours under the plugin's name."""

import shutil
from functools import partial

import pytest
import yaml
from click.testing import CliRunner

from cdk8s_eks_gpu.charts import store
from cdk8s_eks_gpu.charts.check import check
from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.render import Renderer
from cdk8s_eks_gpu.charts.sources import Sources
from cdk8s_eks_gpu.cli import main
from cdk8s_eks_gpu.cli.upgrade import upgrade
from cdk8s_eks_gpu.config.load import load_cluster
from cdk8s_eks_gpu.errors import ChartError
from cdk8s_eks_gpu.objects.device_plugins import device_plugins

CONFIG = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu: {nodeClass: gpu}
plugins:
  efa:
    version: 1.0.0 # the one that we tested
"""
CHART = "aws-efa-k8s-device-plugin"
TEMPLATE = """\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ .Values.fullnameOverride | default (contains .Chart.Name .Release.Name | ternary .Release.Name \
    (printf "%s-%s" .Release.Name .Chart.Name)) }}
  labels:
    helm.sh/chart: "{{ .Chart.Name }}-{{ .Chart.Version }}"
    app.kubernetes.io/version: "{{ .Chart.AppVersion }}"
spec:
  template:
    spec:
      {{- with .Values.tolerations }}
      tolerations: {{ toJson $.Values.tolerations }}
      {{- end }}
      containers:
      - name: ctr
        image: {{ .Values.image.repository }}:{{ .Values.image.tag }}
        args: ["--level={{ .Values.level }}"]
"""


def archives_of(folder, template):
    """Write two versions of the plugin's chart into the folder."""
    for version in ("1.0.0", "2.0.0"):
        chart = {"apiVersion": "v2", "name": CHART, "version": version, "appVersion": f"v{version}"}
        values = {"tolerations": [], "image": {"repository": "r.example.com/efa", "tag": f"v{version}"}, "level": 1}
        source = folder / version / CHART
        (source / "templates").mkdir(parents=True)
        (source / "Chart.yaml").write_text(yaml.safe_dump(chart), encoding="utf-8")
        (source / "values.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
        (source / "templates/object.yaml").write_text(template, encoding="utf-8")
        archive = shutil.make_archive(str(folder / f"{CHART}-{version}"), "gztar", folder / version, CHART)
        shutil.move(archive, folder / f"{CHART}-{version}.tgz")
    return folder


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Return a folder with two versions of the plugin's chart."""
    return archives_of(tmp_path_factory.mktemp("archives"), TEMPLATE)


@pytest.fixture
def into(here, archives):
    """Return the function that makes a renderer into the project's store."""
    return partial(Renderer, Helm(), here / store.FOLDER, Sources(archives), lambda _: None)


@pytest.fixture
def config(here):
    """Return a configuration file that installs the plugin at a version that does not come with the package."""
    file = here / "cluster.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


def state(folder):
    """Return the bytes of all files below the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def invoke(*arguments, archives=None):
    """Run the command."""
    setting = {"EKS_GPU_CHART_DIR": str(archives)} if archives else {}
    return CliRunner(env=setting).invoke(main, ["charts", *map(str, arguments)])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_the_versions_own_characters_change(config, into, end):
    """Comments, order and ends of lines stay, and down again gives the same bytes."""
    config.write_bytes(CONFIG.replace("\n", end).encode())
    upgrade(config, CHART, "2.0.0", into).write()
    assert config.read_bytes() == CONFIG.replace("version: 1.0.0 #", "version: 2.0.0 #").replace("\n", end).encode()
    upgrade(config, CHART, "1.0.0", into).write()
    assert config.read_bytes() == CONFIG.replace("\n", end).encode()


def test_what_another_file_uses_stays(here, config, into):
    """An upgrade of one configuration leaves the renderings that another in the same folder still needs."""
    other = shutil.copy(config, here / "prod.yaml")
    upgrade(config, CHART, "2.0.0", into).write()
    assert device_plugins(load_cluster(other))[CHART]
    assert device_plugins(load_cluster(config))[CHART]


def test_the_changes_are_shown_before_anything_is_written(config, into):
    """Whoever upgrades reads what changes in the objects, field by field; the file is written afterwards."""
    change = upgrade(config, CHART, "2.0.0", into)
    name = f"DaemonSet/kube-system/{CHART}"
    assert change.changes == (
        f'~ {name} metadata.labels.helm.sh/chart: "{CHART}-1.0.0" -> "{CHART}-2.0.0"',
        f'~ {name} metadata.labels.app.kubernetes.io/version: "v1.0.0" -> "v2.0.0"',
        f'~ {name} spec.template.spec.containers[ctr].image: "r.example.com/efa:v1.0.0" -> "r.example.com/efa:v2.0.0"',
    )
    assert config.read_text(encoding="utf-8") == CONFIG


def test_an_upgrade_between_versions_of_the_package_needs_no_helm(config, monkeypatch):
    """The command shows and writes it on a machine without Helm; `--dry-run` only shows it."""
    monkeypatch.setenv("HELM", "no-such-helm")
    config.write_text(CONFIG.replace("1.0.0", "v0.5.29"), encoding="utf-8")
    before = config.read_bytes()
    shown = invoke("upgrade", CHART, "v0.5.30", "--dry-run")
    assert "-> [" in shown.output
    assert config.read_bytes() == before
    assert invoke("upgrade", CHART, "v0.5.30").exit_code == 0
    assert "version: v0.5.30 #" in config.read_text(encoding="utf-8")


def test_a_version_that_is_not_there_changes_nothing(config, into):
    """The file names the new version only when its chart was rendered."""
    with pytest.raises(ChartError, match=r"aws-efa-k8s-device-plugin-3\.0\.0\.tgz is not there"):
        upgrade(config, CHART, "3.0.0", into)
    assert config.read_text(encoding="utf-8") == CONFIG


@pytest.mark.parametrize(
    ("text", "chart", "words"),
    [
        (CONFIG, "nvidia-device-plugin", "does not install 'nvidia-device-plugin'"),
        (CONFIG.partition("plugins:")[0] + "plugins: {efa: {}}\n", CHART, r"write `version: v0\.5\.30` there first"),
    ],
)
def test_what_cannot_be_upgraded_is_reported(config, into, text, chart, words):
    """A chart that is not installed, and a version that is nowhere written, are told with the cure."""
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ChartError, match=words):
        upgrade(config, chart, "2.0.0", into)


def test_values_are_rendered_once_and_options_applied_afterwards(config, archives, monkeypatch):
    """With `values`, Helm is needed once; then options, release and namespace change without it."""
    text = CONFIG + "    values: {level: 5}\n"
    config.write_text(text, encoding="utf-8")
    assert invoke("render", archives=archives).exit_code == 0
    monkeypatch.setenv("HELM", "no-such-helm")
    config.write_text(text + "    image: {tag: v9}\n    namespace: efa\n    release: other\n", encoding="utf-8")
    _, daemon_set = device_plugins(load_cluster(config))[CHART]
    assert daemon_set["metadata"]["namespace"] == "efa"
    assert daemon_set["metadata"]["name"] == f"other-{CHART}"
    (container,) = daemon_set["spec"]["template"]["spec"]["containers"]
    assert container == {"name": "ctr", "image": "r.example.com/efa:v9", "args": ["--level=5"]}


def test_values_that_the_chart_does_not_know_are_reported(config, archives):
    """A misspelt value is an error with the right one, and nothing is stored."""
    config.write_text(CONFIG + "    values: {levle: 5}\n", encoding="utf-8")
    result = invoke("render", archives=archives)
    assert result.exit_code == 2
    assert "does not know: 'levle'; did you mean 'level'?" in result.output
    assert not store.project_store(config).exists()


def test_nothing_is_rendered_that_comes_with_the_package(config, monkeypatch):
    """Without values, the supported versions need no Helm, and the command says so."""
    monkeypatch.setenv("HELM", "no-such-helm")
    config.write_text(CONFIG.replace("1.0.0", "v0.5.29"), encoding="utf-8")
    assert "nothing to render" in invoke("render").output


def test_prune_shows_and_deletes_what_no_file_uses(here, config, archives):
    """What one of the files named uses stays; nothing is deleted that was only to be shown."""
    prod = shutil.copy(config, here / "prod.yaml")
    config.write_text(CONFIG.replace("1.0.0", "2.0.0"), encoding="utf-8")
    for file in (config, prod):
        assert invoke("render", "-c", file, archives=archives).exit_code == 0
    assert invoke("prune", config, prod).output == "nothing to delete\n"
    before = state(here)
    shown = invoke("prune", config)
    assert [line.rpartition("/")[2] for line in shown.output.splitlines()] == [
        f"{CHART}-1.0.0.json",
        f"{CHART}-1.0.0.lock.json",
    ]
    assert state(here) == before
    invoke("prune", config, "--delete")
    assert [name for name in before if name not in state(here)] == [name for name in before if f"{CHART}-1.0.0" in name]


def test_check_renders_shapes_again(config, archives, into):
    """`charts check` holds the plugins' shapes against Helm too."""
    config.write_text(CONFIG + "    values: {level: 5}\n", encoding="utf-8")
    assert invoke("render", archives=archives).exit_code == 0
    assert list(check(into())) == []
    name = next(name for name in store.renderings(store.project_store(config)) if store.is_keyed(name))
    assert invoke("check", archives=archives).exit_code == 0
    assert name.startswith(f"{CHART}-1.0.0-")


def test_values_that_options_cannot_be_applied_to_are_refused(config, tmp_path_factory):
    """What Helm makes of values and options together is held against what we make of them, before it is stored."""
    template = TEMPLATE.replace("{{ .Values.image.tag }}", "{{ .Values.image.tag | upper }}")
    folder = archives_of(tmp_path_factory.mktemp("archives"), template)
    config.write_text(CONFIG + "    values: {level: 5}\n", encoding="utf-8")
    result = invoke("render", archives=folder)
    assert result.exit_code == 2
    assert "options do not become what Helm renders" in result.output
    assert not store.project_store(config).exists()
