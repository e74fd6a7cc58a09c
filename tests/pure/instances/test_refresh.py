"""The command that refreshes the facts, on small records and pages of the form of EC2's and Karpenter's."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = """---
title: "Instance Types"
---
## p5 Family
### `p5.48xlarge`
#### Labels
 | Label | Value |
 |--|--|
 |karpenter.k8s.aws/instance-gpu-name|h100|
 |node.kubernetes.io/instance-type|p5.48xlarge|
#### Resources
 | Resource | Quantity |
 |--|--|
 |cpu|191450m|
 |nvidia.com/gpu|8|
## m5 Family
### `m5.large`
#### Labels
 | Label | Value |
 |--|--|
 |kubernetes.io/arch|amd64|
 |node.kubernetes.io/instance-type|m5.large|
#### Resources
 | Resource | Quantity |
 |--|--|
 |cpu|1930m|
"""
CARD = "\t\t\t{\n\t\t\t\tMaximumNetworkInterfaces: 2,\n\t\t\t\tNetworkCardIndex:         0,\n\t\t\t},\n"
LIMITS = f'\t"p5.48xlarge": {{\n\t\tDefaultNetworkCardIndex: 0,\n{CARD}{CARD}\t}},\n'
RECORD = {
    "InstanceType": "d3.xlarge",
    "InstanceStorageInfo": {"TotalSizeInGB": 5940},
    "NetworkInfo": {
        "EnaSupport": "required",
        "MaximumNetworkCards": 1,
        "NetworkCards": [{"MaximumNetworkInterfaces": 4}],
    },
    "ProcessorInfo": {"SupportedArchitectures": ["x86_64"], "SupportedFeatures": ["nested-virtualization"]},
    "SupportedUsageClasses": ["on-demand"],
}
MADE = {
    "name": "d3.xlarge",
    "labels": {
        "karpenter.k8s.aws/instance-hypervisor": [""],
        "karpenter.k8s.aws/instance-tenancy": ["default", "dedicated"],
        "karpenter.sh/capacity-type": ["on-demand"],
        "kubernetes.io/arch": ["amd64"],
        "topology.kubernetes.io/region": ["us-west-2"],
    },
    "capacity": {"cpu": "4"},
    "allocatable": {"cpu": "3920m", "nvidia.com/gpu": "0"},
}


@pytest.fixture
def tool(monkeypatch):
    """Return the module behind `make instances`."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "tools" / "instances.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_page_becomes_a_table(tool):
    """Labels and resources of every type become one line a type, sorted, the same at every run."""
    assert tool.table(tool.read_page(PAGE)) == (
        "node.kubernetes.io/instance-type,karpenter.k8s.aws/instance-gpu-name,kubernetes.io/arch,"
        "allocatable:cpu,allocatable:nvidia.com/gpu,"
        "instance-store,nested-virtualization,spot,ena,network-cards,interfaces,since,source\n"
        "m5.large,,amd64,1930m,,,,,,,,,\n"
        "p5.48xlarge,h100,,191450m,8,,,,,,,,\n"
    )


def test_a_record_has_what_karpenter_makes_no_label_of(tool):
    """Spot, instance stores, network cards and nested virtualization are EC2's word."""
    assert tool.of_record(RECORD) == {
        "instance-store": "5940",
        "nested-virtualization": "true",
        "spot": "false",
        "ena": "true",
        "network-cards": "1",
        "interfaces": "4",
        "source": "ec2",
    }


def test_labels_of_region_and_pool_are_left_out(tool):
    """What Karpenter made of a record is kept, but for what the type does not decide and resources it has none of."""
    assert tool.of_karpenter(MADE) == {
        "karpenter.k8s.aws/instance-hypervisor": "",
        "kubernetes.io/arch": "amd64",
        "allocatable:cpu": "3920m",
    }


def test_macs_are_left_out(tool):
    """Karpenter asks EC2 for x86_64 and arm64 alone."""
    assert tool.launchable(RECORD)
    assert not tool.launchable({"ProcessorInfo": {"SupportedArchitectures": ["arm64_mac"]}})


def test_the_tables_of_a_release_say_since_when(tool):
    """A type is known since the first release whose table has it; the table has its network cards."""
    cards = tool.read_network_cards(LIMITS)
    assert cards == {"p5.48xlarge": 2}
    assert tool.since("p5.48xlarge", {"1.0": {}, "1.1": cards, "1.2": cards}) == "1.1"
    assert tool.since("p7.48xlarge", {"1.0": cards}) == ""
