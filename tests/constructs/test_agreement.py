"""Constructs write what the pure room says, for any configuration: what is explained is what is applied."""

import json

import cdk8s
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pure.objects.everything import smoke_test_objects, stack_objects

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.constructs import GpuStack

LABELS = st.dictionaries(st.sampled_from(["team", "example.com/x"]), st.sampled_from(["", "ml", "yes", "0755"]))
POOL = st.fixed_dictionaries(
    {"nodeClass": st.just("gpu")},
    optional={
        "architectures": st.lists(st.sampled_from(["amd64", "arm64"])),
        "labels": LABELS,
        "annotations": LABELS,
        "taints": st.lists(
            st.fixed_dictionaries(
                {"key": st.just("a"), "effect": st.just("NoExecute")}, optional={"value": st.just("b")}
            )
        ),
        "limits": st.dictionaries(
            st.sampled_from(["cpu", "memory"]), st.integers(0, 9) | st.sampled_from(["1", "2Ti"])
        ),
        "weight": st.integers(1, 100),
        "disruption": st.fixed_dictionaries(
            {"consolidateAfter": st.just("20m")}, optional={"budgets": st.lists(st.just({}))}
        ),
        "hugePages": st.sampled_from(["2Mi", "10Gi"]),
        "metadata": st.fixed_dictionaries({}, optional={"labels": LABELS, "annotations": LABELS}),
    },
)
PROFILES = st.just({}) | st.fixed_dictionaries(
    {"instanceTypes": st.sampled_from([["p5.48xlarge"], ["p6-b300.48xlarge"]])},
    optional={
        "efa": st.sampled_from(["ip-optimized", "bandwidth-optimized", "on-request", "none"]),
        "capacity": st.fixed_dictionaries(
            {},
            optional={
                "reservations": st.just(["cr-1", {"tags": {"team": "ml"}}]),
                "fallback": st.just(["on-demand", "spot"]),
                "placementGroup": st.just("train"),
                "zone": st.just("us-west-2a"),
            },
        )
        | st.just({"blocks": ["cr-2"]}),
    },
)
SMOKE_TEST = st.fixed_dictionaries(
    {},
    optional={
        "namespace": st.just("test"),
        "tolerations": st.lists(st.just({"operator": "Exists"})),
        "gpus": st.integers(1, 8),
        "labels": LABELS,
        "annotations": LABELS,
    },
)
WHOLE_NODES = {"namespace": st.just("test"), "tolerations": st.just([]), "labels": LABELS, "annotations": LABELS}
NODE_TEST = st.fixed_dictionaries({"instanceType": st.just("p5.48xlarge")}, optional=WHOLE_NODES)
NCCL_TEST = st.fixed_dictionaries(
    {"instanceType": st.just("p5.48xlarge"), "launcher": st.sampled_from(["job", "mpi-operator"])}, optional=WHOLE_NODES
)
CONFIG = st.fixed_dictionaries(
    {
        "cluster": st.just({"name": "training", "kubernetesVersion": "1.34", "karpenterVersion": "1.14.1"}),
        "nodeClasses": st.just(
            {"gpu": {"role": "nodes", "ami": "al2023@latest", "discovery": "training", "kubelet": {}}}
        ),
        "nodePools": st.dictionaries(
            st.sampled_from(["b", "gpu", "a.c"]),
            st.builds(
                lambda pool, profiles: {**pool, **profiles} if "architectures" not in pool else pool, POOL, PROFILES
            ),
            min_size=1,
        ),
    },
    optional={
        "plugins": st.fixed_dictionaries({}, optional={"nvidia": st.just({}), "efa": st.just({})}),
        "smokeTests": st.fixed_dictionaries(
            {}, optional={"gpu": SMOKE_TEST, "efa": SMOKE_TEST, "node": NODE_TEST, "nccl": NCCL_TEST}
        ),
        "delivery": st.fixed_dictionaries(
            {},
            optional={
                "argocd": st.fixed_dictionaries(
                    {},
                    optional={
                        "syncWaves": st.booleans(),
                        "smokeTests": st.sampled_from(["pods", "postSync", "application"]),
                        "smokeTestTimeout": st.just("1h30m"),
                    },
                )
            },
        ),
        "ignore": st.just(
            [
                {"rule": "ami/latest", "reason": "we follow it", "object": "EC2NodeClass/*"},
                {"rule": "instances/driver", "reason": "known"},
            ]
        ),
    },
)
EXTRA = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {team: ml}, annotations: {a: b}}
data: {a: "1"}
---
apiVersion: v1
kind: List
items:
- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}, rules: []}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: other}, immutable: true}
"""


@pytest.mark.filterwarnings("ignore::cdk8s_eks_gpu.errors.ConfigWarning")  # some of any configurations want advice
@given(CONFIG)
@settings(max_examples=30, deadline=None)
def test_constructs_write_the_manifests_of_the_configuration(data):
    """The same charts in the same order, the same objects in the same order, the same fields."""
    assert_constructs_agree(parse_cluster(json.dumps(data), "x"))


def test_constructs_write_the_users_own_manifests_too(tmp_path):
    """Whatever the files hold comes with the rest, in the same form."""
    (tmp_path / "own.yaml").write_text(EXTRA, encoding="utf-8")
    data = {
        "cluster": {"name": "training", "kubernetesVersion": "1.34", "karpenterVersion": "1.14.1"},
        "nodeClasses": {"gpu": {"role": "nodes", "ami": "al2023@latest", "discovery": "training"}},
        "nodePools": {"gpu": {"nodeClass": "gpu"}},
        "extraManifests": [str(tmp_path / "own.yaml")],
        "ignore": [{"rule": "apply/duplicate", "reason": "known", "object": "ConfigMap/*"}],
    }
    assert_constructs_agree(parse_cluster(json.dumps(data), str(tmp_path / "cluster.yaml")))


def assert_constructs_agree(config):
    """Compare what the constructs of a configuration write with what the pure room makes of it."""
    app, smoke_tests = cdk8s.App(), cdk8s.App()
    GpuStack(app, config, smoke_tests=smoke_tests)
    for scope, objects in ((app, stack_objects(config)), (smoke_tests, smoke_test_objects(config))):
        written = [(chart.node.id, chart.to_json()) for chart in scope.charts]
        assert written == list(objects.items())
