"""What few manifests have, and Karpenter still decides about."""

import pytest
from tests.pure.provisioning.manifests import (
    ask,
    cluster,
    daemon_set,
    families,
    fit,
    names,
    nfd_worker,
    node_class,
    node_overlay,
    nvidia_plugin,
    pod,
    pool,
    reasons,
    requirement,
    workload,
)

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.provisioning.device_plugins import DEVICE_PLUGINS
from cdk8s_eks_gpu.provisioning.gpu_sharing import WHOLE, GpuSharing, sharing_configurations
from cdk8s_eks_gpu.provisioning.resource_claims import claimed_drivers, dra_driver
from cdk8s_eks_gpu.provisioning.slips import slips
from cdk8s_eks_gpu.provisioning.supply import Blocks, asks_for_unselected, supply
from cdk8s_eks_gpu.releases import karpenter_release
from cdk8s_eks_gpu.requirements import Requirement, Requirements
from cdk8s_eks_gpu.verify.snapshot import objects_of_data

TWO = "version: v1\nsharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 2}]}}\n"
OTHER = (
    "version: v1\nsharing: {mps: {resources: [{name: nvidia.com/mig-1g.10gb, replicas: 2}, {name: nvidia.com/gpu}]}}"
)
"""Shares another resource, and does not say how often nvidia.com/gpu."""


def launched(found):
    """Return the names of the types that the only pool launches."""
    (only,) = found.pools
    return set(names(only.types))


def sharing(strategies, **data):
    """Return how GPUs are shared on a node without labels, by a plugin that has these ways to choose by itself."""
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "configs"}, "data": data}
    container = {"name": "c", "image": "i", "env": [{"name": "FALLBACK_STRATEGIES", "value": strategies}]}
    plugin = workload("DaemonSet", initContainers=[container])
    return sharing_configurations(objects_of_data("test", [config_map, plugin])).of({})


@pytest.mark.parametrize(
    ("strategies", "data", "found"),
    [
        ("named,single", {"default": TWO, "other": OTHER}, GpuSharing(2)),
        ("single", {"default": TWO, "other": OTHER}, WHOLE),
        ("single", {"any": TWO}, GpuSharing(2)),
        ("single", {"any": TWO, "note": "read me"}, GpuSharing(2)),
        ("single", {"any": TWO, "plain": "version: v1\nflags: {}\n"}, WHOLE),
        ("named", {"any": TWO}, WHOLE),
        ("named,single", {"any": OTHER}, WHOLE),
        ("", {"default": TWO}, WHOLE),
    ],
)
def test_a_configuration_that_the_plugin_chooses_by_itself(strategies, data, found):
    """Without a label and a default it takes the one called default, or the only one, as its strategies allow."""
    assert sharing(strategies, **data) == found


def test_a_daemon_set_with_claims_is_no_overhead():
    """Karpenter leaves out DaemonSets whose claims it does not follow."""
    claims = [{"name": "gpu", "resourceClaimTemplateName": "gpu"}]
    small = pool(requirement(vocabulary.INSTANCE_TYPE, "In", "g4dn.xlarge"))
    agent = workload("DaemonSet", {"cpu": 3}, tolerations=[{"operator": "Exists"}])
    claiming = workload("DaemonSet", {"cpu": 3}, tolerations=[{"operator": "Exists"}], resourceClaims=claims)
    assert names(fit(small, agent, pod({"cpu": 3})).types) == []
    assert names(fit(small, claiming, pod({"cpu": 3})).types) == ["g4dn.xlarge"]


def test_a_region():
    """Every type is in the cluster's region, whichever that is, unless none is left."""
    for operator, values, launches in (("In", ["us-west-2"], True), ("NotIn", ["us-west-2"], True)):
        found = cluster(pool(families("p5"), requirement(vocabulary.REGION, operator, *values)))
        assert bool(launched(found)) == launches
    never = cluster(pool(families("p5"), requirement(vocabulary.REGION, "DoesNotExist")))
    assert not launched(never)


@pytest.mark.parametrize(
    ("alias", "build", "launches"),
    [
        ("windows2019@latest", "10.0.17763", True),
        ("windows2022@latest", "10.0.20348", True),
        ("windows2025@latest", "10.0.26100", True),
        ("windows2022@latest", "10.0.17763", False),
    ],
)
def test_a_windows_build(alias, build, launches):
    """The AMI family decides which build of Windows a node has."""
    windows = node_class(amiSelectorTerms=[{"alias": alias}])
    wanted = requirement(vocabulary.WINDOWS_BUILD, "In", build)
    system = requirement(vocabulary.OS, "In", "windows")
    assert bool(launched(cluster(pool(families("g4dn"), system, wanted), windows))) == launches


def test_an_overlay_and_a_limit_of_another_resource():
    """An overlay changes what a limit on its own resource leaves, and nothing else."""
    limited = pool(families("g4dn"), limits={"cpu": "1000", "example.com/x": "4"})
    overlay = node_overlay(families("g4dn"), example_com__x="8")
    found = cluster(limited, overlay)
    assert launched(found) == set()


def test_a_pool_that_has_no_slip_says_nothing():
    """A label of one's own that resembles none is no slip, nor is a value that leaves out."""
    (found,) = cluster(pool(requirement("team", "In", "a"), requirement(vocabulary.ARCH, "Exists"))).pools
    assert list(slips(found.instance_types.pool)) == []


def test_a_daemon_set_that_only_some_types_of_a_pool_keep_off():
    """A requirement on a label of types, on one of the pool, and on one that nobody sets are told apart."""
    selects = {vocabulary.INSTANCE_TYPE: "p5.48xlarge", "team": "a", "nobody": "sets"}
    agent = daemon_set(
        "efa", "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-efa-k8s-device-plugin", "", nodeSelector=selects
    )
    found = fit(pool(families("p5"), labels={"team": "a"}), agent)
    assert names(found.types) == []
    other = fit(pool(families("p5"), labels={"team": "b"}), agent)
    assert names(other.types) == []


def test_the_worker_is_not_waited_for_where_it_has_landed():
    """On GPU types alone the label of the worker is there on each node."""
    found = fit(pool(families("p5")), nfd_worker(tolerations=[{"operator": "Exists"}]), nvidia_plugin())
    assert {each.family for each in found.types} == {"p5"}


def test_requirements_print_themselves():
    """In a failing test one reads what they are."""
    assert repr(Requirements([Requirement.of("team", "In", "a")])) == "Requirements(team In [a])"


def device_class(name, *expressions):
    """Return a DeviceClass that selects by CEL."""
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceClass",
        "metadata": {"name": name},
        "spec": {"selectors": [{"cel": {"expression": each}} for each in expressions]},
    }


@pytest.mark.parametrize(
    ("expressions", "drivers"),
    [
        (['device.driver == "gpu.nvidia.com"'], {"gpu.nvidia.com"}),
        (["device.driver == 'dra.net'"], {"dra.net"}),
        (["true", 'device.driver == "dra.net"'], {"dra.net"}),
        (['device.driver == "example.com"'], set()),
        ([], set()),
    ],
)
def test_a_device_class_of_ones_own(expressions, drivers):
    """Its CEL says whose devices a claim is on."""
    claim = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {"name": "claim"},
        "spec": {"devices": {"requests": [{"exactly": {"deviceClassName": "own"}}]}},
    }
    asks = pod(resourceClaims=[{"name": "a", "resourceClaimName": "claim"}])
    found = cluster(device_class("own", *expressions), claim, asks)
    assert {each.name for each in claimed_drivers(found, found.workloads[-1])} == drivers


@pytest.mark.parametrize(
    ("device_class", "driver", "gate", "resource"),
    [
        *(
            (name, "gpu.nvidia.com", "DRANVIDIAGPU", vocabulary.GPU)
            for name in ("gpu.nvidia.com", "mig.nvidia.com", "vfio.gpu.nvidia.com")
        ),
        ("efa.networking.k8s.aws", "dra.net", "DRAEFA", vocabulary.EFA),
    ],
)
def test_the_device_classes_of_a_driver(device_class, driver, gate, resource):
    """Those that its chart makes say whose devices a claim is on, and by which gate Karpenter launches for it."""
    claim = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {"name": "claim"},
        "spec": {"devices": {"requests": [{"exactly": {"deviceClassName": device_class}}]}},
    }
    found = cluster(claim, pod(resourceClaims=[{"name": "a", "resourceClaimName": "claim"}]))
    (claimed,) = claimed_drivers(found, found.workloads[-1])
    assert (claimed.name, claimed.gate, claimed.resource) == (driver, gate, resource)
    assert gate in {each.name for each in karpenter_release("1.15").dra_gates}


def test_claims_are_found_by_name_and_namespace():
    """A claim of another name, or of another namespace, is not the pod's."""

    def claim(name, namespace, device_class):
        requests = [{"firstAvailable": [{"deviceClassName": device_class}]}]
        return {
            "apiVersion": "resource.k8s.io/v1",
            "kind": "ResourceClaim",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"devices": {"requests": requests}},
        }

    asks = pod(resourceClaims=[{"name": "a", "resourceClaimName": "mine"}])
    others = claim("other", "default", "gpu.nvidia.com"), claim("mine", "elsewhere", "gpu.nvidia.com")
    found = cluster(*others, asks)
    assert claimed_drivers(found, found.workloads[-1]) == frozenset()
    found = cluster(*others, claim("mine", "default", "efa.networking.k8s.aws"), asks)
    assert {each.name for each in claimed_drivers(found, found.workloads[-1])} == {"dra.net"}


@pytest.mark.parametrize(
    ("image", "kind", "driver"),
    [
        ("registry.example.com/dra-driver-nvidia:1", "DaemonSet", "gpu.nvidia.com"),
        ("registry.example.com/dranet:1", "DaemonSet", "dra.net"),
        ("registry.example.com/dranet:1", "Deployment", None),
        ("registry.example.com/agent:1", "DaemonSet", None),
    ],
)
def test_a_driver_of_claims(image, kind, driver):
    """A driver is a DaemonSet that is known by its image."""
    (found,) = cluster(workload(kind, containers=[{"name": "c", "image": image}])).workloads
    known = dra_driver(found)
    assert (known and known.name) == driver


def test_a_claim_of_a_template():
    """A pod may name a template of claims, which has the claim's own spec inside its own."""
    claims = {"devices": {"requests": [{"exactly": {"deviceClassName": "gpu.nvidia.com"}}]}}
    template = {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaimTemplate",
        "metadata": {"name": "gpu"},
        "spec": {"spec": claims},
    }
    found = cluster(template, pod(resourceClaims=[{"name": "a", "resourceClaimTemplateName": "gpu"}]))
    assert {each.name for each in claimed_drivers(found, found.workloads[-1])} == {"gpu.nvidia.com"}


def test_reservations_by_all_that_selects_them():
    """A term without an id is told by its tags, its owner and how instances match, in this order."""
    terms = [{"tags": {"a": "1", "b": "2"}, "ownerID": "3", "instanceMatchCriteria": "targeted"}]
    reserved = requirement(vocabulary.CAPACITY_TYPE, "In", "reserved")
    (found,) = cluster(pool(families("p5"), reserved), node_class(capacityReservationSelectorTerms=terms)).pools
    ((selector,),) = [each.reservations for each in supply(found).sources]
    assert selector.startswith("tags a=1, b=2, owner 3")
    assert selector.endswith("targeted")


@pytest.mark.parametrize(
    ("kinds", "blocks"),
    [
        (["capacity-block"], "only"),
        (["capacity-block", "default"], "perhaps"),
        (["default"], "no"),
        ([], "perhaps"),
    ],
)
def test_capacity_blocks(kinds, blocks):
    """A pool launches from capacity blocks alone where it asks for nothing else, and never where it rules them out."""
    asked = [requirement(vocabulary.CAPACITY_RESERVATION_TYPE, "In", *kinds)] if kinds else []
    selects = node_class(capacityReservationSelectorTerms=[{"id": "cr-1"}])
    (found,) = cluster(pool(families("p5"), *asked), selects).pools
    assert supply(found).blocks is Blocks(blocks)


def test_zones():
    """Zones are told where the pool lists them, and not where it only leaves some out."""
    for operator, zones in (("In", ("a", "b")), ("NotIn", ())):
        (found,) = cluster(pool(families("p5"), requirement(vocabulary.ZONE, operator, "b", "a")), node_class()).pools
        assert supply(found).zones == zones


def test_a_variant_of_a_class():
    """A class that was made as a variant of another says so in an annotation."""
    variant = node_class()
    variant["metadata"]["annotations"] = {vocabulary.VARIANT_OF: "gpu"}
    (found,) = cluster(pool(families("p5")), variant).pools
    assert supply(found).variant_of == "gpu"
    (found,) = cluster(pool(families("p5")), node_class()).pools
    assert supply(found).variant_of == ""


@pytest.mark.parametrize(
    ("families_of", "sources"),
    [
        (["g4dn"], ("spot", "on-demand")),
        (["u-6tb1"], ("on-demand",)),
        (["u-6tb1", "p99"], ("spot", "on-demand")),
    ],
)
def test_spot_is_a_source_where_some_type_has_it(families_of, sources):
    """Types without a spot offering come on demand; of what nobody knows there may be both."""
    kinds = requirement(vocabulary.CAPACITY_TYPE, "In", "spot", "on-demand")
    (found,) = cluster(pool(families(*families_of), kinds), node_class()).pools
    assert supply(found).capacity_types == sources


@pytest.mark.parametrize(
    ("operator", "wanted", "terms", "expected"),
    [
        ("In", "cr-1", [{"id": "cr-1"}], False),
        ("In", "cr-9", [{"id": "cr-1"}], True),
        ("NotIn", "cr-9", [{"id": "cr-1"}], False),
        ("In", "cr-9", [{"tags": {"a": "b"}}], False),
        ("In", "cr-9", [], False),
    ],
)
def test_reservations_that_the_class_does_not_select(operator, wanted, terms, expected):
    """A pool asks in vain for a reservation by its id where its class selects others by theirs."""
    asks = pool(families("p5"), requirement(vocabulary.CAPACITY_RESERVATION_ID, operator, wanted))
    (found,) = cluster(asks, node_class(capacityReservationSelectorTerms=terms)).pools
    assert asks_for_unselected(found) == expected


@pytest.mark.parametrize(
    ("group", "name"), [({"name": "a"}, "a"), ({"id": "pg-1"}, "pg-1"), ({"name": "a", "id": "pg-1"}, "a"), (None, "")]
)
def test_a_placement_group(group, name):
    """It is told by its name, or else by its id."""
    (found,) = cluster(pool(families("p5")), node_class(placementGroupSelector=group)).pools
    assert supply(found).placement_group == name


def test_a_reservation_that_the_pool_rules_out():
    """Of the node class's reservations only those count that the pool's requirements leave."""
    terms = [{"id": "cr-1"}, {"id": "cr-2"}, {"tags": {"team": "ml"}, "ownerID": "1"}]
    only = requirement(vocabulary.CAPACITY_RESERVATION_ID, "NotIn", "cr-2")
    reserved = requirement(vocabulary.CAPACITY_TYPE, "In", "reserved")
    (found,) = cluster(pool(families("p5"), reserved, only), node_class(capacityReservationSelectorTerms=terms)).pools
    assert [(each.capacity_type, each.reservations) for each in supply(found).sources] == [
        ("reserved", ("cr-1", "tags team=ml, owner 1"))
    ]


def test_a_placeholder_is_no_slip():
    """What a template fills in later is no value that nobody has."""
    (found,) = cluster(pool(requirement(vocabulary.ARCH, "In", "{{ .Values.arch }}", "arm46"))).pools
    assert [(each.value, each.meant) for each in slips(found.instance_types.pool)] == [("arm46", "arm64")]


def test_two_pods_that_ask_for_the_same():
    """What types lack for one, they lack for the other."""
    found = ask(pool(families("g4dn")), pod({"cpu": 90}, name="a"), pod({"cpu": 90}, name="b"))
    first, second = ([reasons(each) for each in item.fits.values()] for item in found.workloads)
    assert first == second != [{}]


def test_a_worker_that_waits_for_labels_of_others():
    """NFD's worker finds features on any node; a plugin that waits for what nobody sets lands nowhere, and says why."""
    waits = daemon_set(
        "plugin",
        "nvcr.io/nvidia/k8s-device-plugin:v0.18.0",
        "nvidia-device-plugin",
        nodeSelector={
            "nvidia.com/gpu.product": "NVIDIA-H100",
            "nobody/sets": "this",
            vocabulary.ARCH: "arm64",
            vocabulary.OS: "linux",
        },
        affinity={
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [requirement("absent", "DoesNotExist")]}]
                }
            }
        },
    )
    found = fit(pool(families("p5"), labels={"team": "a"}), nfd_worker(), waits)
    (why,) = set(reasons(found).values())
    assert "nobody/sets" in why
    assert "nvidia.com/gpu.product" in why
    assert "arm64" in why


def test_what_sets_labels_does_so_for_gpus():
    """No row of the table sets labels on nodes with another device: who adds one has to say where they appear."""
    assert {plugin.device for plugin in DEVICE_PLUGINS if plugin.sets_labels} == {vocabulary.GPU}


def test_shortages_are_found_once():
    """A thousand pods that ask for the same cost no more than one."""
    (found,) = cluster(pool(families("g4dn"))).pools
    types = found.instance_types.overlaid
    assert types.shortages({"cpu": 10**6}, {}) is types.shortages({"cpu": 10**6}, {})
