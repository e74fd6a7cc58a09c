"""`eks-gpu interfaces` as a user runs it."""

import json

import pytest
import yaml
from click.testing import CliRunner

from cdk8s_eks_gpu.cli import main
from cdk8s_eks_gpu.instances import efa_layouts


def run(*arguments):
    """Run `eks-gpu interfaces`."""
    return CliRunner().invoke(main, ["interfaces", *arguments])


def test_it_prints_what_a_node_class_takes():
    """YAML for the spec of an EC2NodeClass, with the source in a comment; one IP address unless asked for more."""
    done = run("p5.48xlarge")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("# p5.48xlarge, ip-optimized: 32 EFA, 1 IP address\n# https://docs.aws.amazon.com/")
    entries = yaml.safe_load(done.output)["networkInterfaces"]
    assert entries[:2] == [
        {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"},
        {"networkCardIndex": 0, "deviceIndex": 1, "interfaceType": "efa-only"},
    ]
    assert len(entries) == 33


@pytest.mark.parametrize("name", ["p5.48xlarge", "p5en.48xlarge", "p6-b300.48xlarge"])
def test_json_has_the_same(name):
    """Both formats say the layout of the facts."""
    arguments = (name, "--layout", "bandwidth-optimized")
    as_json = json.loads(run(*arguments, "--format", "json").stdout)
    assert as_json == yaml.safe_load(run(*arguments).stdout)
    layout = efa_layouts(name).layouts["bandwidth-optimized"]
    assert [tuple(each.values()) for each in as_json["networkInterfaces"]] == [
        tuple(each) for each in layout.interfaces
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["p5.48xlrge"], "unknown instance type 'p5.48xlrge'; did you mean 'p5.48xlarge'?\n"),
        (["g5.xlarge"], "g5.xlarge has no EFA\n"),
        (
            ["p6e-gb200.36xlarge", "--layout", "bandwidth-optimized"],
            (
                "the layout bandwidth-optimized of p6e-gb200.36xlarge is not known: the User Guide has no layout with"
                " more than one interface for IP traffic; known is ip-optimized\n"
            ),
        ),
    ],
)
def test_what_is_not_known_is_an_error(arguments, message):
    """Nothing is guessed: the message says what is missing, and the exit code is 2."""
    done = run(*arguments)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", message)
