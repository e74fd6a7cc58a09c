"""User data by AMI family: the forms that Karpenter takes, and what is said of others."""

import tomllib

import pytest

from cdk8s_eks_gpu.provisioning.ami_families import AMI_FAMILIES
from cdk8s_eks_gpu.provisioning.user_data import LONGEST, user_data_problem

MIME_PARTS = "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\n\nb\n--a--\n"
MIME = f"MIME-Version: 1.0\n{MIME_PARTS}"
NODE_CONFIG = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {}\n"
SCRIPT = "#!/bin/bash\necho hello\n"
BOOTSTRAP = f"{SCRIPT}  /etc/eks/bootstrap.sh my-cluster\n"
TOML = "[settings.kubernetes]\nmax-pods = 10\n"
POWERSHELL = 'Write-Host "hello"'


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("AL2", MIME),
        ("AL2", f"\n{MIME}"),
        ("AL2", SCRIPT),
        ("AL2", BOOTSTRAP),
        ("AL2023", SCRIPT + "  # not /etc/eks/bootstrap.sh\n"),
        ("AL2023", MIME),
        ("AL2023", 'Content-Type: multipart/mixed; boundary="//"\n\n--//\n\na\n--//--\n'),
        ("AL2023", SCRIPT),
        ("AL2023", NODE_CONFIG),
        ("Bottlerocket", TOML),
        ("Windows2022", POWERSHELL),
        ("Custom", "anything"),
        ("AL2023", " \n"),
        ("Bottlerocket", ""),
    ],
)
def test_what_a_family_takes(family, text):
    """Nothing is said of a form that the family takes, and of an empty text."""
    assert user_data_problem(text, AMI_FAMILIES[family]) is None


@pytest.mark.parametrize(
    ("family", "text", "said"),
    [
        ("AL2", NODE_CONFIG, "must be a MIME archive or a shell script for AL2, and a script begins with #!: "),
        ("AL2", "echo", "it begins with 'echo'"),
        ("AL2023", MIME.replace("\nb\n", f"\n{BOOTSTRAP}"), "calls /etc/eks/bootstrap.sh"),
        ("AL2023", "\n\necho", "it begins with 'echo'"),
        ("AL2023", "echo", "must be a MIME archive, a NodeConfig or a shell script for AL2023, and a script begins"),
        ("AL2023", "[a, b]", "'[a, b]' is TOML, which Bottlerocket takes"),
        ("AL2023", "a: [", "it begins with 'a: ['"),
        ("AL2023", "# only a comment", "it begins with '# only a comment'"),
        ("AL2023", f"\n{SCRIPT}", "it begins with '#!/bin/bash'"),
        ("AL2023", TOML, "'[settings.kubernetes]' is TOML, which Bottlerocket takes"),
        ("AL2", "#cloud-config\nruncmd: []\n", "put #cloud-config into a part of a MIME archive"),
        (
            "AL2023",
            "#cloud-config\nruncmd: []\n",
            "is a mapping, which AL2023 takes as a NodeConfig: put #cloud-config into a part of a MIME archive",
        ),
        (
            "AL2023",
            "apiVersion: v1\nkind: NodeConfig\n",
            "is a mapping, which AL2023 takes as node.eks.aws/v1alpha1 NodeConfig, and says v1 NodeConfig",
        ),
        ("AL2023", "MIME-Version: 1.0\nContent-Type: text/plain\n\na", "is a MIME message without parts"),
        ("AL2", "Content-Type: text/plain\n\na", "is a MIME message without parts"),
        ("Bottlerocket", SCRIPT, "must be TOML for Bottlerocket, such as [settings.kubernetes], and is not: "),
        ("Windows2019", SCRIPT, "must be PowerShell for Windows2019, without <powershell> around it"),
        ("Windows2022", NODE_CONFIG, "must be PowerShell for Windows2022"),
        ("Windows2025", f" {MIME}", "must be PowerShell for Windows2025"),
        ("Windows2025", "Content-Type: text/plain\n\na", "must be PowerShell for Windows2025"),
    ],
)
def test_what_a_family_does_not_take(family, text, said):
    """The message names the forms that it takes, and what the text probably is."""
    assert said in user_data_problem(text, AMI_FAMILIES[family])


@pytest.mark.parametrize(
    ("family", "text", "message"),
    [
        (
            "AL2023",
            BOOTSTRAP,
            "calls /etc/eks/bootstrap.sh, which AL2023 does not have: nodes are configured by a NodeConfig there",
        ),
        (
            "AL2",
            "x" * (LONGEST + 1),
            (
                "has 16,385 bytes, and EC2 takes 16,384 with what Karpenter adds: "
                "fetch what is large from S3 at start, or build it into an AMI"
            ),
        ),
        ("Windows2019", SCRIPT, "must be PowerShell for Windows2019, without <powershell> around it"),
        ("AL2", "Content-Type: text/plain\n\na", "is a MIME message without parts"),
        (
            "AL2",
            "echo",
            "must be a MIME archive or a shell script for AL2, and a script begins with #!: it begins with 'echo'",
        ),
        (
            "AL2",
            TOML,
            (
                "must be a MIME archive or a shell script for AL2, and a script begins with #!: "
                "'[settings.kubernetes]' is TOML, which Bottlerocket takes"
            ),
        ),
        (
            "AL2023",
            "#cloud-config\nruncmd: []\n",
            "is a mapping, which AL2023 takes as a NodeConfig: put #cloud-config into a part of a MIME archive",
        ),
    ],
)
def test_messages(family, text, message):
    """Each message is one whole sentence: what the family takes, what the text is, the cure."""
    assert user_data_problem(text, AMI_FAMILIES[family]) == message


def test_the_message_of_toml_ends_with_that_of_its_parser():
    """Where the text is no TOML, the parser says where."""
    with pytest.raises(tomllib.TOMLDecodeError) as parser:
        tomllib.loads(SCRIPT)
    expected = f"must be TOML for Bottlerocket, such as [settings.kubernetes], and is not: {parser.value}"
    assert user_data_problem(SCRIPT, AMI_FAMILIES["Bottlerocket"]) == expected


def test_of_an_unknown_family_only_the_size_is_checked():
    """EC2's limit holds for all of them."""
    assert user_data_problem("anything", None) is None
    assert user_data_problem("x" * LONGEST, None) is None
    assert user_data_problem("x" * (LONGEST + 1), None).startswith("has 16,385 bytes, and EC2 takes 16,384 with what ")


def test_the_size_is_in_bytes():
    """Letters of two bytes count as two."""
    assert user_data_problem("\u00fc" * (LONGEST // 2), None) is None
    assert "has 16,386 bytes" in user_data_problem("\u00fc" * (LONGEST // 2 + 1), None)
