"""What pods ask for, and what a node has of it."""

from __future__ import annotations

from rehearsal.cases.case import GPUS, Case, asks, case, devices, families, requires, types

ONE = devices(gpu=1)
SMALL = types("g5.xlarge", "g6.2xlarge", "p4d.24xlarge")
INSTANCE_STORES = requires("family", "In", "c1", "c3", "d2", "h1", "i3", "i4i", "m5d", "g5")


def cases() -> list[Case]:
    """Return the cases."""
    return [*_devices(), *_amounts(), *_containers(), *_disks(), *_kubelet()]


def _devices() -> list[Case]:
    accelerated = requires("category", "In", "trn", "inf", "dl")
    return [
        case("EFA and a GPU", [GPUS], devices(gpu=1, efa=1)),
        case("32 EFA and eight GPUs", [GPUS], devices(gpu=8, efa=32)),
        case("two EFA", [], devices(efa=2)),
        case("neuron", [accelerated], devices(neuron=1)),
        case("neuron cores", [accelerated], devices(neuroncore=4)),
        case("gaudi", [accelerated], devices(gaudi=8)),
        case("radeon", [GPUS], devices(radeon=1)),
        case("trunk interfaces of pods", [GPUS], devices(gpu=1, pod_eni=60)),
        case("time-slicing renamed", [GPUS], {"limits": {"nvidia.com/gpu.shared": 1}}),
        case("MIG", [GPUS], {"limits": {"nvidia.com/mig-1g.10gb": 1}}),
        case("unknown device", [GPUS], {"limits": {"example.com/device": 1}}),
        case("unknown device, none of it", [GPUS], {"limits": {"example.com/device": 0}}),
        case("GPUs, none of them", [GPUS], {"limits": {"nvidia.com/gpu": 0}}),
        case("huge pages", [GPUS], {"limits": {"hugepages-2Mi": "100Mi", "memory": "1Gi", "nvidia.com/gpu": 1}}),
        case(
            "private address of windows on linux",
            [requires("category", "In", "m")],
            {"limits": {"vpc.amazonaws.com/PrivateIPv4Address": 1}},
        ),
    ]


def _amounts() -> list[Case]:
    return [
        case("memory just fits", [types("g5.xlarge")], asks(ONE, memory="14162Mi")),
        case("memory just does not fit", [types("g5.xlarge")], asks(ONE, memory="14500Mi")),
        case("cpu just fits", [types("g5.xlarge")], asks(ONE, cpu="3920m")),
        case("cpu just does not fit", [types("g5.xlarge")], asks(ONE, cpu="3921m")),
        case("cpu of the largest", [GPUS], asks(ONE, cpu="190")),
        case("memory of the largest", [GPUS], asks(memory="1900Gi")),
        case("memory in decimal units", [GPUS], asks(ONE, memory="500G")),
        case("memory in bytes", [GPUS], asks(ONE, memory="68719476736")),
        case("cpu in exponents", [GPUS], asks(ONE, cpu="16e0")),
        case("limits without requests", [GPUS], {"limits": {"cpu": "24", "memory": "100Gi", "nvidia.com/gpu": 1}}),
    ]


def _containers() -> list[Case]:
    def container(name: str, **more: object) -> dict[str, object]:
        return {"name": name, "image": "busybox:1", **more}

    sidecar = container("side", restartPolicy="Always", resources=asks(cpu="3"))
    return [
        case("large init container", [GPUS], ONE, initContainers=[container("init", resources=asks(cpu="40"))]),
        case(
            "sidecar and init container",
            [GPUS],
            asks(ONE, cpu="2"),
            initContainers=[sidecar, container("init", resources=asks(cpu="12"))],
        ),
        case(
            "init container before the sidecar",
            [GPUS],
            asks(ONE, cpu="2"),
            initContainers=[container("init", resources=asks(cpu="6")), sidecar],
        ),
        case(
            "two containers",
            [GPUS],
            containers=[
                container("a", resources=devices(gpu=2)),
                container("b", resources=asks(devices(gpu=2), cpu="20")),
            ],
        ),
        case("pod-level resources", [GPUS], ONE, resources=asks(cpu="24", memory="100Gi")),
        case("pod-level limits only", [GPUS], ONE, resources={"limits": {"cpu": "4", "memory": "8Gi"}}),
        case("pod-level above the containers", [GPUS], asks(ONE, cpu="2"), resources=asks(cpu="40")),
        case(
            "pod-level beside an init container",
            [GPUS],
            ONE,
            resources=asks(cpu="4"),
            initContainers=[container("init", resources=asks(cpu="3"))],
        ),
        case("resource claim", [GPUS], resourceClaims=[{"name": "gpu", "resourceClaimTemplateName": "gpu"}]),
        case(
            "host port",
            [GPUS],
            containers=[container("a", resources=ONE, ports=[{"containerPort": 80, "hostPort": 8080}])],
        ),
        case(
            "spread over zones",
            [GPUS],
            ONE,
            topologySpreadConstraints=[
                {
                    "maxSkew": 1,
                    "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchLabels": {"spread": "zones"}},
                }
            ],
        ),
        case(
            "spread over capacity types",
            [GPUS],
            ONE,
            topologySpreadConstraints=[
                {
                    "maxSkew": 1,
                    "topologyKey": "karpenter.sh/capacity-type",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchLabels": {"spread": "capacity"}},
                }
            ],
        ),
        case(
            "spread over an unknown key",
            [GPUS],
            ONE,
            topologySpreadConstraints=[
                {
                    "maxSkew": 1,
                    "topologyKey": "example.com/rack",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchLabels": {"spread": "racks"}},
                }
            ],
        ),
        case("critical pod", [GPUS], ONE, priorityClassName="system-node-critical"),
    ]


def _disks() -> list[Case]:
    fifty, large = asks(ONE, ephemeral_storage="50Gi"), asks(ONE, ephemeral_storage="500Gi")
    ninety = asks(ephemeral_storage="90Gi")

    def disk(size: str, device: str = "/dev/xvda", **more: object) -> dict[str, object]:
        return {"deviceName": device, "ebs": {"volumeSize": size, "volumeType": "gp3"}, **more}

    bottlerocket = [{"alias": "bottlerocket@latest"}]
    return [
        case("17Gi on the default disk", [GPUS], asks(ONE, ephemeral_storage="17Gi")),
        case("18Gi on the default disk", [GPUS], asks(ONE, ephemeral_storage="18Gi")),
        case("50Gi on the default disk", [GPUS], fifty),
        case("50Gi on a disk of 60Gi", [GPUS], fifty, in_class={"blockDeviceMappings": [disk("60Gi")]}),
        case("50Gi on a disk of 50Gi", [GPUS], fifty, in_class={"blockDeviceMappings": [disk("50Gi")]}),
        case("disk of another device", [GPUS], fifty, in_class={"blockDeviceMappings": [disk("100Gi", "/dev/xvdb")]}),
        case(
            "root volume of another device",
            [GPUS],
            fifty,
            in_class={"blockDeviceMappings": [disk("20Gi"), disk("100Gi", "/dev/xvdb", rootVolume=True)]},
        ),
        case(
            "disk of a snapshot",
            [GPUS],
            fifty,
            in_class={
                "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"snapshotID": "snap-0123456789abcdef0"}}]
            },
        ),
        case("disk in decimal units", [GPUS], fifty, in_class={"blockDeviceMappings": [disk("100G")]}),
        case("500Gi on instance stores", [GPUS], large, in_class={"instanceStorePolicy": "RAID0"}),
        case("instance stores that are no NVMe", [INSTANCE_STORES], ninety, in_class={"instanceStorePolicy": "RAID0"}),
        case(
            "instance stores and a larger disk",
            [GPUS],
            asks(ONE, ephemeral_storage="900Gi"),
            in_class={"instanceStorePolicy": "RAID0", "blockDeviceMappings": [disk("1000Gi")]},
        ),
        case("bottlerocket", [GPUS], ONE, in_class={"amiSelectorTerms": bottlerocket}),
        case(
            "bottlerocket's second disk",
            [GPUS],
            fifty,
            in_class={"amiSelectorTerms": bottlerocket, "blockDeviceMappings": [disk("100Gi", "/dev/xvdb")]},
        ),
        case(
            "bottlerocket's first disk",
            [GPUS],
            fifty,
            in_class={"amiSelectorTerms": bottlerocket, "blockDeviceMappings": [disk("100Gi")]},
        ),
        case(
            "bottlerocket and instance stores",
            [GPUS],
            large,
            in_class={"amiSelectorTerms": bottlerocket, "instanceStorePolicy": "RAID0"},
        ),
        case("al2", [GPUS], ONE, in_class={"amiSelectorTerms": [{"alias": "al2@latest"}]}),
        case(
            "own AMI",
            [GPUS],
            ONE,
            in_class={"amiSelectorTerms": [{"id": "ami-0123456789abcdef0"}], "amiFamily": "AL2023"},
        ),
        case(
            "own AMI of a custom family",
            [GPUS],
            ONE,
            in_class={"amiSelectorTerms": [{"id": "ami-0123456789abcdef0"}], "amiFamily": "Custom"},
        ),
        case(
            "custom family and a disk",
            [GPUS],
            fifty,
            in_class={
                "amiSelectorTerms": [{"id": "ami-0123456789abcdef0"}],
                "amiFamily": "Custom",
                "blockDeviceMappings": [disk("100Gi", "/dev/sda1")],
            },
        ),
        case(
            "custom family and two disks",
            [GPUS],
            fifty,
            in_class={
                "amiSelectorTerms": [{"id": "ami-0123456789abcdef0"}],
                "amiFamily": "Custom",
                "blockDeviceMappings": [disk("100Gi", "/dev/sda1"), disk("30Gi", "/dev/sdb")],
            },
        ),
        case("own AMI without a family", [GPUS], ONE, in_class={"amiSelectorTerms": [{"id": "ami-0123456789abcdef0"}]}),
    ]


def _kubelet() -> list[Case]:
    def kubelet(**spec: object) -> dict[str, object]:
        return {"kubelet": spec}

    c8gn, tiny = [families("c8gn")], [families("t3", "t4g")]
    return [
        case("maxPods 1", [GPUS], ONE, in_class=kubelet(maxPods=1)),
        case("maxPods 0", [GPUS], ONE, in_class=kubelet(maxPods=0)),
        case("podsPerCore and maxPods", [SMALL], ONE, in_class=kubelet(podsPerCore=1, maxPods=3)),
        case("podsPerCore", [SMALL], ONE, in_class=kubelet(podsPerCore=2)),
        case(
            "maxPods and memory reserved for them",
            [types("g5.xlarge")],
            asks(ONE, memory="13Gi"),
            in_class=kubelet(maxPods=110),
        ),
        case(
            "kubeReserved",
            [GPUS],
            asks(ONE, cpu="3", memory="12Gi"),
            in_class=kubelet(kubeReserved={"cpu": "1", "memory": "2Gi"}),
        ),
        case(
            "systemReserved",
            [GPUS],
            asks(ONE, memory="13Gi"),
            in_class=kubelet(systemReserved={"cpu": "100m", "memory": "1Gi"}),
        ),
        case(
            "reserved disk",
            [GPUS],
            asks(ONE, ephemeral_storage="10Gi"),
            in_class=kubelet(systemReserved={"ephemeral-storage": "5Gi"}, kubeReserved={"ephemeral-storage": "4Gi"}),
        ),
        case(
            "hard eviction",
            [GPUS],
            asks(ONE, memory="13Gi"),
            in_class=kubelet(evictionHard={"memory.available": "1Gi"}),
        ),
        case(
            "hard eviction by percent",
            [GPUS],
            asks(ONE, memory="13Gi"),
            in_class=kubelet(evictionHard={"memory.available": "10%"}),
        ),
        case(
            "hard eviction off",
            [types("g5.xlarge")],
            asks(ONE, memory="14250Mi"),
            in_class=kubelet(evictionHard={"memory.available": "100%"}),
        ),
        case(
            "soft eviction",
            [GPUS],
            asks(ONE, memory="13Gi"),
            in_class=kubelet(
                evictionSoft={"memory.available": "1500Mi"}, evictionSoftGracePeriod={"memory.available": "1m"}
            ),
        ),
        case(
            "eviction by disk",
            [GPUS],
            asks(ONE, ephemeral_storage="17Gi"),
            in_class=kubelet(evictionHard={"nodefs.available": "20%"}),
        ),
        case("kubeReserved over memory", c8gn, None, in_class=kubelet(kubeReserved={"memory": "3Gi"})),
        case("kubeReserved over cpu", tiny, None, in_class=kubelet(kubeReserved={"cpu": "3"})),
        case(
            "bottlerocket and maxPods",
            [GPUS],
            asks(ONE, memory="13Gi"),
            in_class={"amiSelectorTerms": [{"alias": "bottlerocket@latest"}], **kubelet(maxPods=20)},
        ),
        case("prefixes of addresses", [families("t3", "g5")], None, in_class={"ipPrefixCount": 2}),
    ]
