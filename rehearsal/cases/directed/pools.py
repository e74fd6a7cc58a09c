"""Limits, taints, capacity types, zones, reservations, several pools, static pools, overlays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.cases.case import (
    CAPACITY,
    GPU_TAINT,
    GPUS,
    POOL,
    ZONE,
    Case,
    asks,
    case,
    case_of_pools,
    devices,
    families,
    overlay,
    required,
    requires,
    types,
)

if TYPE_CHECKING:
    from rehearsal.api import Manifest

ONE = devices(gpu=1)
RESERVATION = {"capacityReservationSelectorTerms": [{"id": "cr-00000000000000001"}]}
BY_TAG = {"capacityReservationSelectorTerms": [{"tags": {"team": "ml"}}]}
TEN_PODS = {"kubelet": {"maxPods": 10}}
BLOCK = {"capacityReservationSelectorTerms": [{"id": "cr-00000000000000003"}]}


def cases() -> list[Case]:
    """Return the cases that need no feature gate."""
    return [*_limits(), *_taints(), *_capacity(), *_several()]


def _limits() -> list[Case]:
    disk = {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": "300Gi", "volumeType": "gp3"}}]}
    interfaces = {
        "networkInterfaces": [
            {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"},
            {"networkCardIndex": 0, "deviceIndex": 1, "interfaceType": "efa-only"},
        ]
    }
    eight = devices(gpu=8)
    return [
        case("limit of GPUs too low", [GPUS], eight, pool={"limits": {"nvidia.com/gpu": 4}}),
        case("limit of GPUs just enough", [GPUS], eight, pool={"limits": {"nvidia.com/gpu": 8}}),
        case("limit of one GPU", [GPUS], ONE, pool={"limits": {"nvidia.com/gpu": 1}}),
        case("limit of no GPU, no GPU asked", [GPUS], asks(cpu="1"), pool={"limits": {"nvidia.com/gpu": 0}}),
        case("limit of cpu", [GPUS], ONE, pool={"limits": {"cpu": 16}}),
        case("limit of cpu 0", [GPUS], ONE, pool={"limits": {"cpu": 0}}),
        case("limit of cpu in milli", [GPUS], ONE, pool={"limits": {"cpu": "15500m"}}),
        case("limit of memory", [GPUS], ONE, pool={"limits": {"memory": "64Gi"}}),
        case("limit of memory by capacity", [GPUS], ONE, pool={"limits": {"memory": "60Gi"}}),
        case("limit of pods", [GPUS], ONE, pool={"limits": {"pods": 5}}),
        case("limit of pods with maxPods", [GPUS], ONE, pool={"limits": {"pods": 20}}, in_class=TEN_PODS),
        case("limit of EFA", [GPUS], ONE, pool={"limits": {"vpc.amazonaws.com/efa": 1}}),
        case(
            "limit of EFA with one interface",
            [GPUS],
            ONE,
            pool={"limits": {"vpc.amazonaws.com/efa": 1}},
            in_class=interfaces,
        ),
        case("limit of disk below capacity", [GPUS], ONE, pool={"limits": {"ephemeral-storage": "19Gi"}}),
        case("limit of disk at capacity", [GPUS], ONE, pool={"limits": {"ephemeral-storage": "20Gi"}}),
        case(
            "limit of disk and a larger disk",
            [GPUS],
            ONE,
            pool={"limits": {"ephemeral-storage": "100Gi"}},
            in_class=disk,
        ),
        case("limit of nodes 0", [GPUS], ONE, pool={"limits": {"nodes": 0}}),
        case("limit of nodes 1", [GPUS], ONE, pool={"limits": {"nodes": 1}}),
        case("limit of an unknown resource", [GPUS], ONE, pool={"limits": {"example.com/device": 0}}),
        case("limit of radeon 0", [GPUS], ONE, pool={"limits": {"amd.com/gpu": 0}}),
        case(
            "limit of trunk interfaces", [families("g5", "g6")], ONE, pool={"limits": {"vpc.amazonaws.com/pod-eni": 10}}
        ),
        case("limit of several", [GPUS], ONE, pool={"limits": {"cpu": 100, "memory": "500Gi", "nvidia.com/gpu": 4}}),
        case(
            "limit and minValues",
            [GPUS, requires("family", "Exists", min_values=12)],
            ONE,
            pool={"limits": {"cpu": 64}},
        ),
    ]


def _taints() -> list[Case]:
    def tainted(*taints: Manifest) -> Manifest:
        return {"template": {"taints": [*taints]}}

    execute, prefer = {**GPU_TAINT, "effect": "NoExecute"}, {**GPU_TAINT, "effect": "PreferNoSchedule"}
    return [
        case("taint tolerated", [GPUS], ONE, pool=tainted(GPU_TAINT)),
        case("taint not tolerated", [GPUS], ONE, pool=tainted(GPU_TAINT), tolerations=[]),
        case(
            "taint tolerated by another value",
            [GPUS],
            ONE,
            pool=tainted(GPU_TAINT),
            tolerations=[{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}],
        ),
        case(
            "taint tolerated by its value",
            [GPUS],
            ONE,
            pool=tainted(GPU_TAINT),
            tolerations=[{"key": "nvidia.com/gpu", "operator": "Equal", "value": "present"}],
        ),
        case("taint of another effect", [GPUS], ONE, pool=tainted(execute)),
        case(
            "taint tolerated for seconds",
            [GPUS],
            ONE,
            pool=tainted(execute),
            tolerations=[
                {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 10}
            ],
        ),
        case("taint preferred and not tolerated", [GPUS], ONE, pool=tainted(prefer), tolerations=[]),
        case(
            "everything tolerated",
            [GPUS],
            ONE,
            pool=tainted(GPU_TAINT, {"key": "x", "effect": "NoExecute"}),
            tolerations=[{"operator": "Exists"}],
        ),
        case("second taint not tolerated", [GPUS], ONE, pool=tainted(GPU_TAINT, {"key": "x", "effect": "NoSchedule"})),
        case(
            "startup taint not tolerated",
            [GPUS],
            ONE,
            pool={"template": {"startupTaints": [GPU_TAINT]}},
            tolerations=[],
        ),
        case(
            "taint without a value",
            [GPUS],
            ONE,
            pool=tainted({"key": "nvidia.com/gpu", "effect": "NoSchedule"}),
            tolerations=[{"key": "nvidia.com/gpu", "operator": "Equal"}],
        ),
    ]


def _capacity() -> list[Case]:
    def capacity(operator: str, *values: str) -> Manifest:
        return requires(CAPACITY, operator, *values)

    return [
        case("spot", [GPUS, capacity("In", "spot")], ONE),
        case("spot of types that have none", [families("hpc7a", "c7a"), capacity("In", "spot")], asks(cpu="20")),
        case("on demand of types that have no spot", [families("hpc7a")], asks(cpu="20")),
        case(
            "spot of metal with much memory",
            [requires("family", "In", "u-6tb1", "u7i-8tb", "x2idn"), capacity("In", "spot")],
        ),
        case("capacity NotIn spot and on demand", [GPUS, capacity("NotIn", "spot", "on-demand")], ONE),
        case("capacity NotIn spot", [families("hpc7a", "t2"), capacity("NotIn", "spot")], None),
        case("capacity typo", [GPUS, capacity("In", "ondemand")], ONE),
        case("capacity DoesNotExist", [GPUS, capacity("DoesNotExist")], ONE),
        case("pod selects spot of no spot", [families("hpc7a", "g5")], None, selector={CAPACITY: "spot"}),
        case("pod selects reserved without a reservation", [GPUS], ONE, selector={CAPACITY: "reserved"}),
        case("reserved without a reservation", [GPUS, capacity("In", "reserved")], ONE),
        case("reserved or spot without a reservation", [GPUS, capacity("In", "reserved", "spot")], ONE),
        case("reserved with a reservation", [GPUS, capacity("In", "reserved")], ONE, in_class=RESERVATION),
        case(
            "reserved or spot with a reservation", [GPUS, capacity("In", "reserved", "spot")], ONE, in_class=RESERVATION
        ),
        case("reserved by tag", [GPUS, capacity("In", "reserved")], ONE, in_class=BY_TAG),
        case(
            "reserved by tag in a zone",
            [GPUS, capacity("In", "reserved"), requires(ZONE, "In", "us-west-2b")],
            ONE,
            in_class=BY_TAG,
        ),
        case(
            "reserved in another zone",
            [GPUS, capacity("In", "reserved"), requires(ZONE, "In", "us-west-2b")],
            ONE,
            in_class=RESERVATION,
        ),
        case("reserved of another type", [families("g5"), capacity("In", "reserved")], ONE, in_class=RESERVATION),
        case("reserved block", [GPUS, capacity("In", "reserved")], ONE, in_class=BLOCK),
        case("reservation that the pool does not use", [GPUS, capacity("In", "on-demand")], ONE, in_class=RESERVATION),
        case("zone", [GPUS, requires(ZONE, "In", "us-west-2b")], ONE),
        case("zone without a subnet", [GPUS, requires(ZONE, "In", "us-east-1a")], ONE),
        case("zones all excluded", [GPUS, requires(ZONE, "NotIn", "us-west-2a", "us-west-2b", "us-west-2c")], ONE),
        case("zone DoesNotExist", [GPUS, requires(ZONE, "DoesNotExist")], ONE),
        case("zone Exists", [GPUS, requires(ZONE, "Exists")], ONE),
        case("zone identifier", [GPUS, requires("topology.k8s.aws/zone-id", "In", "usw2-az1")], ONE),
        case(
            "zone identifier and another zone",
            [GPUS, requires("topology.k8s.aws/zone-id", "In", "usw2-az1"), requires(ZONE, "In", "us-west-2b")],
            ONE,
        ),
        case("pod selects a zone", [GPUS], ONE, selector={ZONE: "us-west-2c"}),
        case(
            "pod selects a zone that the pool excludes",
            [GPUS, requires(ZONE, "In", "us-west-2a")],
            ONE,
            selector={ZONE: "us-west-2c"},
        ),
        case("zone of one subnet", [GPUS], ONE, in_class={"subnetSelectorTerms": [{"tags": {"zone": "us-west-2a"}}]}),
        case(
            "zone that the only subnet lacks",
            [GPUS, requires(ZONE, "In", "us-west-2b")],
            ONE,
            in_class={"subnetSelectorTerms": [{"tags": {"zone": "us-west-2a"}}]},
        ),
    ]


def _several() -> list[Case]:
    g5, g6, p5 = [families("g5")], [families("g6")], [families("p5")]
    return [
        case_of_pools("two pools by weight", [(g5, {"weight": 1}), (g6, {"weight": 10})], ONE),
        case_of_pools(
            "heavier pool is too small",
            [(p5, {"weight": 1}), ([families("g4dn"), requires("gpu-count", "In", 1)], {"weight": 10})],
            devices(gpu=8),
        ),
        case_of_pools(
            "heavier pool is tainted",
            [(g5, {"weight": 1}), (g6, {"weight": 10, "template": {"taints": [{"key": "x", "effect": "NoSchedule"}]}})],
            ONE,
        ),
        case_of_pools(
            "heavier pool is at its limit", [(g5, {"weight": 1}), (g6, {"weight": 10, "limits": {"cpu": 0}})], ONE
        ),
        case_of_pools(
            "heavier pool admits nothing",
            [(g5, {"weight": 1}), ([*g6, requires("gpu-name", "In", "a10g")], {"weight": 10})],
            ONE,
        ),
        case_of_pools(
            "heavier pool lacks minValues",
            [(g5, {"weight": 1}), ([requires("family", "In", "g6", "nosuch", min_values=2)], {"weight": 10})],
            ONE,
        ),
        case_of_pools(
            "three pools, terms for the lightest",
            [(g5, {"weight": 20}), (g6, {"weight": 10}), (p5, {"weight": 1})],
            ONE,
            affinity=required([families("p5")], [families("g5")]),
        ),
        case_of_pools(
            "first term before the heavier pool",
            [(g5, {"weight": 20}), (g6, {"weight": 10})],
            ONE,
            affinity=required([families("g6")], [families("g5")]),
        ),
        case_of_pools(
            "preferred taint on the heavier pool",
            [
                (g5, {"weight": 1}),
                (g6, {"weight": 10, "template": {"taints": [{"key": "x", "effect": "PreferNoSchedule"}]}}),
            ],
            ONE,
        ),
        case_of_pools("weight against none", [(g5, {}), (g6, {"weight": 1})], ONE),
        case_of_pools(
            "daemons leave the heavier pool too small",
            [(g5, {"weight": 1}), ([families("g6"), requires("size", "In", "xlarge")], {"weight": 10})],
            asks(ONE, cpu="3"),
            daemons=[(asks(cpu="1"), {})],
        ),
        case_of_pools("none of two pools", [(g5, {"weight": 1}), (g6, {"weight": 10})], devices(gpu=16)),
        case_of_pools(
            "labels choose the pool",
            [(g5, {"weight": 20, "labels": {"team": "a"}}), (g6, {"weight": 10, "labels": {"team": "b"}})],
            ONE,
            selector={"team": "b"},
        ),
    ]


def gated() -> list[Case]:
    """Return the cases that need the gates of NodeOverlay and StaticCapacity."""
    device = {"example.com/device": 4}
    static = {"replicas": 1}

    def over(name: str, requirements: list[Manifest], **spec: object) -> list[Manifest]:
        return [overlay(name, [requires(POOL, "In", name), *requirements], **spec)]

    small = devices(gpu=1)
    asked = {"limits": {"nvidia.com/gpu": 1, "example.com/device": 1}}
    return [
        case(
            "overlay adds a device",
            [families("g5", "g6")],
            asked,
            beside=over("overlay-adds-a-device", [], capacity=device),
        ),
        case(
            "overlay adds a device to some",
            [families("g5", "g6")],
            asked,
            beside=over("overlay-adds-a-device-to-some", [families("g6")], capacity=device),
        ),
        case(
            "overlay adds too few",
            [families("g5", "g6")],
            {"limits": {"example.com/device": 5}},
            beside=over("overlay-adds-too-few", [], capacity=device),
        ),
        case(
            "overlay adds to one type",
            [families("g5", "g6")],
            asked,
            beside=over("overlay-adds-to-one-type", [types("g5.4xlarge")], capacity=device),
        ),
        case("overlay of another pool", [families("g5", "g6")], asked, beside=over("another", [], capacity=device)),
        case(
            "overlay adds huge pages",
            [families("g5", "g6")],
            {"limits": {"hugepages-2Mi": "1Gi", "memory": "1Gi", "nvidia.com/gpu": 1}},
            beside=over("overlay-adds-huge-pages", [], capacity={"hugepages-2Mi": "2Gi"}),
        ),
        case(
            "overlay adjusts the price",
            [families("g5", "g6")],
            small,
            beside=over("overlay-adjusts-the-price", [families("g5")], priceAdjustment="+50%"),
        ),
        case(
            "overlay by count",
            [GPUS],
            asked,
            beside=over("overlay-by-count", [requires("gpu-count", "Gt", 3)], capacity=device),
        ),
        case(
            "overlay by spot only",
            [families("g5")],
            asked,
            beside=over("overlay-by-spot-only", [requires(CAPACITY, "In", "spot")], capacity=device),
        ),
        case(
            "overlay with limits",
            [families("g5", "g6")],
            asked,
            pool={"limits": {"example.com/device": 3}},
            beside=over("overlay-with-limits", [], capacity=device),
        ),
        case("overlay adds nothing that is asked", [families("g5", "g6")], asked),
        case("static pool", [families("g5")], pool=static, without_pod=True),
        case(
            "static pool that admits nothing",
            [families("g5"), requires("gpu-name", "In", "l4")],
            pool=static,
            without_pod=True,
        ),
        case("static pool at its limit", [families("g5")], pool={**static, "limits": {"nodes": 0}}, without_pod=True),
        case("static pool and a pod", [families("g5")], ONE, pool={"replicas": 0}),
        case_of_pools("static pool beside another", [([families("g5")], {"replicas": 0}), ([families("g6")], {})], ONE),
    ]
