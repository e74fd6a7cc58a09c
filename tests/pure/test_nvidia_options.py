import pytest

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.errors import ConfigError

FILE = """\
cluster: {{name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"{cluster}}}
nodeClasses:
  gpu: {{role: nodes, ami: al2023@v20250920, discovery: training}}
nodePools:
  gpu: {{nodeClass: gpu{pool}}}
plugins: {{{plugins}}}
"""
SHARED = "shared: {timeSlicing: {replicas: 4}}"


def parse(plugins, pool="", cluster=""):
    """Return the configuration with these plugins, and more of the pool and the cluster."""
    return parse_cluster(FILE.format(plugins=plugins, pool=pool, cluster=cluster), "cluster.yaml")


def problems(*arguments):
    """Return the message of each problem of the configuration, by path."""
    with pytest.raises(ConfigError) as caught:
        parse(*arguments)
    return {problem.path: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("options", "path", "words"),
    [
        ("timeSlicing: {replicas: 1}", "timeSlicing.replicas", "'1': input should be greater than or equal to 2"),
        ("mps: {replicas: 49}", "mps.replicas", "'49': input should be less than or equal to 48"),
        ("timeSlicing: {}", "timeSlicing", "needs replicas or resources, and not both"),
        (
            "timeSlicing: {replicas: 2, resources: [{name: nvidia.com/gpu, replicas: 2}]}",
            "timeSlicing",
            "needs replicas or resources, and not both",
        ),
        (
            "timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 2}, {name: nvidia.com/gpu, replicas: 3}]}",
            "timeSlicing",
            "resources names nvidia.com/gpu more than once: keep one of them",
        ),
        (
            "timeSlicing: {resources: [{name: nvidia.com/gpus, replicas: 2}]}",
            "timeSlicing.resources[0].name",
            "'nvidia.com/gpus' is not nvidia.com/gpu, or a MIG resource such as nvidia.com/mig-1g.10gb",
        ),
        ("timeSlicing: {replicas: 2}, mps: {replicas: 2}", "", "has timeSlicing and mps"),
        (
            f"release: {'a' * 41}",
            "",
            "has 41 letters: with more than 40 the chart cuts off the names of",
        ),
        (
            "configurations: {a: {timeSlicing: {replicas: 2}, mps: {replicas: 2}}}",
            "configurations.a",
            "has timeSlicing and mps: a node's GPUs are shared one way, so keep one of them",
        ),
        (
            "migStrategy: mixed, mps: {replicas: 2}",
            "",
            "mps divides whole GPUs, not MIG devices: leave out migStrategy",
        ),
        (
            "migStrategy: single, configurations: {a: {mps: {replicas: 2}}}",
            "",
            "configurations.a: mps divides whole GPUs, not MIG devices: leave out migStrategy single",
        ),
        (
            "timeSlicing: {resources: [{name: nvidia.com/mig-1g.5gb, replicas: 2}]}",
            "",
            "timeSlicing shares nvidia.com/mig-1g.5gb, which only migStrategy mixed offers: set that too",
        ),
        (
            "gpuFeatureDiscovery: false, mps: {replicas: 2}",
            "",
            "mps needs gpuFeatureDiscovery: GFD sets the label nvidia.com/mps.capable",
        ),
        (f"timeSlicing: {{replicas: 2}}, configurations: {{{SHARED}}}", "", "put it into a configuration"),
        (
            "deviceIDStrategy: uuid, configurations: {a: {deviceIDStrategy: index}}",
            "",
            "deviceIDStrategy is set for all nodes and in configurations.a, where it would have no effect",
        ),
        ("defaultConfiguration: a", "", "defaultConfiguration 'a' is not in configurations (there are none)"),
        (
            f"defaultConfiguration: share, configurations: {{{SHARED}}}",
            "",
            "defaultConfiguration 'share' is not in configurations (shared); did you mean 'shared'?",
        ),
        ("configurations: {}", "configurations", "at least 1"),
        ("configurations: {'yes': {}}", "", "configurations.yes: YAML reads this name as no string"),
        ("configurations: {1g: {}}", "configurations.1g", "key '1g' is not a configuration's name: a letter, then"),
        ("deviceListStrategy: [envar]", "deviceListStrategy[0]", "did you mean 'envvar'?"),
        ("migStrategy: singel", "migStrategy", "'singel' is none of none, single, mixed; did you mean 'single'?"),
        ("image: {repository: 'nvcr.io/a:v1'}", "image.repository", "without its tag"),
        ("image: {tag: 'v1@sha256:1'}", "image.tag", "is not an image's tag such as v0.18.0"),
    ],
)
def test_options_that_cannot_work_are_refused_with_the_reason(options, path, words):
    """What the plugin would refuse on the node, or silently not do, is told before anything is written."""
    found = problems(f"nvidia: {{{options}}}")
    assert words in found[f"plugins.nvidia.{path}".rstrip(".")]


def test_everything_that_does_not_go_together_is_reported_at_once():
    """One run shows each of the conflicts."""
    message = problems("nvidia: {gpuFeatureDiscovery: false, mps: {replicas: 2}, migStrategy: single}")[
        "plugins.nvidia"
    ]
    assert len(message.split("; ")) == 2


@pytest.mark.parametrize(
    "options",
    [
        "migStrategy: mixed, timeSlicing: {resources: [{name: nvidia.com/mig-1g.10gb.me, replicas: 2}]}",
        "migStrategy: single, timeSlicing: {replicas: 2}",
        "migStrategy: none, mps: {replicas: 48}",
        "deviceIDStrategy: uuid, configurations: {a: {migStrategy: single}, b: {mps: {replicas: 2}}}",
        f"defaultConfiguration: shared, configurations: {{{SHARED}}}",
        "image: {repository: 'registry.example.com:5000/a/b', tag: 'v1@sha256:" + "0" * 64 + "'}",
    ],
)
def test_options_that_work_together_are_taken(options):
    """The rules refuse no more than the plugin does."""
    assert parse(f"nvidia: {{{options}}}").plugins.nvidia is not None


@pytest.mark.parametrize(
    ("nvidia", "name", "words"),
    [
        (
            f"{{configurations: {{{SHARED}}}}}",
            "share",
            "is not in plugins.nvidia.configurations (shared); did you mean",
        ),
        ("{}", "shared", "is not in plugins.nvidia.configurations (there are none)"),
        ("{timeSlicing: {replicas: 2}}", "defautl", "(default); did you mean 'default'?"),
    ],
)
def test_a_pool_chooses_a_configuration_that_is_there(nvidia, name, words):
    """On a node whose configuration is missing, the plugin would offer no GPU; a label by hand is checked too."""
    option = problems(f"nvidia: {nvidia}", f", devicePluginConfiguration: {name}")
    assert words in option["nodePools.gpu.devicePluginConfiguration"]
    label = problems(f"nvidia: {nvidia}", f", labels: {{nvidia.com/device-plugin.config: {name}}}")
    assert words in label['nodePools.gpu.labels["nvidia.com/device-plugin.config"]']


@pytest.mark.parametrize(
    ("plugins", "name"),
    [
        (f"nvidia: {{configurations: {{{SHARED}}}}}", "shared"),
        ("nvidia: {mps: {replicas: 2}}", "default"),
        ("nvidia: {values: {config: {map: {mine: 'version: v1'}}}}", "mine"),
        ("nvidia: {values: {config: {name: my-config-map}}}", "whatever"),
        ("efa: {}", "whatever"),
    ],
)
def test_a_pool_may_choose_what_the_plugin_has_or_what_we_cannot_know(plugins, name):
    """Configurations in the chart's own values count; those of a ConfigMap or plugin of others do not."""
    pool = parse(plugins, f", devicePluginConfiguration: {name}").node_pools["gpu"]
    assert pool.all_labels() == {"nvidia.com/device-plugin.config": name}


def test_a_pool_chooses_its_configuration_once():
    """The option and the label by hand could disagree."""
    pool = ", devicePluginConfiguration: shared, labels: {nvidia.com/device-plugin.config: shared}"
    message = problems(f"nvidia: {{configurations: {{{SHARED}}}}}", pool)["nodePools.gpu"]
    assert "labels has nvidia.com/device-plugin.config, and devicePluginConfiguration says it too" in message


@pytest.mark.filterwarnings("ignore::cdk8s_eks_gpu.errors.ConfigWarning")
def test_a_region_has_a_registry_or_the_image_is_named():
    """A region that nobody knows is a slip, or new: then the EFA image's repository is needed."""
    message = problems("efa: {}", "", ", region: us-wst-2")["cluster.region"]
    assert "did you mean 'us-west-2'? set plugins.efa.image.repository if it is a new one" in message
    assert "is not an AWS region such as" in problems("efa: {}", "", ", region: Oregon")["cluster.region"]
    for plugins, more in (
        ("efa: {image: {repository: r.example.com/efa}}", ""),
        ("efa: {}", ", imageRegistry: r.example.com"),
        ("nvidia: {}", ""),
    ):
        assert parse(plugins, "", f", region: us-new-1{more}").cluster.region == "us-new-1"


@pytest.mark.parametrize(
    "registry", ["https://r.example.com", "mirror", "mirror/nvidia", "r.example.com/", "R.example.com"]
)
def test_a_registry_is_a_host(registry):
    """Without a dot or a port, containerd would look for it on Docker Hub."""
    message = problems("nvidia: {}", "", f", imageRegistry: '{registry}'")["cluster.imageRegistry"]
    assert "is not a registry host with a path or without" in message


@pytest.mark.parametrize("registry", ["r.example.com", "r.example.com/a/b", "localhost:5000", "10.0.0.1:5000/a"])
def test_a_registry_may_have_a_port_and_a_path(registry):
    """Any host that containerd takes for one is taken."""
    assert parse("nvidia: {}", "", f", imageRegistry: '{registry}'").cluster.image_registry == registry
