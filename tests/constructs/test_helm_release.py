import pytest

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.release import inputs, key_of
from cdk8s_eks_gpu.config.helm import JsonPatchOperation, ObjectSelector, Patch
from cdk8s_eks_gpu.constructs import HelmRelease, HelmReleaseOptions
from cdk8s_eks_gpu.objects.labels import managed

MINIMAL = HelmReleaseOptions(
    repository="https://charts.example.com",
    chart="thing",
    version="1.0.0",
    release="my-thing",
    namespace="things",
    kubernetes_version="1.34",
)
MANIFESTS = [
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "x",
            "namespace": "things",
            "labels": {"a": "b"},
            "annotations": {"c": "d"},
            "finalizers": ["example.com/stay"],
        },
        "type": "Opaque",
        "stringData": {"answer": "yes", "mode": "0755"},
    },
    {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "x"}, "rules": []},
]


def save(options):
    """Store what the release is said to render to."""
    digest = "0" * 64
    decided_by = inputs(options, digest)
    pin = pins.Pin(options.repository, options.chart, options.version, digest)
    name = store.stem(options.chart, options.version, key_of(decided_by))
    store.save(store.project_store(), name, pin, {"inputs": decided_by, "manifests": MANIFESTS})


@pytest.fixture(autouse=True)
def _store(tmp_path, monkeypatch):
    """Run each test in a project whose store is its own."""
    monkeypatch.chdir(tmp_path)


def test_minimal(chart, manifests):
    """A release is its namespace and its objects as they are, with our label, whatever namespace the chart has."""
    save(MINIMAL)
    release = HelmRelease(chart, "release", MINIMAL)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "things"}}
    assert list(manifests(chart).values()) == list(map(managed, [namespace, *MANIFESTS]))
    assert list(release.objects) == ["Namespace/things", "Secret/things/x", "ClusterRole/x"]


def test_all_options(chart, manifests, tmp_path, assert_every_option_is_set):
    """Values decide what is looked for; exclusions and patches decide what is left of it."""
    (tmp_path / "values.yaml").write_text("a: 1", encoding="utf-8")
    options = HelmReleaseOptions(
        **MINIMAL.model_dump(exclude_unset=True),
        values_files=["values.yaml"],
        values=[{"b": None}],
        create_namespace=False,
        namespace_labels={"team": "ml"},
        exclude=[ObjectSelector(kind="ClusterRole")],
        patches=[
            Patch(
                target=ObjectSelector(kind="Secret", name="x", namespace="things"),
                defaults={"immutable": True, "type": "never taken"},
                json_patch=[
                    JsonPatchOperation(op="replace", path="/stringData/answer", value="no"),
                    JsonPatchOperation(op="move", source="/stringData/mode", path="/stringData/umask"),
                ],
            )
        ],
    )
    assert_every_option_is_set(options)
    save(options)
    HelmRelease(chart, "release", options)
    secret = manifests(chart)["Secret/x"]
    assert (secret["immutable"], secret["type"]) == (True, "Opaque")
    assert secret["stringData"] == {"answer": "no", "umask": "0755"}
    assert list(manifests(chart)) == ["Secret/x"]


def test_the_namespace_has_its_labels(chart, manifests):
    """Where a cluster enforces a level of Pod Security, the namespace says which it needs."""
    labels = {"pod-security.kubernetes.io/enforce": "privileged"}
    options = MINIMAL.model_copy(update={"namespace_labels": labels})
    save(options)
    HelmRelease(chart, "release", options)
    assert manifests(chart)["Namespace/things"]["metadata"]["labels"].items() > labels.items()


@pytest.mark.parametrize("namespace", ["default", "kube-node-lease", "kube-public", "kube-system"])
def test_the_namespaces_of_kubernetes_are_never_created(chart, namespace):
    """A second owner of kube-system would delete it with the app."""
    options = MINIMAL.model_copy(update={"namespace": namespace})
    save(options)
    assert f"Namespace/{namespace}" not in HelmRelease(chart, "release", options).objects


def test_a_users_app_can_add_to_an_object(chart, manifests):
    """The objects are ordinary cdk8s objects: labels can be added after the fact."""
    save(MINIMAL)
    HelmRelease(chart, "release", MINIMAL).objects["Secret/things/x"].metadata.add_label("team", "ml")
    assert manifests(chart)["Secret/x"]["metadata"]["labels"].items() > {"a": "b", "team": "ml"}.items()
