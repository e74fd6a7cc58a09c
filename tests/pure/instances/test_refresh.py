"""The command that refreshes the facts, on a small page of the form of Karpenter's."""

import importlib.util
from pathlib import Path

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


def load_tool():
    """Return the module behind `make instances`."""
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "tools" / "instances.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_refresh():
    """Labels, resources and network cards of every type become one line a type, sorted, the same at every run."""
    tool = load_tool()
    assert tool.table(tool.read_page(PAGE), tool.read_network_cards(LIMITS)) == (
        "node.kubernetes.io/instance-type,karpenter.k8s.aws/instance-gpu-name,kubernetes.io/arch,"
        "allocatable:cpu,allocatable:nvidia.com/gpu,network-cards\n"
        "m5.large,,amd64,1930m,,\n"
        "p5.48xlarge,h100,,191450m,8,2\n"
    )
