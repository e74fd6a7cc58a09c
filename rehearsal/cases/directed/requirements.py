"""What pools and pods require of labels."""

from __future__ import annotations

from rehearsal.cases.case import (
    AMD64,
    ARCH,
    CAPACITY,
    GPUS,
    INSTANCE,
    OS,
    TYPE,
    ZONE,
    Case,
    case,
    devices,
    families,
    preferred,
    required,
    requires,
    types,
)

ONE = devices(gpu=1)
METAL = families("g4dn", "g5g")


def cases() -> list[Case]:
    """Return the cases."""
    return [*_of_pools(), *_of_pods(), *_alternatives(), *_names()]


def _of_pools() -> list[Case]:
    every = requires("family", "Exists", min_values=5)
    return [
        case("one GPU", [AMD64, GPUS], ONE),
        case("eight GPUs", [AMD64, GPUS], devices(gpu=8)),
        case("sixteen GPUs", [AMD64, GPUS], devices(gpu=16)),
        case("no GPU asked of GPU pool", [AMD64, GPUS]),
        case("no requirements", [], ONE),
        case("arm64 GPUs", [requires(ARCH, "In", "arm64"), GPUS], ONE),
        case("types by name, one unknown", [types("p5.48xlarge", "g5.xlarge", "nosuch.large")], ONE),
        case("count Gt", [GPUS, requires("gpu-count", "Gt", 3)], ONE),
        case("count Lt", [GPUS, requires("gpu-count", "Lt", 2)], ONE),
        case("count Gte and Lte", [GPUS, requires("gpu-count", "Gte", 4), requires("gpu-count", "Lte", 4)], ONE),
        case("count Gt and Lt", [GPUS, requires("gpu-count", "Gt", 1), requires("gpu-count", "Lt", 8)], ONE),
        case("contradiction", [GPUS, families("g5"), requires("family", "NotIn", "g5")], ONE),
        case("type and family disagree", [types("g5.xlarge"), families("g6")], ONE),
        case("NotIn families", [GPUS, requires("family", "NotIn", "g5", "g6", "p5")], ONE),
        case("name DoesNotExist", [GPUS, requires("gpu-name", "DoesNotExist")]),
        case("local NVMe DoesNotExist", [GPUS, requires("local-nvme", "DoesNotExist")], ONE),
        case("local NVMe Gt", [GPUS, requires("local-nvme", "Gt", 1000)], ONE),
        case("network bandwidth Gte", [GPUS, requires("network-bandwidth", "Gte", 400_000)], ONE),
        case("EBS bandwidth Lt", [GPUS, requires("ebs-bandwidth", "Lt", 5000)], ONE),
        case("generation Gt", [GPUS, requires("generation", "Gt", 5)], ONE),
        case("memory Lte", [GPUS, requires("memory", "Lte", 65536)], ONE),
        case("GPU memory In", [GPUS, requires("gpu-memory", "In", 24576, 81920)], ONE),
        case("manufacturer NotIn", [GPUS, requires("gpu-manufacturer", "NotIn", "nvidia")]),
        case("CPU manufacturer In", [GPUS, requires("cpu-manufacturer", "In", "amd")], ONE),
        case("encryption in transit false", [GPUS, requires("encryption-in-transit-supported", "In", "false")], ONE),
        case("tenancy default", [GPUS, requires("tenancy", "In", "default")], ONE),
        case("tenancy dedicated", [GPUS, requires("tenancy", "In", "dedicated")], ONE),
        case("flex", [requires("category", "In", "c"), requires("capability-flex", "In", "true")]),
        case("hypervisor Exists on metal", [METAL, requires("hypervisor", "Exists")], ONE),
        case("hypervisor DoesNotExist on metal", [METAL, requires("hypervisor", "DoesNotExist")], ONE),
        case("hypervisor NotIn nitro on metal", [METAL, requires("hypervisor", "NotIn", "nitro")], ONE),
        case("hypervisor In empty on metal", [METAL, requires("hypervisor", "In", "")], ONE),
        case("hypervisor xen", [requires("hypervisor", "In", "xen"), requires("category", "In", "p", "g", "c")]),
        case("minValues met", [GPUS, every], ONE),
        case(
            "minValues not met by the pool",
            [
                families("g5", "g6"),
                requires("family", "In", "g5", "g6", min_values=2),
                requires("gpu-name", "In", "a10g"),
            ],
            ONE,
        ),
        case("minValues not met after the pod", [GPUS, requires("family", "Exists", min_values=10)], devices(gpu=8)),
        case("minValues of types", [GPUS, requires(TYPE, "Exists", min_values=45)], ONE),
        case("minValues of types, too many", [GPUS, requires(TYPE, "Exists", min_values=50)], devices(gpu=8)),
        case("minValues of an own label", [GPUS, requires("team", "In", "a", "b", min_values=2)], ONE),
        case(
            "minValues and the pod narrows",
            [GPUS, requires("family", "Exists", min_values=3)],
            ONE,
            selector={f"{INSTANCE}family": "g5"},
        ),
        case("minValues of zones", [GPUS, requires(ZONE, "Exists", min_values=3)], ONE),
        case("minValues of zones, too many", [GPUS, requires(ZONE, "Exists", min_values=4)], ONE),
        case("minValues of capacity types", [GPUS, requires(CAPACITY, "In", "spot", "on-demand", min_values=2)], ONE),
        case(
            "two minValues",
            [GPUS, requires("family", "Exists", min_values=4), requires("size", "Exists", min_values=5)],
            ONE,
        ),
    ]


def _of_pods() -> list[Case]:
    return [
        case("pod selects a GPU", [GPUS], ONE, selector={f"{INSTANCE}gpu-name": "l40s"}),
        case("pod selects arm64 of open pool", [GPUS], ONE, selector={ARCH: "arm64"}),
        case("pod selects windows", [GPUS], ONE, selector={OS: "windows"}),
        case("pod requires hypervisor", [METAL], ONE, affinity=required([requires("hypervisor", "Exists")])),
        case("pod requires memory Gt", [GPUS], ONE, affinity=required([requires("gpu-memory", "Gt", 40000)])),
        case(
            "pod requires what the pool excludes",
            [GPUS, requires("family", "NotIn", "g6")],
            ONE,
            selector={f"{INSTANCE}family": "g6"},
        ),
        case(
            "pod and pool share two families",
            [families("g5", "g6", "g6e")],
            ONE,
            affinity=required([families("g6", "g6e", "p5")]),
        ),
        case("pod NotIn a label that the pool lacks", [GPUS], ONE, affinity=required([requires("team", "NotIn", "a")])),
        case(
            "pod DoesNotExist a label that the pool lacks",
            [GPUS],
            ONE,
            affinity=required([requires("team", "DoesNotExist")]),
        ),
        case("pod Exists a label that the pool lacks", [GPUS], ONE, affinity=required([requires("team", "Exists")])),
        case(
            "pod Exists a label that the pool has",
            [GPUS],
            ONE,
            pool={"labels": {"team": "a"}},
            affinity=required([requires("team", "Exists")]),
        ),
        case(
            "pod selects a label of the template", [GPUS], ONE, pool={"labels": {"team": "a"}}, selector={"team": "a"}
        ),
        case(
            "pod selects another value of the template",
            [GPUS],
            ONE,
            pool={"labels": {"team": "a"}},
            selector={"team": "b"},
        ),
        case("own label Exists, pod chooses", [GPUS, requires("team", "Exists")], ONE, selector={"team": "a"}),
        case("own label In, pod chooses", [GPUS, requires("team", "In", "a", "b")], ONE, selector={"team": "b"}),
        case(
            "own label In, pod chooses another", [GPUS, requires("team", "In", "a", "b")], ONE, selector={"team": "c"}
        ),
        case("own label Gt, pod chooses", [GPUS, requires("rank", "Gt", 5)], ONE, selector={"rank": "7"}),
        case(
            "own label DoesNotExist, pod chooses", [GPUS, requires("team", "DoesNotExist")], ONE, selector={"team": "a"}
        ),
        case("own label NotIn, pod chooses", [GPUS, requires("team", "NotIn", "b")], ONE, selector={"team": "a"}),
        case("name of the pool is another", [GPUS], ONE, nodeSelector={"karpenter.sh/nodepool": "nosuch"}),
        case("pod selects the GPU operator's label", [GPUS], ONE, selector={"nvidia.com/gpu.present": "true"}),
        case("pod selects GFD's label", [GPUS], ONE, selector={"nvidia.com/gpu.product": "NVIDIA-L4"}),
        case(
            "pod selects GFD's label of the template",
            [GPUS],
            ONE,
            pool={"labels": {"nvidia.com/gpu.present": "true"}},
            selector={"nvidia.com/gpu.present": "true"},
        ),
    ]


def _alternatives() -> list[Case]:
    own = [requires("team", "In", "a")]
    return [
        case("two terms, both hold", [GPUS], ONE, affinity=required([families("g5")], [families("g6")])),
        case("two terms, the first fails", [GPUS], ONE, affinity=required(own, [families("g6")])),
        case("three terms, the last holds", [GPUS], ONE, affinity=required(own, [families("m5")], [families("p5")])),
        case("two terms, none holds", [GPUS], ONE, affinity=required(own, [families("m5")])),
        case(
            "two terms, the first is too small",
            [GPUS],
            devices(gpu=8),
            affinity=required([requires("gpu-count", "Lt", 4)], [requires("gpu-count", "Gt", 3)]),
        ),
        case(
            "term with two keys",
            [GPUS],
            ONE,
            affinity=required([families("g5", "g6"), requires("size", "In", "xlarge", "48xlarge")]),
        ),
        case("preference", [GPUS], ONE, affinity=preferred((1, [families("g6")]))),
        case("preference that cannot be", [GPUS], ONE, affinity=preferred((1, [families("m5")]))),
        case(
            "two preferences",
            [GPUS],
            ONE,
            affinity=preferred((10, [families("g6", "g6e")]), (50, [requires("gpu-count", "In", 4)])),
        ),
        case(
            "two preferences that exclude each other",
            [GPUS],
            ONE,
            affinity=preferred((10, [families("g6")]), (50, [families("g5")])),
        ),
        case(
            "preference beside a requirement",
            [GPUS],
            ONE,
            affinity={**required([families("g5", "g6")]), **preferred((1, [requires("gpu-count", "Gt", 3)]))},
        ),
        case("preference of an unknown label", [GPUS], ONE, affinity=preferred((1, [requires("team", "In", "a")]))),
        case("preference too small for the pod", [GPUS], devices(gpu=8), affinity=preferred((1, [families("g4dn")]))),
        case(
            "preference beside two terms",
            [GPUS],
            ONE,
            affinity={
                **required([families("g5")], [families("g6")]),
                **preferred((1, [requires("gpu-count", "Gt", 7)])),
            },
        ),
        case(
            "preference before the second term",
            [GPUS],
            ONE,
            affinity={
                **required([families("g4dn"), requires("gpu-count", "Gt", 8)], [families("g6")]),
                **preferred((1, [requires("size", "In", "xlarge")])),
            },
        ),
    ]


def _names() -> list[Case]:
    return [
        case("beta arch on the pool", [GPUS, requires("beta.kubernetes.io/arch", "In", "arm64")], ONE),
        case("beta instance type on the pod", [GPUS], ONE, selector={"beta.kubernetes.io/instance-type": "g5.xlarge"}),
        case(
            "old zone label on the pod", [GPUS], ONE, selector={"failure-domain.beta.kubernetes.io/zone": "us-west-2a"}
        ),
        case("EBS zone on the pod", [GPUS], ONE, selector={"topology.ebs.csi.aws.com/zone": "us-west-2a"}),
        case("EBS zone on the pool", [GPUS, requires("topology.ebs.csi.aws.com/zone", "In", "us-west-2a")], ONE),
        case(
            "EBS zone against the pool's",
            [GPUS, requires(ZONE, "In", "us-west-2b")],
            ONE,
            selector={"topology.ebs.csi.aws.com/zone": "us-west-2a"},
        ),
        case("region on the pool", [GPUS, requires("topology.kubernetes.io/region", "In", "us-west-2")], ONE),
        case("region on the pod", [GPUS], ONE, selector={"topology.kubernetes.io/region": "us-west-2"}),
        case("hostname on the pod", [GPUS], ONE, selector={"kubernetes.io/hostname": "x"}),
        case("registered on the pod", [GPUS], ONE, selector={"karpenter.sh/registered": "true"}),
        case("initialized on the pod", [GPUS], ONE, selector={"karpenter.sh/initialized": "true"}),
        case("node class on the pod", [GPUS], ONE, selector={"karpenter.k8s.aws/ec2nodeclass": "x"}),
        case(
            "node restriction",
            [GPUS],
            ONE,
            pool={"labels": {"node-restriction.kubernetes.io/x": "y"}},
            selector={"node-restriction.kubernetes.io/x": "y"},
        ),
        case("label in kubernetes.io on the pool", [GPUS], ONE, pool={"labels": {"foo.kubernetes.io/x": "y"}}),
        case("label in k8s.io on the pod", [GPUS], ONE, selector={"foo.k8s.io/x": "y"}),
        case("kops label on the pod", [GPUS], ONE, selector={"kops.k8s.io/instancegroup": "x"}),
        case("windows build on the pod", [GPUS], ONE, selector={"node.kubernetes.io/windows-build": "10.0.20348"}),
        case("arch typo", [GPUS, requires(ARCH, "In", "x86_64")], ONE),
    ]
