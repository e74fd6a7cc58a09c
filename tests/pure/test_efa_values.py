import pytest

from cdk8s_eks_gpu.charts.efa import efa_values
from cdk8s_eks_gpu.config.containers import ContainerResources, Image
from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
from cdk8s_eks_gpu.config.eks_registries import EKS_REGISTRIES
from cdk8s_eks_gpu.config.scheduling import Toleration
from cdk8s_eks_gpu.errors import ChartError, RenderingMissingError
from cdk8s_eks_gpu.objects.device_plugins import efa_device_plugin

ANYWHERE = {"tolerations": [{"operator": "Exists"}]}

# Options, and the chart values that they make beside the toleration of everything.
TABLE = [
    ({}, {}),
    ({"tolerations": []}, {"tolerations": []}),
    (
        {"tolerations": [Toleration(key="a", operator="Equal", value="b", effect="NoExecute", toleration_seconds=5)]},
        {
            "tolerations": [
                {"key": "a", "operator": "Equal", "value": "b", "effect": "NoExecute", "tolerationSeconds": 5}
            ]
        },
    ),
    ({"node_selector": {"efa": "present"}}, {"nodeSelector": {"efa": "present"}}),
    (
        {"supported_instance_types": ["p5.48xlarge", "p6-b200.48xlarge"]},
        {"supportedInstanceLabels": {"values": ["p5.48xlarge", "p6-b200.48xlarge"]}},
    ),
    (
        {"resources": ContainerResources(requests={"cpu": 1}, limits={"memory": "64Mi"})},
        {"resources": {"requests": {"cpu": 1}, "limits": {"memory": "64Mi"}}},
    ),
    (
        {"image": Image(repository="r.example.com/efa", tag="v1")},
        {"image": {"repository": "r.example.com/efa", "tag": "v1"}},
    ),
    ({"image_pull_secrets": ["login"]}, {"imagePullSecrets": [{"name": "login"}]}),
]

ELSEWHERE = EfaDevicePluginOptions(
    version="v0.5.29",
    release="efa",
    namespace="efa",
    create_namespace=False,
    namespace_labels={"pod-security.kubernetes.io/enforce": "privileged"},
    values={"nameOverride": "efa"},
)


@pytest.mark.parametrize(("options", "values"), TABLE)
def test_options_become_values(options, values):
    """Each option becomes the values of its name in the chart; what is left out leaves the chart's own default."""
    assert efa_values(EfaDevicePluginOptions(**options)) == ANYWHERE | values


def test_every_option_is_in_the_table(assert_every_option_is_set):
    """An option that becomes nothing, or is not tested, is found here."""
    assert_every_option_is_set(*(EfaDevicePluginOptions(**options) for options, _ in TABLE), ELSEWHERE)


def test_what_is_no_value_is_in_the_objects():
    """Release and namespace are in the object, and the Namespace comes first, with its labels, unless it is there."""
    options = ELSEWHERE.model_copy(update={"values": {}})
    (daemon_set,) = efa_device_plugin(options)
    assert daemon_set["metadata"]["namespace"] == "efa"
    assert daemon_set["metadata"]["name"] == "efa-aws-efa-k8s-device-plugin"
    result = efa_device_plugin(options.model_copy(update={"create_namespace": True}))
    labels = {"pod-security.kubernetes.io/enforce": "privileged"}
    assert result[0] == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "efa", "labels": labels}}


def test_other_values_need_helm_once():
    """Values that Helm never rendered are an error that says what to run."""
    with pytest.raises(RenderingMissingError, match=r"`values` of .* v0\.5\.29 were never rendered"):
        efa_device_plugin(ELSEWHERE)


def test_a_value_that_an_option_sets_too_is_refused():
    """The default of `tolerations` does not stand against a value, what the user says does."""
    values = {"tolerations": []}
    with pytest.raises(RenderingMissingError):
        efa_device_plugin(EfaDevicePluginOptions(values=values))
    with pytest.raises(ChartError, match=r"values\.tolerations of aws-efa-k8s-device-plugin is what an option"):
        efa_device_plugin(EfaDevicePluginOptions(values=values, tolerations=[Toleration(operator="Exists")]))


def test_pull_secrets_of_the_cluster_need_not_be_said_again():
    """A secret for all registries is the plugin's too, unless it has its own."""
    login = {"imagePullSecrets": [{"name": "login"}]}
    assert efa_values(EfaDevicePluginOptions(), image_pull_secrets=["login"]) == ANYWHERE | login
    own = EfaDevicePluginOptions(image_pull_secrets=["own"])
    assert efa_values(own, image_pull_secrets=["login"])["imagePullSecrets"] == [{"name": "own"}]


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "602401143452.dkr.ecr.eu-west-1.amazonaws.com"),
        ("ap-east-2", "533267051163.dkr.ecr.ap-east-2.amazonaws.com"),
        ("us-gov-west-1", "013241004608.dkr.ecr.us-gov-west-1.amazonaws.com"),
        ("us-gov-east-1", "151742754352.dkr.ecr.us-gov-east-1.amazonaws.com"),
        ("cn-north-1", "918309763551.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("cn-northwest-1", "961992271922.dkr.ecr.cn-northwest-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "877088126301.dkr.ecr.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_the_image_comes_from_the_registry_of_the_region(region, host):
    """Account and domain follow the region and its partition: commercial, GovCloud, China, European sovereign cloud."""
    values = efa_values(EfaDevicePluginOptions(), region=region)
    assert values == ANYWHERE | {"image": {"repository": f"{host}/eks/aws-efa-k8s-device-plugin"}}


@pytest.mark.parametrize("region", [None, "us-west-2"])
def test_the_chart_knows_its_own_region(region):
    """Without a region, and in us-west-2, the values say nothing of the image."""
    assert efa_values(EfaDevicePluginOptions(), region=region) == ANYWHERE


def test_every_registry_is_one_of_ecr():
    """Each host has an account of 12 digits and its own region."""
    for region, host in EKS_REGISTRIES.items():
        account, *service, place = host.split(".")[:4]
        assert (len(account), account.isdigit(), service, place) == (12, True, ["dkr", "ecr"], region)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (None, {"repository": "r.example.com/m/eks/aws-efa-k8s-device-plugin"}),
        (Image(tag="v1"), {"repository": "r.example.com/m/eks/aws-efa-k8s-device-plugin", "tag": "v1"}),
        (Image(repository="own.example.com/efa"), {"repository": "own.example.com/efa"}),
    ],
)
def test_the_registry_comes_before_the_region_and_the_options_before_both(image, expected):
    """What the user says of this one image wins over what is said of all, and that over the region."""
    values = efa_values(EfaDevicePluginOptions(image=image), region="cn-north-1", image_registry="r.example.com/m")
    assert values["image"] == expected


def test_a_region_whose_registry_is_not_known_is_refused():
    """A guessed account would give pods that can never pull their image."""
    with pytest.raises(ChartError, match=r"'us-wst-2' is no region .* did you mean 'us-west-2'"):
        efa_values(EfaDevicePluginOptions(), region="us-wst-2")
    own = EfaDevicePluginOptions(image=Image(repository="own.example.com/efa"))
    assert efa_values(own, region="xx-new-1")["image"] == {"repository": "own.example.com/efa"}
