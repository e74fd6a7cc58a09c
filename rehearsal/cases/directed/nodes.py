"""Network interfaces, connection tracking, nested virtualization, Windows, DaemonSets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.cases.case import (
    AMD64,
    ARCH,
    CAPACITY,
    GPU_TAINT,
    GPUS,
    INSTANCE,
    OS,
    Case,
    asks,
    case,
    devices,
    families,
    preferred,
    required,
    requires,
    types,
)

if TYPE_CHECKING:
    from rehearsal.api import Manifest

ONE = devices(gpu=1)
LARGE = types("p5.48xlarge", "p4d.24xlarge", "g6e.48xlarge", "g5.48xlarge", "p3dn.24xlarge", "g4dn.metal", "g5.xlarge")


def cases() -> list[Case]:
    """Return the cases."""
    return [*_interfaces(), *_networking(), *_windows(), *_daemons()]


def _interfaces() -> list[Case]:
    def with_cards(*cards: tuple[int, int, str], **first: object) -> Manifest:
        interfaces = [
            {"networkCardIndex": card, "deviceIndex": device, "interfaceType": kind} for card, device, kind in cards
        ]
        interfaces[0].update(first)
        return {"networkInterfaces": interfaces}

    primary, efa = (0, 0, "interface"), "efa-only"
    return [
        case("one interface", [LARGE], ONE, in_class=with_cards(primary)),
        case("EFA on the first card", [LARGE], devices(gpu=1, efa=1), in_class=with_cards(primary, (0, 1, efa))),
        case("EFA on the second card", [LARGE], ONE, in_class=with_cards(primary, (1, 1, efa))),
        case(
            "EFA on the second card, one asked",
            [LARGE],
            devices(gpu=1, efa=1),
            in_class=with_cards(primary, (1, 1, efa)),
        ),
        case(
            "EFA on both cards", [LARGE], devices(gpu=1, efa=2), in_class=with_cards(primary, (0, 1, efa), (1, 1, efa))
        ),
        case("EFA twice on the first card", [LARGE], ONE, in_class=with_cards(primary, (0, 1, efa), (0, 2, efa))),
        case(
            "EFA on all four cards",
            [LARGE],
            devices(gpu=8, efa=3),
            in_class=with_cards(primary, *[(card, 1, efa) for card in (1, 2, 3)]),
        ),
        case(
            "EFA on 32 cards",
            [LARGE],
            devices(gpu=8),
            in_class=with_cards(primary, *[(card, 1, efa) for card in range(1, 32)]),
        ),
        case(
            "more EFA asked than interfaces", [LARGE], devices(gpu=8, efa=2), in_class=with_cards(primary, (1, 1, efa))
        ),
        case("EFA asked of no EFA interface", [LARGE], devices(gpu=1, efa=1), in_class=with_cards(primary)),
        case("device index beyond the card", [LARGE], ONE, in_class=with_cards(primary, (0, 5, "interface"))),
        case(
            "device index 1 on a card of 2",
            [families("p5", "p5en", "p4d")],
            ONE,
            in_class=with_cards(primary, (3, 1, "interface")),
        ),
        case(
            "card of 2 interfaces, index 2",
            [families("p5", "p5en", "p4d", "p6-b200")],
            ONE,
            in_class=with_cards(primary, (3, 2, "interface")),
        ),
        case("secondary addresses", [GPUS], ONE, in_class=with_cards(primary, secondaryIPCount=40)),
        case("secondary addresses at the bound", [GPUS], ONE, in_class=with_cards(primary, secondaryIPCount=29)),
        case("secondary prefixes", [GPUS], ONE, in_class=with_cards(primary, secondaryIPPrefixCount=12)),
        case("interfaces of types without ENA", [families("m3", "c3", "g2", "p2")], None, in_class=with_cards(primary)),
    ]


def _networking() -> list[Case]:
    track = {"connectionTracking": {"tcpEstablishedTimeout": 400}}
    mixed = families("p3dn", "g4dn", "p2", "p3", "c4", "g3", "m5")
    return [
        case("connection tracking", [mixed], asks(cpu="2"), in_class=track),
        case(
            "connection tracking of metal alone",
            [families("g4dn"), requires("size", "In", "metal")],
            None,
            in_class=track,
        ),
        case("placement group that is not there", [GPUS], ONE, in_class={"placementGroupSelector": {"name": "nosuch"}}),
        case("context", [GPUS], ONE, in_class={"context": "abc"}),
        case("public addresses", [GPUS], ONE, in_class={"associatePublicIPAddress": True}),
        case("detailed monitoring", [families("g5")], ONE, in_class={"detailedMonitoring": True}),
        case("instance profile", [families("g5")], ONE, in_class={"instanceProfile": "own", "role": None}),
    ]


def _windows() -> list[Case]:
    windows = {"amiSelectorTerms": [{"alias": "windows2022@latest"}]}
    asked = requires(OS, "In", "windows")
    address = {"limits": {"vpc.amazonaws.com/PrivateIPv4Address": 1}}
    general = requires("category", "In", "g", "m")
    return [
        case("windows class, nothing said", [GPUS], None, in_class=windows),
        case("windows class, pool says windows", [general, asked, AMD64], asks(cpu="2"), in_class=windows),
        case(
            "windows class, pod selects windows", [general], asks(cpu="2"), in_class=windows, selector={OS: "windows"}
        ),
        case("windows class, pod selects linux", [general], asks(cpu="2"), in_class=windows, selector={OS: "linux"}),
        case("windows class, pool says linux", [general, requires(OS, "In", "linux")], ONE, in_class=windows),
        case("windows class, arm64", [general, requires(ARCH, "In", "arm64")], None, in_class=windows),
        case("windows class, address", [general], address, in_class=windows),
        case(
            "windows class, many addresses",
            [general],
            {"limits": {"vpc.amazonaws.com/PrivateIPv4Address": 200}},
            in_class=windows,
        ),
        case("windows class, disk", [general], asks(ephemeral_storage="40Gi"), in_class=windows),
        case("windows class, disk too small", [general], asks(ephemeral_storage="48Gi"), in_class=windows),
        case(
            "windows class, build",
            [general],
            None,
            in_class=windows,
            selector={"node.kubernetes.io/windows-build": "10.0.20348"},
        ),
        case(
            "windows class, other build",
            [general],
            None,
            in_class=windows,
            selector={"node.kubernetes.io/windows-build": "10.0.17763"},
        ),
        case(
            "windows 2019 class, pod selects windows",
            [general],
            None,
            in_class={"amiSelectorTerms": [{"alias": "windows2019@latest"}]},
            selector={OS: "windows"},
        ),
    ]


def _daemons() -> list[Case]:
    fit = asks(ONE, cpu="3")
    few = [families("g5", "g6", "g4dn")]
    init = {"name": "init", "image": "busybox:1", "resources": asks(cpu="2")}

    def daemons(*wanted: tuple[Manifest, Manifest]) -> list[tuple[Manifest, Manifest]]:
        return [*wanted]

    return [
        case("daemon everywhere", few, fit, daemons=daemons((asks(cpu="1", memory="1Gi"), {}))),
        case("daemons add up", few, fit, daemons=daemons((asks(cpu="500m"), {}), (asks(cpu="500m"), {}))),
        case(
            "daemon that does not tolerate",
            few,
            fit,
            pool={"template": {"taints": [GPU_TAINT]}},
            daemons=daemons((asks(cpu="1"), {"tolerations": []})),
        ),
        case(
            "daemon of one family", few, fit, daemons=daemons((asks(cpu="1"), {"affinity": required([families("g5")])}))
        ),
        case(
            "daemon not on arm64",
            [GPUS],
            asks(ONE, memory="13Gi"),
            daemons=daemons((asks(memory="3Gi"), {"affinity": required([requires(ARCH, "NotIn", "arm64")])})),
        ),
        case(
            "daemon that waits for a label",
            few,
            fit,
            daemons=daemons((asks(cpu="3"), {"nodeSelector": {"nvidia.com/gpu.present": "true"}})),
        ),
        case(
            "daemon of a label of the template",
            few,
            fit,
            pool={"labels": {"team": "a"}},
            daemons=daemons((asks(cpu="1"), {"nodeSelector": {"team": "a"}})),
        ),
        case(
            "daemon of a label that the pool lacks",
            few,
            fit,
            daemons=daemons((asks(cpu="1"), {"nodeSelector": {"team": "a"}})),
        ),
        case("daemon of spot nodes", few, fit, daemons=daemons((asks(cpu="1"), {"nodeSelector": {CAPACITY: "spot"}}))),
        case(
            "daemon of spot nodes, pod on demand",
            few,
            fit,
            selector={CAPACITY: "on-demand"},
            daemons=daemons((asks(cpu="1"), {"nodeSelector": {CAPACITY: "spot"}})),
        ),
        case(
            "daemon that prefers",
            few,
            fit,
            daemons=daemons((asks(cpu="1"), {"affinity": preferred((1, [families("g5")]))})),
        ),
        case(
            "daemon of large types",
            [GPUS],
            asks(ONE, cpu="47"),
            daemons=daemons((asks(cpu="2"), {"affinity": required([requires("cpu", "Gt", 32)])})),
        ),
        case(
            "daemon with a large init container",
            few,
            fit,
            daemons=daemons((asks(cpu="100m"), {"initContainers": [init]})),
        ),
        case(
            "daemon with a sidecar",
            few,
            fit,
            daemons=daemons((asks(cpu="100m"), {"initContainers": [{**init, "restartPolicy": "Always"}]})),
        ),
        case("daemon with limits only", few, fit, daemons=daemons(({"limits": {"cpu": "1"}}, {}))),
        case(
            "daemon that takes EFA",
            [families("g6e", "p5")],
            devices(gpu=1, efa=1),
            daemons=daemons((devices(efa=1), {})),
        ),
        case("daemon that takes a GPU", few, ONE, daemons=daemons((ONE, {}))),
        case(
            "daemon that takes one pod",
            few,
            ONE,
            in_class={"kubelet": {"maxPods": 1}},
            daemons=daemons((asks(cpu="10m"), {})),
        ),
        case("daemon too large for every type", few, ONE, daemons=daemons((asks(cpu="300"), {}))),
        case("daemon too large for the small types", few, ONE, daemons=daemons((asks(cpu="10"), {}))),
        case(
            "daemon of a gpu name",
            [GPUS],
            asks(ONE, cpu="3"),
            daemons=daemons((asks(cpu="1"), {"nodeSelector": {f"{INSTANCE}gpu-name": "a10g"}})),
        ),
        case(
            "daemon of pods with a pod-level request",
            few,
            fit,
            daemons=daemons((asks(cpu="10m"), {"resources": asks(cpu="1")})),
        ),
        case(
            "daemon with a host port that the pod takes",
            few,
            containers=[
                {
                    "name": "main",
                    "image": "busybox:1",
                    "resources": ONE,
                    "ports": [{"containerPort": 80, "hostPort": 80}],
                }
            ],
            daemons=daemons(
                (
                    asks(cpu="10m"),
                    {
                        "containers": [
                            {"name": "main", "image": "busybox:1", "ports": [{"containerPort": 80, "hostPort": 80}]}
                        ]
                    },
                )
            ),
        ),
    ]


def nested_virtualization() -> list[Case]:
    """Return the cases of nested virtualization, which Karpenter's cache of offerings mixes up with any other."""
    nested = {"cpuOptions": {"nestedVirtualization": "enabled"}}
    return [
        case("nested virtualization", [requires("category", "In", "g", "p", "c")], asks(cpu="2"), in_class=nested),
        case("nested virtualization of GPUs", [GPUS], ONE, in_class=nested),
        case(
            "nested virtualization of families",
            [families("c8i", "m8i", "r8i", "c7i", "m7i-flex")],
            None,
            in_class=nested,
        ),
        case("nested virtualization on arm64", [requires(ARCH, "In", "arm64")], None, in_class=nested),
    ]


def daemon_terms() -> list[Case]:
    """Return the cases of a DaemonSet with two terms, of which Karpenter keeps the last where there are other pools."""
    two = {"affinity": required([families("g5")], [families("p5")])}
    few = [families("g5", "g6")]
    return [
        case(
            "daemon of two families by one term",
            few,
            asks(ONE, cpu="3"),
            daemons=[(asks(cpu="1"), {"affinity": required([families("g5", "p5")])})],
        ),
        case("daemon of two terms", few, asks(ONE, cpu="3"), daemons=[(asks(cpu="1"), two)]),
    ]
