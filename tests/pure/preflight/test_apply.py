"""Applying the manifests: hooks, namespaces, order, duplicates, references, images."""

import yaml
from tests.pure.preflight.stacks import checked, daemon_set, found, node_class, nvidia_plugin, pod, pool

from cdk8s_eks_gpu.preflight import check


def rules_of(*manifests):
    """Return what the group apply says."""
    return found(checked(*manifests, only=["apply"]))


def config(name="settings", namespace="kube-system", **metadata):
    """Return a ConfigMap."""
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **place, **metadata}}


def namespace(name):
    """Return a Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def crd(group, kind, scope="Namespaced"):
    """Return what matters here of a CustomResourceDefinition."""
    spec = {"group": group, "scope": scope, "names": {"kind": kind, "plural": f"{kind.lower()}s"}, "versions": []}
    metadata = {"name": f"{kind.lower()}s.{group}"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": spec,
    }


def test_a_stack_in_order_is_clean():
    """Nothing is said of manifests that can be applied as they are."""
    assert rules_of(namespace("own"), config(namespace="own"), pool(), node_class(), nvidia_plugin(), pod()) == []


def test_a_delete_hook_is_an_error_and_other_hooks_are_not_run():
    """Kubectl would apply a hook for deletion at once, and any other hook like any object."""
    assert rules_of(config(annotations={"helm.sh/hook": "post-delete"})) == ["apply/delete-hook ConfigMap/settings"]
    assert rules_of(config(annotations={"helm.sh/hook": "pre-install"})) == ["apply/hook ConfigMap/settings"]


def test_namespaces_are_said_where_they_belong_and_only_there():
    """A namespaced object says its namespace, a cluster-scoped one does not; bare pods and jobs are one-off."""
    assert rules_of(config(namespace=None)) == ["apply/namespace-missing ConfigMap/settings"]
    assert rules_of(pod()) == []
    misplaced = node_class()
    misplaced["metadata"]["namespace"] = "kube-system"
    assert rules_of(misplaced) == ["apply/namespace-unwanted EC2NodeClass/gpu"]


def test_a_crd_among_the_manifests_says_the_scope_of_its_kind():
    """A custom kind is cluster-scoped when its CRD says so."""
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a", "namespace": "default"}}
    assert rules_of(crd("example.com", "Thing", "Cluster"), thing) == ["apply/namespace-unwanted Thing/a"]


def test_a_namespace_that_nothing_creates_is_reported_once():
    """Two objects in a namespace that is neither Kubernetes' own nor made here."""
    assert rules_of(config("a", "own"), config("b", "own")) == ["apply/namespace-absent ConfigMap/a"]


def test_what_others_need_comes_first():
    """A Namespace after its objects, and a CRD after objects of its kind, come too late."""
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a", "namespace": "default"}}
    assert rules_of(config(namespace="own"), namespace("own")) == ["apply/applied-too-late Namespace/own"]
    assert rules_of(thing, crd("example.com", "Thing")) == [
        "apply/applied-too-late CustomResourceDefinition/things.example.com"
    ]


def test_node_feature_discovery_needs_its_crds():
    """`helm template` without --include-crds leaves NFD's CRDs out."""
    master = daemon_set("nfd-master", "registry.k8s.io/nfd/node-feature-discovery:v0.17.3", "nfd-master")
    master["kind"] = "Deployment"
    assert rules_of(master) == ["apply/crd-missing Deployment/nfd-master"]
    assert rules_of(crd("nfd.k8s-sigs.io", "NodeFeature"), master) == []


def test_duplicates_in_a_file_are_errors_and_across_files_one_warning():
    """The same object twice in a file; files that share objects are named once, however many they share."""
    assert rules_of(config(), config()) == ["apply/duplicate ConfigMap/settings"]
    text = yaml.safe_dump_all([config("a"), config("b")])
    report = check({"one.yaml": text, "two.yaml": text}, only=["apply"])
    assert found(report) == ["apply/duplicate-elsewhere ConfigMap/a"]
    assert "1 more" in report.findings[0].message


def test_images_have_a_tag_or_a_digest():
    """An image with neither is a warning; a registry's port is no tag."""
    images = ["train", "registry:5000/train", "train:1", "train:latest", "train@sha256:0123"]
    bad = [bool(rules_of(daemon_set("one", image, "run"))) for image in images]
    assert bad == [True, True, False, False, False]


def test_privileged_containers_are_device_plugins():
    """A privileged container is a warning unless its image is known to need it."""
    plain, plugin = daemon_set("one", "train:1", "run"), daemon_set("two", "nvcr.io/nvidia/k8s-device-plugin:v1", "run")
    for each in (plain, plugin):
        each["spec"]["template"]["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    assert rules_of(plain, plugin) == ["apply/privileged DaemonSet/one"]


def test_node_classes_that_are_referred_to_are_there():
    """A slip in nodeClassRef is an error with a hint; a node class that may be in the cluster is a warning."""
    report = checked(pool(node_class="gpu-nods"), node_class("gpu-nodes"), only=["apply"])
    assert found(report) == ["apply/node-class-missing NodePool/gpu"]
    assert "did you mean 'gpu-nodes'" in report.findings[0].message
    assert rules_of(pool()) == ["apply/node-class-elsewhere NodePool/gpu"]
