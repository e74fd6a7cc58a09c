"""Node classes whose nodes would not start, or would start open: disks, user data, roles, metadata."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.config.node_class import NodeClassOptions
from cdk8s_eks_gpu.errors import ConfigError, ConfigWarning
from cdk8s_eks_gpu.objects.node_class import node_class
from cdk8s_eks_gpu.provisioning.user_data import LONGEST

MIME = """MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
echo hello
--//--
"""
NODE_CONFIG = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {kubelet: {config: {maxPods: 42}}}\n"
SCRIPT = "#!/bin/bash\necho hello\n"
TOML = '[settings.kubernetes]\n"kube-api-qps" = 30\n'
POWERSHELL = 'Write-Host "hello"\n'


def parse(**options):
    """Return the node class with these options, as it stands in a file."""
    said = {"role": "nodes", "ami": "al2023@v20250920", "discovery": "training", **options}
    data = {
        "cluster": {"name": "training", "kubernetesVersion": "1.34", "karpenterVersion": "1.14.1"},
        "nodeClasses": {"gpu": {key: value for key, value in said.items() if value is not None}},
        "nodePools": {"gpu": {"nodeClass": "gpu"}},
    }
    return parse_cluster(yaml.safe_dump(data), "cluster.yaml").node_classes["gpu"]


def problems_of(**options):
    """Return the message of each problem, by the path in the node class."""
    with pytest.raises(ConfigError) as caught:
        parse(**options)
    return {problem.path.removeprefix("nodeClasses.gpu."): problem.message for problem in caught.value.problems}


def disks(options):
    """Return the disks of the EC2NodeClass by their device."""
    mappings = node_class("gpu", options)["spec"]["blockDeviceMappings"]
    return {each["deviceName"]: each["ebs"] for each in mappings}


def test_a_root_volume_is_encrypted():
    """Karpenter's own default is encrypted, and a mapping of one's own is not unless it says so: ours says so."""
    options = parse(rootVolume={"size": "300Gi"})
    assert disks(options) == {"/dev/xvda": {"volumeSize": "300Gi", "volumeType": "gp3", "encrypted": True}}
    assert disks(parse(rootVolume={"size": "300Gi", "encrypted": False}))["/dev/xvda"]["encrypted"] is False


def test_all_that_can_be_said_of_it():
    """Throughput, iops, key: each reaches the volume."""
    root = {"size": "2Ti", "iops": 16000, "throughput": 1000, "kmsKeyID": "alias/nodes"}
    assert disks(parse(rootVolume=root))["/dev/xvda"] == {
        "volumeSize": "2Ti",
        "volumeType": "gp3",
        "iops": 16000,
        "throughput": 1000,
        "kmsKeyID": "alias/nodes",
        "encrypted": True,
    }


@pytest.mark.parametrize("said", [{"ami": "bottlerocket@1.46.0"}, {"amiFamily": "Bottlerocket"}])
def test_bottlerocket_keeps_images_on_its_data_volume(said):
    """/dev/xvdb is the large one, and the system's disk is encrypted beside it, as in Karpenter's own default."""
    if "amiFamily" in said:
        said = {**said, "ami": None, "amiSelectorTerms": [{"id": "ami-0123"}]}
    result = disks(parse(**said, rootVolume={"size": "300Gi"}))
    assert {device: (ebs["volumeSize"], ebs["encrypted"]) for device, ebs in result.items()} == {
        "/dev/xvda": ("4Gi", True),
        "/dev/xvdb": ("300Gi", True),
    }


@pytest.mark.parametrize(
    ("options", "path", "words"),
    [
        ({"rootVolume": {"size": "10Gi"}}, "rootVolume.size", "less than the snapshot of AL2023's /dev/xvda"),
        ({"rootVolume": {"size": "21G"}}, "rootVolume.size", "say 20Gi or more"),
        (
            {"ami": "bottlerocket@1.46.0", "rootVolume": {"size": "19Gi"}},
            "rootVolume.size",
            "of Bottlerocket's /dev/xvdb",
        ),
        (
            {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": "8Gi"}}]},
            "blockDeviceMappings[0].ebs.volumeSize",
            "say 20Gi or more",
        ),
        (
            {"ami": "bottlerocket@1.46.0", "rootVolume": {"size": "99Gi", "device": "/dev/xvda"}},
            "rootVolume.device",
            "the operating system's disk on Bottlerocket, which keeps images and pods' data on /dev/xvdb",
        ),
        ({"rootVolume": {"size": "99Gi", "device": "/dev/sda1"}}, "rootVolume.device", "is no disk of it on AL2023"),
        (
            {"ami": None, "amiFamily": "Custom", "amiSelectorTerms": [{"id": "ami-1"}], "rootVolume": {"size": "99Gi"}},
            "rootVolume.device",
            "is needed: of an AMI of one's own the root device is not known",
        ),
        ({"rootVolume": {"size": "99Gi", "type": "gp2", "iops": 3000}}, "rootVolume.iops", "not of gp2: remove it"),
        ({"rootVolume": {"size": "99Gi", "iops": 100}}, "rootVolume.iops", "not between 3000 and 80000"),
        ({"rootVolume": {"size": "99Gi", "type": "io2"}}, "rootVolume.iops", "is needed for io2"),
        ({"rootVolume": {"size": "99Gi", "throughput": 99}}, "rootVolume.throughput", "not between 125 and 2000 MiB/s"),
        (
            {"rootVolume": {"size": "99Gi", "type": "io1", "iops": 100, "throughput": 125}},
            "rootVolume.throughput",
            "of gp3 only, not of io1",
        ),
        (
            {"rootVolume": {"size": "99Gi", "encrypted": False, "kmsKeyID": "key"}},
            "rootVolume.kmsKeyID",
            "encrypted: false leaves the volume open",
        ),
        (
            {"role": "arn:aws:iam::012345678901:role/nodes"},
            "role",
            "'arn:aws:iam::012345678901:role/nodes' is an ARN, and Karpenter takes the name: 'nodes'",
        ),
        (
            {"role": None, "instanceProfile": "arn:aws:iam::012345678901:instance-profile/path/nodes"},
            "instanceProfile",
            "takes the name: 'nodes'",
        ),
    ],
)
def test_what_would_not_start_is_refused(options, path, words):
    """At its path, with what is allowed and the cure."""
    assert words in problems_of(**options)[path]


@settings(deadline=None)  # the first model builds its validators
@given(st.integers(min_value=1, max_value=59_000), st.sampled_from(["al2023@v20250920", "bottlerocket@1.46.0"]))
def test_the_snapshot_is_the_least(size, ami):
    """Every size from the snapshot's on is taken, and none below it."""
    try:
        options = parse(ami=ami, rootVolume={"size": f"{size}Gi"})
    except ConfigError:
        assert size < 20
    else:
        assert size >= 20
        assert all(disk["encrypted"] for disk in disks(options).values())


@pytest.mark.parametrize(
    ("ami", "text"),
    [
        ("al2023@v20250920", MIME),
        ("al2023@v20250920", NODE_CONFIG),
        ("al2023@v20250920", json.dumps(yaml.safe_load(NODE_CONFIG))),
        ("al2023@v20250920", SCRIPT),
        ("al2@v20250920", MIME),
        ("al2@v20250920", SCRIPT),
        ("bottlerocket@1.46.0", TOML),
        ("windows2022@latest", POWERSHELL),
    ],
)
def test_user_data_of_each_form(ami, text):
    """What each family takes is taken."""
    assert parse(ami=ami, userData=text).user_data == text


@pytest.mark.parametrize(
    ("ami", "text", "words"),
    [
        ("al2023@v20250920", TOML, "'[settings.kubernetes]' is TOML, which Bottlerocket takes"),
        ("al2023@v20250920", "#cloud-config\nruncmd: [ls]\n", "is a mapping, which AL2023 takes as"),
        ("al2023@v20250920", "#cloud-config\n- a\n", "put #cloud-config into a part of a MIME archive"),
        ("al2023@v20250920", NODE_CONFIG.replace("NodeConfig", "Node"), "and says node.eks.aws/v1alpha1 Node"),
        ("al2023@v20250920", "echo hello\n", "a script begins with #!: it begins with 'echo hello'"),
        ("al2023@v20250920", "MIME-Version: 1.0\n\nhello\n", "is a MIME message without parts"),
        ("al2@v20250920", NODE_CONFIG, "must be a MIME archive or a shell script for AL2"),
        ("bottlerocket@1.46.0", SCRIPT, "must be TOML for Bottlerocket, such as [settings.kubernetes], and is not"),
        ("bottlerocket@1.46.0", MIME, "must be TOML for Bottlerocket"),
        ("windows2022@latest", SCRIPT, "must be PowerShell for Windows2022"),
        ("al2023@v20250920", SCRIPT + "#" * LONGEST, "has 16,407 bytes, and EC2 takes 16,384"),
    ],
)
def test_user_data_of_the_wrong_form(ami, text, words):
    """Karpenter would hand it on, and the node would never join; here it is refused, with the form it should have."""
    assert words in problems_of(ami=ami, userData=text)["userData"]


@settings(deadline=None)  # the first model builds its validators
@given(st.text(max_size=200), st.sampled_from(["al2023@v20250920", "bottlerocket@1.46.0", "windows2022@latest"]))
def test_no_user_data_makes_a_traceback(text, ami):
    """Of an AMI of one's own we know nothing, and take it; for the others it is taken, or refused at its path."""
    common = {"role": "nodes", "discovery": "training", "user_data": text}
    NodeClassOptions(**common, ami_family="Custom", ami_selector_terms=[{"id": "ami-1"}])
    problem = None
    try:
        NodeClassOptions(**common, ami=ami)
    except ValueError as error:
        problem = str(error)
    assert problem is None or "userData: " in problem


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"httpTokens": "optional"}, r"metadataOptions\.httpTokens: 'optional' lets pods take the node's role"),
        ({"httpPutResponseHopLimit": 2}, r"httpPutResponseHopLimit: '2' lets pods take the role of their node"),
    ],
)
def test_metadata_that_pods_can_reach_is_a_warning(options, words):
    """It works, and some want it; AWS recommends Karpenter's defaults, one hop and tokens."""
    with pytest.warns(ConfigWarning, match=words):
        parse(metadataOptions=options)
