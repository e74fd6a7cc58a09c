import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk8s_eks_gpu.charts.manifests import safe_manifests, without_descriptions


def manifest(kind, api_version="v1", name="x", **metadata):
    """Return a small object."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **metadata}}


def crd(scope):
    """Return a CRD whose schema is described at every place where a schema may be."""
    described = {"type": "string", "description": "words"}
    schema = {
        "description": "words",
        "properties": {
            "description": described,
            "list": {"items": described},
            "map": {"additionalProperties": described},
            "either": {"anyOf": [described], "x-kubernetes-validations": [{"rule": "true", "message": "words"}]},
        },
    }
    spec = {"group": "example.com", "names": {"kind": "Thing"}, "scope": scope}
    versions = [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]
    return manifest("CustomResourceDefinition", "apiextensions.k8s.io/v1") | {"spec": spec | {"versions": versions}}


@pytest.mark.parametrize("kind", ["DaemonSet", "ServiceAccount", "Role"])
def test_a_namespaced_object_gets_the_releases_namespace(kind):
    """What `helm install` would put into the release's namespace says so itself."""
    assert safe_manifests([manifest(kind)], "gpu")[0]["metadata"]["namespace"] == "gpu"


def test_a_namespace_that_the_chart_names_stays():
    """A chart may put an object into another namespace on purpose."""
    assert (
        safe_manifests([manifest("Role", namespace="kube-system")], "gpu")[0]["metadata"]["namespace"] == "kube-system"
    )


def test_a_cluster_scoped_object_has_no_namespace():
    """Charts that write a namespace on a ClusterRole are put right."""
    role = manifest("ClusterRole", "rbac.authorization.k8s.io/v1", namespace="gpu")
    assert "namespace" not in safe_manifests([role], "gpu")[0]["metadata"]


@pytest.mark.parametrize(("scope", "namespaces"), [("Cluster", [None]), ("Namespaced", ["gpu"])])
def test_custom_objects_follow_the_scope_of_their_crd(scope, namespaces):
    """Whether a custom object has a namespace is read from the CRD that comes with it."""
    result = safe_manifests([manifest("Thing", "example.com/v1"), crd(scope)], "gpu")
    assert [each["metadata"].get("namespace") for each in result if each["kind"] == "Thing"] == namespaces


@pytest.mark.parametrize("hook", ["post-delete", "pre-install,pre-upgrade", "test"])
def test_hooks_are_left_out(hook):
    """No hook of any kind is applied as if it were an ordinary object."""
    job = manifest("Job", "batch/v1", annotations={"helm.sh/hook": hook})
    assert safe_manifests([job, manifest("Service")], "gpu") == safe_manifests([manifest("Service")], "gpu")


def test_lists_become_their_items():
    """A List, even in a List, is taken apart: cdk8s and Argo CD want single objects."""
    inner = {"apiVersion": "v1", "kind": "List", "items": [manifest("Service", name="b")]}
    outer = {"apiVersion": "v1", "kind": "ServiceList", "items": [manifest("Service", name="a"), inner]}
    assert [each["metadata"]["name"] for each in safe_manifests([outer], "gpu")] == ["a", "b"]


def test_crds_lose_descriptions_and_nothing_else():
    """A property that is itself named `description` stays, and so do the messages of rules, which users see."""
    schema = safe_manifests([crd("Cluster")], "gpu")[0]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert schema == {
        "properties": {
            "description": {"type": "string"},
            "list": {"items": {"type": "string"}},
            "map": {"additionalProperties": {"type": "string"}},
            "either": {
                "anyOf": [{"type": "string"}],
                "x-kubernetes-validations": [{"rule": "true", "message": "words"}],
            },
        }
    }


schemas = st.recursive(
    st.fixed_dictionaries({"type": st.just("string")}, optional={"description": st.text()}),
    lambda child: st.fixed_dictionaries(
        {}, optional={"properties": st.dictionaries(st.sampled_from(["a", "description"]), child), "items": child}
    ),
)


@given(schemas)
def test_taking_descriptions_away_twice_is_taking_them_away_once(schema):
    """Nothing but descriptions is ever touched, so a second time changes nothing."""
    once = without_descriptions(schema)
    assert without_descriptions(once) == once
