import json

import pytest
import yaml

from cdk8s_eks_gpu.config.cluster import ClusterConfig
from cdk8s_eks_gpu.config.load import load_cluster, parse_cluster
from cdk8s_eks_gpu.config.node_class import NodeClassOptions
from cdk8s_eks_gpu.config.node_pool import NodePoolOptions
from cdk8s_eks_gpu.config.scheduling import Requirement
from cdk8s_eks_gpu.errors import ConfigError

MINIMAL = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu:
    nodeClass: gpu
"""


def problems_of(text):
    """Return the message of each problem in the text, by path."""
    with pytest.raises(ConfigError) as caught:
        parse_cluster(text, "cluster.yaml")
    return {problem.path: problem.message for problem in caught.value.problems}


def with_pool(line):
    """Return the minimal file with one more line in its pool."""
    return f"{MINIMAL}    {line}\n"


def test_the_minimal_file_is_enough():
    """A name, a node class and a pool make a configuration; the pool gets the taint that NVIDIA's chart tolerates."""
    config = parse_cluster(MINIMAL, "cluster.yaml")
    taint = config.node_pools["gpu"].taints[0]
    assert (taint.key, taint.value, taint.effect) == ("nvidia.com/gpu", "present", "NoSchedule")
    assert config.plugins.nvidia is None


def test_all_problems_are_reported_at_once_each_with_its_line():
    """One run shows everything that is wrong, in the order of the file."""
    text = MINIMAL.replace(
        "nodeClass: gpu", "nodeClass: gpuu\n    weigth: 3\n    weight: 300\n    expireAfter: 10 days"
    )
    with pytest.raises(ConfigError) as caught:
        parse_cluster(text, "cluster.yaml")
    assert str(caught.value).splitlines() == [
        "cluster.yaml:6: nodePools.gpu.nodeClass: 'gpuu' is not in nodeClasses (gpu); did you mean 'gpu'?",
        "cluster.yaml:7: nodePools.gpu.weigth: unknown key; did you mean 'weight'?",
        "cluster.yaml:8: nodePools.gpu.weight: '300': input should be less than or equal to 100",
        "cluster.yaml:9: nodePools.gpu.expireAfter: '10 days' is not a duration such as 720h or 20m, or Never",
    ]


@pytest.mark.parametrize(
    ("line", "path", "words"),
    [
        ("colour: red", "colour", "unknown key (known: nodeClass, architectures,"),
        ("capacityTypes: spot", "capacityTypes", "must be a list (- item), not 'spot'"),
        ("capacityTypes: [Spott]", "capacityTypes[0]", "is none of spot, on-demand, reserved; did you mean 'spot'?"),
        ("weight: yes", "weight", "must be a whole number, not 'yes'"),
        ("weight: '3'", "weight", "must be a whole number, not '3'"),
        ("labels: {nodeType: 5}", "labels.nodeType", "must be a string: put it in quotes, '5'"),
        ("expireAfter: 720", "expireAfter", "'720' is not a duration such as 720h or 20m, or Never"),
        ("labels: {'a b': c}", 'labels["a b"]', "key 'a b' is not a label key such as"),
        ("limits: {cpu: 1 000}", "limits.cpu", "is not a Kubernetes quantity such as"),
        ("limits: {cpu: 1.5}", "limits.cpu", "must be a whole number or a string, not '1.5'"),
        ("limits: {cpu: 1e2.5}", "limits.cpu", "'1e2.5' is not a Kubernetes quantity such as"),
        (f"hugePages: '{'9' * 65}'", "hugePages", "string should have at most 64 characters"),
        ("taints: [{key: a}]", "taints[0].effect", "is required, and missing"),
        ("taints: [{key: a, effect: noschedule}]", "taints[0].effect", "did you mean 'NoSchedule'?"),
        ("disruption:", "disruption", "has no value: write {} for the defaults, or remove the key"),
        ("requirements: [{key: a, operator: in}]", "requirements[0].operator", "did you mean 'In'?"),
        ("requirements: [{key: a, operator: Gt}]", "requirements[0].values", "Gt takes one whole number, such as"),
        ("requirements: [{key: a, operator: Lt, values: [a]}]", "requirements[0].values", "not ['a']"),
        ("disruption: {consolidateafter: 1m}", "disruption.consolidateafter", "did you mean 'consolidateAfter'?"),
        ("metadata: [a]", "metadata", "must be a mapping (key: value), not a list"),
        ("node_class: gpu", "node_class", "did you mean 'nodeClass'?"),
    ],
)
def test_a_wrong_value_names_its_path_what_is_allowed_and_the_fix(line, path, words):
    """Whatever is wrong in a pool is told in the words of the file."""
    assert words in problems_of(with_pool(line))[f"nodePools.gpu.{path}"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{ami: a@b, discovery: x}", "needs role or instanceProfile, and not both"),
        ("{role: a, instanceProfile: b, ami: a@b, discovery: x}", "needs role or instanceProfile, and not both"),
        ("{role: a, discovery: x}", "needs ami or amiSelectorTerms, and not both"),
        ("{role: a, ami: a@b, amiSelectorTerms: [{alias: a@b}], discovery: x}", "ami or amiSelectorTerms"),
        ("{role: a, ami: a@b}", "needs discovery, or both subnetSelectorTerms and securityGroupSelectorTerms"),
        ("{role: a, ami: a@b, subnetSelectorTerms: [{id: subnet-1}]}", "needs discovery, or both"),
        (
            "{role: a, ami: a@b, discovery: x, rootVolume: {size: 1Gi}, blockDeviceMappings: []}",
            "has rootVolume and blockDeviceMappings: keep one of them",
        ),
    ],
)
def test_a_node_class_says_each_thing_once(line, words):
    """What is missing or said both short and at length in a node class is refused with the reason."""
    text = MINIMAL.replace("{role: nodes, ami: al2023@v20250920, discovery: training}", line)
    assert words in problems_of(text)["nodeClasses.gpu"]


def test_discovery_stands_in_for_the_terms_that_are_not_given_at_length():
    """Subnets may be listed one by one while the security groups are still found by the discovery tag."""
    options = NodeClassOptions.model_validate(
        {"role": "a", "ami": "a@b", "discovery": "x", "subnetSelectorTerms": [{"id": "subnet-1"}]}
    )
    assert options.all_subnet_selector_terms()[0].id == "subnet-1"
    assert options.all_security_group_selector_terms()[0].tags == {"karpenter.sh/discovery": "x"}


def test_a_requirement_said_short_and_at_length_is_refused():
    """Two In requirements on one key would quietly be intersected."""
    line = "architectures: [amd64]\n    requirements: [{key: kubernetes.io/arch, operator: In, values: [arm64]}]"
    assert "kubernetes.io/arch" in problems_of(with_pool(line))["nodePools.gpu"]


def test_short_options_become_requirements_in_a_fixed_order():
    """The order of the requirements does not depend on the order in which the options are written."""
    options = NodePoolOptions(
        node_class="gpu",
        zones=["us-west-2a"],
        architectures=["amd64"],
        requirements=[Requirement(key="a", operator="Exists")],
    )
    keys = [requirement.key for requirement in options.all_requirements()]
    assert keys == ["kubernetes.io/arch", "topology.kubernetes.io/zone", "a"]


def test_values_refer_to_the_cluster():
    """`${cluster.name}` becomes the cluster's name anywhere in the file; the shell's own ${...} stays."""
    line = "{role: 'Role-${cluster.name}', ami: a@b, discovery: '${cluster.name}', userData: 'echo ${HOME}'}"
    text = MINIMAL.replace("{role: nodes, ami: al2023@v20250920, discovery: training}", line)
    options = parse_cluster(text, "cluster.yaml").node_classes["gpu"]
    assert (options.role, options.discovery, options.user_data) == ("Role-training", "training", "echo ${HOME}")


def test_a_reference_that_leads_nowhere_is_an_error():
    """A misspelt `${cluster.…}` is told with what it could be."""
    message = problems_of(MINIMAL.replace("role: nodes", "role: '${cluster.nam}'"))["nodeClasses.gpu.role"]
    assert "${cluster.nam} is not known; did you mean '${cluster.name}'?" in message


@pytest.mark.parametrize(
    ("rule", "says"),
    [("ami/latst", "'ami/latst' is not known; did you mean 'ami/latest'?"), ("zzzz", "`eks-gpu schema` lists the")],
)
def test_a_rule_that_is_not_known_is_no_long_list(rule, says):
    """The message has the rule that was meant, and not the two hundred that there are."""
    message = problems_of(f"{MINIMAL}ignore: [{{rule: {rule}, reason: x}}]\n")["ignore[0].rule"]
    assert says in message
    assert len(message) < 100


@pytest.mark.parametrize("test", ["gpu", "efa"])
def test_a_smoke_test_names_a_pool_that_is_there(test):
    """A smoke test of a pool that is not defined would wait for ever."""
    text = MINIMAL + f"smokeTests: {{{test}: {{nodePool: cpu}}}}\n"
    assert "'cpu' is not in nodePools (gpu)" in problems_of(text)[f"smokeTests.{test}.nodePool"]


@pytest.mark.parametrize(
    ("test", "resource", "option"),
    [
        ("gpu", "nvidia.com/gpu", "gpus"),
        ("efa", "vpc.amazonaws.com/efa", "efaInterfaces"),
        ("efa", "memory", "memory"),
        ("efa", "hugepages-2Mi", "hugePages"),
    ],
)
def test_a_limit_of_a_smoke_test_that_an_option_is_for_is_set_there(test, resource, option):
    """A limit that two options could set would be one of the two, and nobody could say which."""
    text = MINIMAL + f"smokeTests: {{{test}: {{resources: {{limits: {{{resource}: 1}}}}}}}}\n"
    ((path, message),) = problems_of(text).items()
    assert path.startswith(f"smokeTests.{test}.resources.limits")
    assert resource in path
    assert f"the option {option} is for that" in message


def test_huge_pages_of_a_smoke_test_go_with_cpu_or_memory():
    """Kubernetes refuses huge pages alone; a request among `resources` is enough."""
    alone = "smokeTests: {efa: {hugePages: 5Gi}}\n"
    assert "with cpu or memory only" in problems_of(MINIMAL + alone)["smokeTests.efa.hugePages"]
    parse_cluster(MINIMAL + alone.replace("5Gi", "5Gi, resources: {requests: {cpu: 2}}"), "x")


def test_names_are_checked_in_python_too():
    """A ClusterConfig made in Python refuses a pool whose node class is not there."""
    with pytest.raises(ValueError, match=r"nodePools.gpu.nodeClass: 'cpu' is not in nodeClasses"):
        ClusterConfig.model_validate(
            {
                "cluster": {"name": "a", "kubernetesVersion": "1.34", "karpenterVersion": "1.14"},
                "nodeClasses": {"gpu": {"role": "a", "ami": "a@b", "discovery": "a"}},
                "nodePools": {"gpu": {"nodeClass": "cpu"}},
            }
        )


def test_versions_need_quotes():
    """1.30 without quotes is the number 1.3: the message shows what was written."""
    message = problems_of(MINIMAL.replace('"1.34"', "1.30"))["cluster.kubernetesVersion"]
    assert message == "must be a string: put it in quotes, '1.30'"


@pytest.mark.parametrize(
    ("key", "written", "says"),
    [
        ("kubernetesVersion", "1.99", "unknown Kubernetes version '1.99'. Known are 1.25 to "),
        ("karpenterVersion", "1.99", "unknown Karpenter version '1.99'. Known are 1.0 to "),
        ("karpenterVersion", "v1.14.1", "is not a version such as '1.34' or '1.14.1', in quotes and without a v"),
        ("region", "us-west2", "is not an AWS region such as us-west-2 or cn-north-1; did you mean 'us-west-2'?"),
    ],
)
def test_what_cluster_says_is_checked_where_it_stands(key, written, says):
    """A version, or a region, that cannot be is one problem, at its own line."""
    cluster = {"name": "a", "kubernetesVersion": "1.34", "karpenterVersion": "1.14", key: written}
    text = json.dumps({**yaml.safe_load(MINIMAL), "cluster": cluster, "plugins": {"efa": {}}})
    with pytest.raises(ConfigError) as caught:
        parse_cluster(text, "cluster.yaml")
    [problem] = caught.value.problems
    assert (problem.path, problem.line) == (f"cluster.{key}", 1)
    assert says in problem.message


def test_null_in_chart_values_keeps_its_meaning_to_helm():
    """In the values of a chart, null drops the chart's own default; everywhere else it is a slip."""
    text = MINIMAL + "plugins: {nvidia: {values: {affinity: null}}}\n"
    assert parse_cluster(text, "x").plugins.nvidia.values == {"affinity": None}
    assert "has no value" in problems_of(MINIMAL + "plugins: {nvidia: }\n")["plugins.nvidia"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]", "just words", "3"])
def test_a_file_that_is_no_mapping_is_refused(text):
    """An empty file, a list or a word is told as such."""
    with pytest.raises(ConfigError):
        parse_cluster(text, "cluster.yaml")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    """A missing file, a directory and a binary file are told by name."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("missing.yaml", ".", "binary"):
        with pytest.raises(ConfigError, match="cannot be read"):
            load_cluster(tmp_path / name)


def test_options_are_frozen():
    """Nobody changes a configuration that was checked."""
    options = NodePoolOptions(node_class="gpu")
    with pytest.raises(ValueError, match="frozen"):
        options.weight = 3
