"""One configuration on top of another: `extends: base.yaml`."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cdk8s_eks_gpu.config.cluster import ClusterConfig
from cdk8s_eks_gpu.config.extends import read_layers
from cdk8s_eks_gpu.config.load import load_cluster
from cdk8s_eks_gpu.errors import ConfigError, ConfigWarning
from cdk8s_eks_gpu.manifests.single_document import read_document

BASE = """\
cluster: {kubernetesVersion: "1.34", karpenterVersion: "1.14.1", region: us-west-2}
nodeClasses:
  gpu: {role: "nodes-${cluster.name}", ami: al2023@v20250920, discovery: "${cluster.name}"}
nodePools:
  gpu:
    nodeClass: gpu
    capacityTypes: [spot, on-demand]
    limits: {cpu: 1000, memory: 4Ti}
  spare: {nodeClass: gpu}
plugins:
  nvidia: {version: 0.18.0}
smokeTests:
  gpu: {}
"""
PROD = """\
# production
extends: ../base.yaml
cluster:
  name: prod
nodePools:
  gpu:
    capacityTypes: [reserved]
    limits: {memory: null, nodes: 4}
  spare: null
  own: {nodeClass: gpu}
smokeTests: null
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return the function that writes files into the working directory."""
    monkeypatch.chdir(tmp_path)

    def write(**files):
        for name, text in files.items():
            path = Path(name.replace("__", "/") + ".yaml")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return write


def problems(path):
    """Return the lines of the error that reading the file gives."""
    with pytest.raises(ConfigError) as raised:
        load_cluster(path)
    return str(raised.value).splitlines()


def test_what_differs_is_laid_over_the_base(write):
    """Mappings are merged, a list is replaced, null removes, and references take the values of the whole."""
    write(base=BASE, clusters__prod=PROD)
    config = load_cluster("clusters/prod.yaml")
    assert (config.cluster.name, config.cluster.region, config.extends) == ("prod", "us-west-2", None)
    assert list(config.node_pools) == ["gpu", "own"]
    assert config.node_pools["gpu"].capacity_types == ["reserved"]
    assert config.node_pools["gpu"].limits == {"cpu": "1000", "nodes": "4"}
    assert config.node_classes["gpu"].role == "nodes-prod"
    assert config.smoke_tests.gpu is None


def test_a_base_may_extend_another(write):
    """Three files: the nearest goes first."""
    write(
        base=BASE,
        west="extends: base.yaml\ncluster: {region: us-west-1}\n",
        prod="extends: west.yaml\ncluster: {name: p}",
    )
    config = load_cluster("prod.yaml")
    assert (config.cluster.name, config.cluster.region, config.cluster.kubernetes_version) == ("p", "us-west-1", "1.34")


def test_paths_are_looked_for_beside_the_file_that_names_them(write):
    """The extra manifests of the base lie beside the base."""
    write(
        base=BASE + "extraManifests: [extra.yaml]\n",
        clusters__prod=PROD,
        clusters__own=PROD + "extraManifests: [own.yaml]\n",
    )
    assert load_cluster("clusters/prod.yaml").extra_manifests == ["extra.yaml"]
    assert load_cluster("clusters/own.yaml").extra_manifests == ["clusters/own.yaml"]


@pytest.mark.parametrize(
    ("base", "prod", "expected"),
    [
        (
            "",
            "    expireAfter: 30 days\n",
            "clusters/prod.yaml:{}: nodePools.gpu.expireAfter: '30 days' is not a duration",
        ),
        ("    expireAfter: 30 days\n", "", "base.yaml:{}: nodePools.gpu.expireAfter: '30 days' is not a duration"),
        (
            "    zones: [us-east-1a]\n",
            "",
            "base.yaml:{}: nodePools.gpu.zones[0]: 'us-east-1a' is no zone of cluster.region",
        ),
        (
            "    zones: [us-east-1a]\n",
            "    zones: [b]\n",
            "clusters/prod.yaml:{}: nodePools.gpu.zones[0]: 'b' is no zone of",
        ),
        ("    taintz: []\n", "", "base.yaml:{}: nodePools.gpu.taintz: unknown key; did you mean 'taints'?"),
        ("", "    taintz: []\n", "clusters/prod.yaml:{}: nodePools.gpu.taintz: unknown key; did you mean 'taints'?"),
        ("    nodeClass: gpux\n", "", "base.yaml:{}: nodePools.gpu.nodeClass: 'gpux' is not in nodeClasses (gpu)"),
        (
            "    labels: {a: '${clusters.name}'}\n",
            "",
            "base.yaml:{}: nodePools.gpu.labels.a: '${{clusters.name}}' does",
        ),
        ("    zones:\n", "", "base.yaml:{}: nodePools.gpu.zones: has no value"),
        (
            "",
            "    zonez: null\n",
            "clusters/prod.yaml:{}: nodePools.gpu.zonez: null removes what the extended file says, and",
        ),
    ],
)
def test_an_error_names_the_file_and_the_line_where_the_value_stands(write, base, prod, expected):
    """Whoever reads the message opens that file, not the one that was named."""
    base_text = BASE.replace(
        "    nodeClass: gpu\n" if "nodeClass" in base else "    limits",
        base + ("    limits" if "nodeClass" not in base else ""),
        1,
    )
    prod_text = PROD.replace("    capacityTypes", prod + "    capacityTypes", 1)
    write(base=base_text, clusters__prod=prod_text)
    text, mark = (base_text, base) if expected.startswith("base") else (prod_text, prod)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if line == mark.rstrip("\n"))
    found = problems("clusters/prod.yaml")
    assert found[0].startswith(expected.format(line))
    assert {each.partition(": ")[0] for each in found} == {expected.partition(": ")[0].format(line)}


def test_all_problems_of_all_files_are_reported_at_once(write):
    """Those of the file itself first, then those of what it extends, each in the order of the lines."""
    write(
        base=BASE.replace("memory: 4Ti", "memory: 4Tx").replace("[spot,", "[spott,"),
        prod=PROD.replace("../", "").replace("reserved", "x"),
    )
    assert [found.partition(": ")[0] for found in problems("prod.yaml")] == ["prod.yaml:7"]
    write(base=BASE.replace("cpu: 1000", "cpu: 1x"), prod=PROD.replace("../", "").replace("[reserved]", "[x]"))
    assert [found.partition(": ")[0] for found in problems("prod.yaml")] == ["prod.yaml:7", "base.yaml:8"]


def test_what_is_missing_is_reported_of_the_file_itself(write):
    """A base need not be whole; the file on top of it must make it so."""
    write(base=BASE, prod="extends: base.yaml\n")
    assert problems("prod.yaml") == ["prod.yaml:1: cluster.name: is required, and missing"]
    write(prod="extends: base.yaml\ncluster: {region: us-west-2}\n")
    assert problems("prod.yaml") == ["prod.yaml:2: cluster.name: is required, and missing"]


def test_a_warning_names_the_file_where_its_value_stands(write):
    """As an error does."""
    write(base=BASE.replace("us-west-2", "us-west-9"), prod=PROD.replace("../", ""))
    with pytest.warns(ConfigWarning, match="us-west-9") as raised:
        load_cluster("prod.yaml")
    assert [(each.filename, each.lineno) for each in raised] == [("base.yaml", 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("extends: bas.yaml", "prod.yaml:1: extends: bas.yaml is not there; did you mean 'base.yaml'?"),
        ("extends: nowhere/base.yaml", "prod.yaml:1: extends: nowhere/base.yaml is not there"),
        ("extends: .", "prod.yaml:1: extends: . is a folder, not a file"),
        ("extends: 3", "prod.yaml:1: extends: must be the name of a file, such as base.yaml"),
        ("extends: [base.yaml]", "prod.yaml:1: extends: must be the name of a file, such as base.yaml"),
        ("extends:", "prod.yaml:1: extends: must be the name of a file, such as base.yaml"),
        ("a: 1\nextends: prod.yaml", "prod.yaml:2: extends: goes in a circle: prod.yaml extends prod.yaml"),
        (
            "extends: circle.yaml",
            "circle.yaml:1: extends: goes in a circle: prod.yaml extends circle.yaml extends prod.yaml",
        ),
        ("extends: list.yaml", "list.yaml:1: must be a mapping (key: value)"),
        ("extends: two.yaml", "two.yaml:3: a second document begins here: only one is read"),
        ("extends: no.yaml", "no.yaml:2: not valid YAML"),
        ("extend: base.yaml", "prod.yaml:1: extend: unknown key; did you mean 'extends'?"),
    ],
)
def test_an_invalid_base_is_reported_where_it_is_named(write, text, expected):
    """Missing files, circles and what is no configuration."""
    write(base=BASE, circle="extends: prod.yaml", list="- 1", two="a: 1\n---\nb: 1\n", no="a: [", prod=text)
    assert any(found.startswith(expected) for found in problems("prod.yaml"))


def test_the_files_may_be_links(write):
    """A circle through a link is one too, and a base behind a link is read."""
    write(base=BASE, prod=PROD.replace("../base", "link"))
    Path("link.yaml").symlink_to("base.yaml")
    assert load_cluster("prod.yaml").cluster.name == "prod"
    Path("link.yaml").unlink()
    Path("link.yaml").symlink_to("prod.yaml")
    assert "goes in a circle" in problems("prod.yaml")[0]


def test_null_stays_in_the_values_of_a_chart(write):
    """There it means something to Helm: the chart's own default is dropped."""
    write(b="plugins: {nvidia: {values: {gfd: {enabled: true}, a: 1}}}")
    layers = read_layers(read_document("extends: b.yaml\nplugins: {nvidia: {values: {gfd: null}}}", "p.yaml"), "p.yaml")
    assert layers.data == {"plugins": {"nvidia": {"values": {"gfd": None, "a": 1}}}}
    assert layers.problems == ()


def test_a_configuration_in_python_extends_nothing(write):
    """There is no file beside which the other would be looked for."""
    write(base=BASE.replace("cluster: {", "cluster: {name: x, "))
    config = load_cluster("base.yaml")
    with pytest.raises(ValueError, match="is for files: load_cluster reads them"):
        ClusterConfig(**{**dict(config), "extends": "base.yaml"})


_KEYS = st.sampled_from(["a", "b", "c"])
_DATA = st.dictionaries(
    _KEYS,
    st.recursive(
        st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=2),
        lambda inner: st.dictionaries(_KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=3,
)


def _leaves(data, path=()):
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, (*path, key))
    elif path:
        yield path, data


@given(_DATA, _DATA, _DATA)
def test_every_value_is_found_in_the_file_that_says_it(tmp_path_factory, low, middle, high):
    """Of three files in a row: the value of each path of the whole is the one in the file that is named for it."""
    folder = tmp_path_factory.getbasetemp()
    for name, data in (
        ("low", low),
        ("middle", {**middle, "extends": "low.yaml"}),
        ("high", {**high, "extends": "middle.yaml"}),
    ):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    source = str(folder / "high.yaml")
    layers = read_layers(read_document(Path(source).read_text(encoding="utf-8"), source), source)
    assert layers.problems == ()
    for path, value in _leaves(layers.data):
        layer = layers.layer(path)
        found = layer.document.data
        for key in path:
            found = found[key]
        assert found == value
        nearer = layers.files[: layers.files.index(layer)]
        assert not any(path in dict(_leaves(each.document.data)) for each in nearer)
