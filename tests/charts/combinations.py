"""Typed options of the device plugins: a fixed list of combinations, and random ones."""

from hypothesis import strategies as st

from cdk8s_eks_gpu.charts.efa_chart import EFA
from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.charts.shapes import shipped_versions
from cdk8s_eks_gpu.config.eks_registries import EKS_REGISTRIES

KUBERNETES = ("1.29", "1.31", "1.34", "1.37")

REGISTRY = "r.example.com/mirror"
OTHER_TAINT = {"key": "example.com/team", "operator": "Equal", "value": "ml", "effect": "NoSchedule"}
DIGEST = f"v1@sha256:{'0' * 64}"

# What the plugin is asked for, as it stands in cluster.yaml, and what the cluster says beside it.
FIXED = {
    NVIDIA.name: {
        "defaults": ({}, {}),
        "without-gfd": ({"gpuFeatureDiscovery": False, "migStrategy": "none"}, {"efa": True}),
        "flags": (
            {
                "release": "x",
                "namespace": "gpu-operators",
                "migStrategy": "mixed",
                "failOnInitError": False,
                "deviceListStrategy": ["envvar", "cdi-cri"],
                "deviceIDStrategy": "index",
                "mofedEnabled": True,
            },
            {},
        ),
        "placement": (
            {
                "release": "my-nvidia-device-plugin",
                "namespace": "kube-system",
                "tolerations": [OTHER_TAINT, {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}],
                "nodeSelector": {"nodeType": "nvidia", "yes": "true"},
                "resources": {"requests": {"cpu": "50m", "memory": 67108864}, "limits": {"memory": "1Gi"}},
                "priorityClassName": "gpu",
            },
            {"image_registry": REGISTRY, "image_pull_secrets": ["login", "other"]},
        ),
        "images": (
            {
                "image": {"repository": "own.example.com:5000/plugin"},
                "nfdImage": {"tag": DIGEST},
                "imagePullSecrets": ["own"],
                "deviceListStrategy": ["volume-mounts"],
                "failOnInitError": True,
            },
            {"image_registry": REGISTRY, "image_pull_secrets": ["login"], "efa": True},
        ),
        "sharing": ({"timeSlicing": {"replicas": 4}, "release": "a" * 40}, {}),
        "configurations": (
            {
                "configurations": {
                    "shared": {"timeSlicing": {"replicas": 4, "failRequestsGreaterThanOne": True}},
                    "parts": {"mps": {"replicas": 2, "renameByDefault": False}, "migStrategy": "none"},
                    "devices": {
                        "migStrategy": "mixed",
                        "deviceListStrategy": ["volume-mounts", "cdi-annotations"],
                        "failOnInitError": False,
                        "timeSlicing": {"resources": [{"name": "nvidia.com/mig-1g.10gb", "replicas": 3}]},
                    },
                },
                "release": "node-feature-discovery",
                "tolerations": [OTHER_TAINT],
                "resources": {"limits": {"memory": "64Mi"}},
            },
            {},
        ),
        "a-default-without-gfd": (
            {
                "gpuFeatureDiscovery": False,
                "migStrategy": "none",
                "deviceListStrategy": ["envvar"],
                "configurations": {"default": {}, "Shared.1": {"timeSlicing": {"replicas": 2}}},
                "defaultConfiguration": "Shared.1",
                "imagePullSecrets": ["login"],
            },
            {"image_registry": REGISTRY},
        ),
    },
    EFA.name: {
        "defaults": ({}, {}),
        "bare": ({"tolerations": [], "release": "x", "namespace": "efa"}, {"region": "cn-north-1"}),
        "everything": (
            {
                "release": "my-aws-efa-k8s-device-plugin-of-a-team-with-a-name",
                "tolerations": [OTHER_TAINT],
                "nodeSelector": {"efa": "present"},
                "supportedInstanceTypes": ["p5.48xlarge", "p6-b200.48xlarge"],
                "resources": {"requests": {"cpu": 1}, "limits": {"memory": "64Mi"}},
                "image": {"tag": "v9"},
            },
            {"image_registry": REGISTRY, "image_pull_secrets": ["login"]},
        ),
    },
}

_word = st.from_regex(r"[a-z]([-a-z0-9]{0,10}[a-z0-9])?", fullmatch=True).filter(
    lambda word: word not in {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
)
_release = _word | st.sampled_from(
    ["nvdp", "my-nvidia-device-plugin", "node-feature-discovery", "aws-efa-k8s-device-plugin-2", "a" * 39, "b--" * 13]
).map(lambda name: name.strip("-"))
_label = st.sampled_from(["nodeType", "example.com/team", "karpenter.sh/nodepool"])
_label_value = st.sampled_from(["", "nvidia", "true", "1", "0755", "1e3", "a.b_c"])
_quantity = st.sampled_from(["50m", "64Mi", "1", "2Gi", "0.5"]) | st.integers(1, 10**9)
_toleration = st.fixed_dictionaries(
    {},
    optional={
        "key": _label,
        "operator": st.sampled_from(["Exists", "Equal"]),
        "value": _label_value,
        "effect": st.sampled_from(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
        "tolerationSeconds": st.integers(0, 10**6),
    },
)
_amounts = st.dictionaries(st.sampled_from(["cpu", "memory", "ephemeral-storage"]), _quantity, max_size=2)
_image = st.fixed_dictionaries(
    {},
    optional={
        "repository": st.sampled_from(["own.example.com:5000/a/b", "docker-user/plugin", "busybox"]),
        "tag": st.sampled_from(["v1", "latest", "1.0", DIGEST]),
    },
)
_placement = {
    "release": _release,
    "namespace": _word,
    "tolerations": st.lists(_toleration, max_size=3),
    "nodeSelector": st.dictionaries(_label, _label_value, max_size=2),
    "resources": st.fixed_dictionaries({}, optional={"requests": _amounts, "limits": _amounts}),
    "image": _image,
    "imagePullSecrets": st.lists(_word, max_size=2),
}
_flags = {
    "migStrategy": st.sampled_from(["none", "single", "mixed"]),
    "failOnInitError": st.booleans(),
    "deviceListStrategy": st.lists(
        st.sampled_from(["envvar", "volume-mounts", "cdi-annotations", "cdi-cri"]), min_size=1, max_size=3
    ),
    "deviceIDStrategy": st.sampled_from(["uuid", "index"]),
}
_time_slicing = st.fixed_dictionaries(
    {"replicas": st.integers(2, 20)},
    optional={"renameByDefault": st.booleans(), "failRequestsGreaterThanOne": st.booleans()},
)
_mps = st.fixed_dictionaries({"replicas": st.integers(2, 48)}, optional={"renameByDefault": st.booleans()})
_sharing = st.one_of(
    st.just({}), st.fixed_dictionaries({"timeSlicing": _time_slicing}), st.fixed_dictionaries({"mps": _mps})
)


@st.composite
def nvidia_options(draw):
    """Return what a user may write under `plugins.nvidia`."""
    options = draw(
        st.fixed_dictionaries(
            {},
            optional=_placement
            | {
                "version": st.sampled_from(shipped_versions(NVIDIA)),
                "priorityClassName": st.sampled_from(["gpu", "system-node-critical", "a.b"]),
                "nfdImage": _image,
                "mofedEnabled": st.booleans(),
            },
        )
    )
    flags = draw(st.fixed_dictionaries({}, optional=_flags))
    if draw(st.booleans()):
        others = {key: value for key, value in _flags.items() if key not in flags}
        names = draw(st.lists(st.sampled_from(["default", "shared", "B.1", "a_b"]), min_size=1, unique=True))
        options["configurations"] = {
            name: draw(st.fixed_dictionaries({}, optional=others)) | draw(_sharing) for name in names
        }
        if draw(st.booleans()):
            options["defaultConfiguration"] = draw(st.sampled_from(names))
    else:
        options |= draw(_sharing)
    if draw(st.booleans()):
        options["gpuFeatureDiscovery"] = draw(st.booleans())
    return options | flags


efa_options = st.fixed_dictionaries(
    {},
    optional=_placement
    | {
        "version": st.sampled_from(shipped_versions(EFA)),
        "supportedInstanceTypes": st.lists(st.sampled_from(["p5.48xlarge", "g6.8xlarge"]), min_size=1, max_size=3),
    },
)

cluster_settings = st.fixed_dictionaries(
    {},
    optional={
        "image_registry": st.sampled_from([REGISTRY, "r:5000"]),
        "image_pull_secrets": st.lists(_word, max_size=2),
    },
)
regions = st.none() | st.sampled_from(sorted(EKS_REGISTRIES))
