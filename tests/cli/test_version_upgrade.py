"""`eks-gpu upgrade` as a user runs it."""

import json

import pytest
import yaml
from click.testing import CliRunner
from tests.pure.preflight.stacks import efa_interfaces, node_class, pod, pool

from cdk8s_eks_gpu.cli import main
from cdk8s_eks_gpu.marker import NAME, Marker

CLUSTER = """\
# The cluster of the team.
cluster:
  name: demo
  kubernetesVersion: '1.34'  # until spring
  karpenterVersion: &karpenter "1.14.1"
nodeClasses:
  gpu: {role: nodes, ami: al2023@latest, discovery: demo}
nodePools:
  gpu: {nodeClass: gpu, instanceTypes: [p5.48xlarge]}   # kept
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs the command in a folder with a cluster.yaml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cluster.yaml").write_text(CLUSTER)

    def upgrade(*arguments, text=None):
        return CliRunner().invoke(main, ["upgrade", *arguments], input=text)

    return upgrade


def answer(result):
    """Return the answer about the one cluster."""
    (cluster,) = json.loads(result.output)["clusters"]
    return cluster


def write(path, *manifests):
    """Write manifests into a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump_all(manifests))


def test_an_upgrade_that_nothing_refuses_is_code_0(run):
    """The order, the nodes that are replaced, IAM actions and gates are said; the file stays as it is."""
    result = run("--karpenter", "1.15", "--kubernetes", "1.36")
    assert result.exit_code == 0
    assert "Karpenter 1.14.1 (cluster.yaml) -> 1.15, Kubernetes 1.34 (cluster.yaml) -> 1.36" in result.output
    assert "Karpenter first" in result.output
    assert "all nodes of gpu are replaced: al2023@latest is another AMI for Kubernetes 1.36" in result.output
    assert "ec2:RebootInstances" in result.output
    assert "NodeClassCEL is new, by default off" in result.output
    assert "Nothing is refused." in result.output


def test_write_changes_the_versions_alone(run, tmp_path):
    """Comments, quotes, anchors and order stay; the file is read as before."""
    result = run("--karpenter", "v1.15", "--kubernetes", "1.36", "--write")
    assert result.exit_code == 0, result.output
    expected = CLUSTER.replace("'1.34'", "'1.36'").replace('"1.14.1"', '"1.15"')
    assert (tmp_path / "cluster.yaml").read_text() == expected
    assert "written into cluster.yaml" in result.output
    assert run("--karpenter", "1.15").exit_code == 0


def test_a_version_that_is_not_named_stays(run, tmp_path):
    """`--kubernetes` alone leaves Karpenter's version."""
    assert run("--kubernetes", "1.35", "--write").exit_code == 0
    assert (tmp_path / "cluster.yaml").read_text() == CLUSTER.replace("'1.34'", "'1.35'")


def test_lines_that_end_as_on_windows_stay(run, tmp_path):
    """The ends of the lines are not touched."""
    (tmp_path / "cluster.yaml").write_bytes(CLUSTER.replace("\n", "\r\n").encode())
    assert run("--kubernetes", "1.35", "--write").exit_code == 0
    assert (tmp_path / "cluster.yaml").read_bytes().decode() == CLUSTER.replace("'1.34'", "'1.35'").replace(
        "\n", "\r\n"
    )


def test_what_is_refused_is_code_1_and_not_written(run, tmp_path):
    """Kubernetes that Karpenter does not support is refused; --write then writes nothing."""
    result = run("--kubernetes", "1.37", "--write", "--format", "json")
    assert result.exit_code == 1
    assert [each["rule"] for each in answer(result)["refused"]] == ["versions/kubernetes"]
    assert json.loads(result.output)["written"] == []
    assert (tmp_path / "cluster.yaml").read_text() == CLUSTER


def test_an_image_that_eks_no_longer_publishes_is_refused(run, tmp_path):
    """A node class whose AMI alias ends with the new Kubernetes never gets ready: code 1, and nothing is written."""
    text = CLUSTER.replace("al2023@latest", "al2@latest").replace("'1.34'", "'1.32'").replace('"1.14.1"', "1.8.2")
    (tmp_path / "cluster.yaml").write_text(text)
    result = run("--kubernetes", "1.33", "--write", "--format", "json")
    assert result.exit_code == 1, result.output
    assert [each["rule"] for each in answer(result)["refused"]] == ["ami/al2-gone"]
    assert (tmp_path / "cluster.yaml").read_text() == text


def test_what_the_configuration_cannot_say_is_refused_with_its_line(run, tmp_path):
    """A field that an older Karpenter does not have is named where it stands in cluster.yaml."""
    interface = "{networkCardIndex: 0, deviceIndex: 0, interfaceType: interface}"
    text = CLUSTER.replace("discovery: demo}", f"discovery: demo, networkInterfaces: [{interface}]}}")
    (tmp_path / "cluster.yaml").write_text(text)
    result = run("--karpenter", "1.10", "--format", "json")
    assert result.exit_code == 1, result.output
    assert any(each.startswith("cluster.yaml:7: nodeClasses.gpu.") for each in answer(result)["problems"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name the version to upgrade to"),
        (["--karpenter", "9.9"], "unknown Karpenter version '9.9'"),
        (["--kubernetes", "0.1"], "unknown Kubernetes version '0.1'"),
        (["--karpenter", "1.15", "nowhere"], "nowhere: no such file or folder"),
        (["--karpenter", "1.15", "empty.yaml"], "there is no Kubernetes object to upgrade"),
        (["--karpenter", "1.15", "pools.yaml", "--write"], "there is no cluster.yaml among the files"),
        (["--karpenter", "1.15", "alias.yaml"], "cluster.karpenterVersion: is not said here as a plain value"),
    ],
)
def test_what_cannot_run_is_code_2(run, tmp_path, arguments, said):
    """The user reads what to mend, without a traceback."""
    (tmp_path / "empty.yaml").write_text("")
    write(tmp_path / "pools.yaml", pool(), node_class())
    alias = CLUSTER.replace("  name: demo", '  name: demo\n  imagePullSecrets: [&version "1.14.1"]')
    alias = alias.replace('&karpenter "1.14.1"', "*version")
    (tmp_path / "alias.yaml").write_text(alias)
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert said in result.output


def test_what_is_about_a_configuration_stands_at_its_lines(run, tmp_path):
    """Refusals, findings and nodes that are replaced name the file and line that the user can change."""
    newer = run("--karpenter", "1.15", "--kubernetes", "1.35").output
    assert "  - cluster.yaml:7: EC2NodeClass/gpu spec.amiSelectorTerms[0].alias: all nodes" in newer
    older = run("--karpenter", "1.0.4").output
    assert "  - cluster.yaml:7: error versions/kubernetes EC2NodeClass/gpu nodeClasses.gpu: " in older
    (tmp_path / "base.yaml").write_text(CLUSTER.replace("demo}", "base}"))
    (tmp_path / "prod.yaml").write_text("extends: base.yaml\ncluster: {name: prod}\n")
    assert "  - base.yaml:7: EC2NodeClass/gpu" in run("prod.yaml", "--kubernetes", "1.35").output


def test_manifests_are_upgraded_from_the_versions_of_their_marker(run, tmp_path):
    """A folder is compared with the versions that it was written for, each marked folder by itself."""
    for name, version in (("a", "1.10"), ("b", "1.12")):
        write(tmp_path / "dist" / name / "pools.yaml", pool(), node_class())
        (tmp_path / "dist" / name / NAME).write_text(Marker(name, version, "1.33", ("pools.yaml",)).text)
    result = run("dist", "--karpenter", "1.12", "--format", "json")
    first, second = json.loads(result.output)["clusters"]
    assert (first["from"]["karpenter"], second["from"]["karpenter"]) == ("1.10", "1.12")
    assert [each["action"] for each in first["iamActions"]] == [
        "ec2:DescribeInstanceStatus",
        "arc-zonal-shift:GetManagedResource",
    ]
    assert [each["path"] for each in first["replaced"]] == [""]
    assert second["iamActions"] == second["replaced"] == []


def test_todays_versions_can_be_named(run, tmp_path):
    """Where no file says them, options do."""
    (tmp_path / "cluster.yaml").unlink()
    write(tmp_path / "pools.yaml", pool(), node_class(), pod())
    arguments = ["pools.yaml", "--from-karpenter", "1.5", "--from-kubernetes", "1.33", "--karpenter", "1.6"]
    before = answer(run(*arguments, "--format", "json"))["from"]
    assert before == {
        "karpenter": "1.5",
        "karpenterFrom": "--from-karpenter",
        "kubernetes": "1.33",
        "kubernetesFrom": "--from-kubernetes",
    }


def test_what_the_api_server_refuses_is_named_by_object_and_field(run, tmp_path):
    """A downgrade below 1.11 refuses networkInterfaces."""
    write(tmp_path / "pools.yaml", pool(), node_class(networkInterfaces=efa_interfaces(1)))
    result = run("pools.yaml", "--from-karpenter", "1.15", "--karpenter", "1.10", "--kubernetes", "1.34")
    assert result.exit_code == 1
    assert "error schema/newer-field EC2NodeClass/gpu spec.networkInterfaces" in result.output


def test_versions_that_a_base_says_are_written_there(run, tmp_path):
    """Where a configuration extends another, the file that says the version is the one that changes."""
    base, own = CLUSTER.replace("  name: demo\n", ""), "extends: base.yaml\ncluster: {name: %s}\n"
    (tmp_path / "base.yaml").write_text(base)
    (tmp_path / "a.yaml").write_text(own % "a")
    (tmp_path / "b.yaml").write_text((own % "b").replace("}", ', kubernetesVersion: "1.33"}'))
    result = run("a.yaml", "b.yaml", "--karpenter", "1.15", "--kubernetes", "1.36", "--write", "--format", "json")
    assert result.exit_code == 0, result.output
    assert sorted(json.loads(result.output)["written"]) == ["b.yaml", "base.yaml"]
    first, second = json.loads(result.output)["clusters"]
    assert (first["from"]["kubernetes"], second["from"]["kubernetes"]) == ("1.34", "1.33")
    assert (tmp_path / "base.yaml").read_text() == base.replace("'1.34'", "'1.36'").replace('"1.14.1"', '"1.15"')
    assert (tmp_path / "a.yaml").read_text() == own % "a"
    assert 'kubernetesVersion: "1.36"' in (tmp_path / "b.yaml").read_text()
