"""What a folder is: manifests, kustomizations, charts, and what belongs to other tools."""

import json
import shutil
import subprocess

import pytest
import yaml

from cdk8s_eks_gpu.manifests import kustomizations, read_documents, read_paths, sources

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main", "image": "web:1", "env": [{"name": "A", "value": "1"}]}]},
        },
    },
}
PATCH = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "template": {
            "spec": {
                "containers": [
                    {"name": "main", "env": [{"name": "B", "value": "2"}, {"name": "A", "$patch": "delete"}]},
                    {"name": "beside", "image": "beside:1"},
                ],
                "nodeSelector": {"team": "ml"},
            }
        }
    },
}
ROLE = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": "old"}}


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file of text, or of YAML, and gives the folder."""

    def write_file(name, *contents):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(contents[0] if isinstance(contents[0], str) else yaml.safe_dump_all(contents))
        return str(tmp_path)

    return write_file


def checked(folder):
    """Return kind and name of what is judged in the folder."""
    return [f"{each.kind}/{each.name}" for each in read_paths([folder]).objects]


def beside(folder):
    """Return what is met in the folder and not judged, with its path below the folder."""
    return [(each.what, each.path.removeprefix(folder).lstrip("/")) for each in read_paths([folder]).not_checked]


OVERLAY = {
    "resources": ["../base"],
    "namespace": "team",
    "namePrefix": "dev-",
    "labels": [{"pairs": {"team": "ml"}, "includeSelectors": True}],
    "images": [{"name": "web", "newTag": "2"}],
    "replicas": [{"name": "web", "count": 3}],
    "patches": [
        {"path": "patch.yaml"},
        {
            "target": {"kind": "Deployment"},
            "patch": '[{"op": "add", "path": "/spec/template/spec/priorityClassName", "value": "high"}]',
        },
    ],
}


def test_a_kustomization_is_checked_by_what_it_renders(write):
    """Neither the base nor the patch is judged by itself, and what comes of them is at the base's file and line."""
    write("base/kustomization.yaml", {"resources": ["web.yaml"]})
    write("base/web.yaml", DEPLOYMENT, ROLE)
    write("dev/patch.yaml", PATCH)
    folder = write("dev/kustomization.yaml", OVERLAY)
    read = read_paths([folder])
    web, account = read.objects
    spec = web.data["spec"]["template"]["spec"]
    assert (web.name, web.namespace, account.namespace) == ("dev-web", "team", "team")
    assert [each["name"] for each in spec["containers"]] == ["main", "beside"]
    assert spec["containers"][0]["image"] == "web:2"
    assert [each["name"] for each in spec["containers"][0]["env"]] == ["B"]
    assert (spec["nodeSelector"], spec["priorityClassName"]) == ({"team": "ml"}, "high")
    assert web.data["spec"]["replicas"] == 3
    assert web.data["spec"]["selector"]["matchLabels"] == {"app": "web", "team": "ml"}
    assert (web.file, web.line(("kind",))) == (f"{folder}/base/web.yaml", 2)
    assert read.kustomizations == (f"{folder}/dev",)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl")
def test_kubectl_makes_the_same_of_it(write):
    """The build is the one of `kubectl kustomize`."""
    write("base/kustomization.yaml", {"resources": ["web.yaml"]})
    write("base/web.yaml", DEPLOYMENT, ROLE)
    write("dev/patch.yaml", PATCH)
    folder = write("dev/kustomization.yaml", OVERLAY)
    text = subprocess.run(
        ["kubectl", "kustomize", f"{folder}/dev"],  # noqa: S607 -- whichever is on the path
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    theirs = {each.data["kind"]: each.data for each in read_documents(text)}
    assert {each.kind: each.data for each in read_paths([folder]).objects} == theirs


def test_the_lists_of_custom_kinds_are_replaced_and_objects_can_be_deleted(write):
    """Kustomize knows how to merge the lists of Kubernetes' own kinds only."""
    own = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    write("thing.yaml", {**own, "spec": {"ports": [{"port": 1}]}}, ROLE)
    write("remove.yaml", {**ROLE, "$patch": "delete"})
    folder = write(
        "kustomization.yaml",
        {
            "resources": ["thing.yaml"],
            "patchesStrategicMerge": [json.dumps({**own, "spec": {"ports": [{"port": 2}]}}), "remove.yaml"],
        },
    )
    (thing,) = read_paths([folder]).objects
    assert thing.data["spec"]["ports"] == [{"port": 2}]


def test_what_cannot_be_built_is_said_with_the_reason(write):
    """A missing file and a remote resource are named; the rest of the folder is judged."""
    write("broken/kustomization.yaml", {"resources": ["gone.yaml"]})
    write("remote/kustomization.yaml", {"resources": ["https://example.com/a.yaml", "role.yaml"]})
    write("remote/role.yaml", ROLE)
    folder = write("plain/web.yaml", DEPLOYMENT)
    assert checked(folder) == ["Deployment/web", "ServiceAccount/web"]
    assert beside(folder) == [("kustomization", "broken"), ("remote resource", "https://example.com/a.yaml")]
    assert "gone.yaml is not there" in read_paths([folder]).not_checked[0].advice


def test_a_kustomization_that_takes_in_itself_or_has_a_bad_target_is_said(write):
    """Neither a circle of folders nor a target that is no regular expression ends the run."""
    write("a/kustomization.yaml", {"resources": ["../b"]})
    write("b/kustomization.yaml", {"resources": ["../a"]})
    write("web.yaml", DEPLOYMENT)
    operation = {"op": "add", "path": "/metadata/labels", "value": {"team": "ml"}}
    patch = {"patch": json.dumps([operation]), "target": {"name": "*"}}
    folder = write("kustomization.yaml", {"resources": ["web.yaml"], "patches": [patch]})
    bad, circle = read_paths([folder]).not_checked
    assert "nothing to repeat" in bad.advice
    assert circle.advice == f"{folder}/a takes in itself"


def test_a_base_is_built_once_for_all_that_take_it_in(write, monkeypatch):
    """What overlays share is neither read nor built again, and no overlay sees the changes of another."""
    write("base/kustomization.yaml", {"resources": ["web.yaml"], "namePrefix": "a-"})
    write("base/web.yaml", DEPLOYMENT)
    for team in ("dev", "prod"):
        folder = write(f"{team}/kustomization.yaml", {"resources": ["../base"], "nameSuffix": f"-{team}"})
    read = []
    monkeypatch.setattr(sources, "read_text", lambda file, text=sources.read_text: read.append(file) or text(file))
    assert checked(folder) == ["Deployment/a-web-dev", "Deployment/a-web-prod"]
    assert read.count(f"{folder}/base/web.yaml") == 1


def test_kubectl_is_not_asked_for_what_needs_the_network(write, monkeypatch):
    """A remote resource of a base keeps kubectl out, which would fetch it."""
    base = {"resources": ["https://example.com/a.yaml"], "replacements": [{"path": "x.yaml"}]}
    write("base/kustomization.yaml", base)
    folder = write("dev/kustomization.yaml", {"resources": ["../base"]})
    monkeypatch.setattr(kustomizations.subprocess, "run", lambda *_, **__: pytest.fail("kubectl was asked"))
    monkeypatch.setattr(kustomizations.shutil, "which", lambda _: "kubectl")
    assert beside(folder) == [("kustomization", "dev")]


def test_a_component_changes_what_takes_it_in(write):
    """A component is no kustomization of its own: it patches the objects of the one that names it."""
    write("parts/team/kustomization.yaml", {"kind": "Component", "commonLabels": {"team": "ml"}})
    write("web.yaml", DEPLOYMENT)
    folder = write("kustomization.yaml", {"resources": ["web.yaml"], "components": ["parts/team"]})
    (web,) = read_paths([folder]).objects
    assert web.metadata["labels"] == {"team": "ml"}


@pytest.mark.parametrize(
    "kustomization",
    [
        {"kind": "Component", "patches": [{"path": "more/web.yaml"}]},
        {"kind": "Component", "patchesStrategicMerge": ["more/web.yaml", "{a: b}\n"]},
        {"resources": ["gone.yaml"], "patches": [{"path": "more/web.yaml", "target": {"kind": "Deployment"}}, "a"]},
        {"resources": ["gone.yaml"], "patchesJson6902": [{"path": "more/web.yaml"}, {"patch": "[]"}]},
        {"resources": ["gone.yaml"], "transformers": ["more/web.yaml"]},
    ],
)
def test_a_patch_is_no_manifest(write, kustomization):
    """Neither that of a component which nothing takes in, nor that of a kustomization which cannot be built."""
    folder = write("web.yaml", ROLE)
    write("part/kustomization.yaml", kustomization)
    write("part/more/web.yaml", {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}})
    assert checked(folder) == ["ServiceAccount/web"]


def test_overlays_that_share_a_base_repeat_nothing(write):
    """What two overlays make of an object is judged for each, and once where they leave it as it is."""
    write("base/kustomization.yaml", {"resources": ["web.yaml"]})
    write("base/web.yaml", DEPLOYMENT, ROLE)
    write("dev/kustomization.yaml", {"resources": ["../base"], "replicas": [{"name": "web", "count": 2}]})
    folder = write("prod/kustomization.yaml", {"resources": ["../base"], "replicas": [{"name": "web", "count": 3}]})
    assert checked(folder) == ["Deployment/web", "ServiceAccount/web", "Deployment/web"]


def test_a_chart_is_named_with_the_way_to_render_it(write):
    """Its templates, CRDs and values are not judged; manifests beside it are."""
    write("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0")
    write("chart/values-dev.yaml", "a: 1")
    write("chart/templates/web.yaml", "kind: {{ .Values.kind }}")
    write("chart/crds/thing.yaml", ROLE)
    folder = write("chart/examples/web.yaml", DEPLOYMENT)
    assert checked(folder) == ["Deployment/web"]
    (chart,) = read_paths([folder]).not_checked
    assert (chart.what, chart.advice) == ("Helm chart", f"helm template NAME {folder}/chart | eks-gpu check -")


def test_files_of_other_tools_are_counted_not_reported(write):
    """Terraform, templates, settings with comments, a scheduler's configuration and a test's expectations."""
    write("main.tf", 'resource "x" "y" {}')
    write("tsconfig.json", '{\n  // a comment\n  "a": 1,\n}')
    write("jinja.yaml", "{% if a %}\na: 1\n{% endif %}")
    write("values.yaml", "a: 1\na: 2")
    write("scheduler.yaml", {"apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration"})
    write("report.yaml", {"apiVersion": "example.com/v1", "kind": "RecipeResult", "metadata": {"version": "1"}})
    write("e2e/chainsaw-test.yaml", {"apiVersion": "chainsaw.kyverno.io/v1alpha1", "kind": "Test", "metadata": {}})
    write("e2e/assert-pod.yaml", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "status": {}})
    write("driver-pod-template.yaml", {"apiVersion": "v1", "kind": "Pod", "spec": {"nodeSelector": {"a": "b"}}})
    folder = write("testdata/bad.yaml", "a: [")
    assert checked(folder) == []
    assert not read_paths([folder]).unreadable
    assert sorted(beside(folder)) == [
        ("Terraform file", "main.tf"),
        ("other file", "driver-pod-template.yaml"),
        ("other file", "e2e/assert-pod.yaml"),
        ("other file", "e2e/chainsaw-test.yaml"),
        ("other file", "report.yaml"),
        ("other file", "scheduler.yaml"),
        ("other file", "tsconfig.json"),
        ("other file", "values.yaml"),
        ("template", "jinja.yaml"),
    ]


def test_a_faulty_manifest_is_no_other_tools_file(write):
    """What says its apiVersion and cannot be read stays a fault; so does an object that lost its name."""
    write("bad.yaml", "apiVersion: v1\nkind: Pod\nkind: Pod")
    folder = write("nameless.yaml", {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {}, "spec": {}})
    assert [each.file for each in read_paths([folder]).unreadable] == [f"{folder}/bad.yaml"]
    assert checked(folder) == ["Thing/"]


def test_generated_config_maps_are_built_and_the_files_in_them_are_not_checked(write):
    """ConfigMaps and Secrets come of files, literals and variables; a base's are merged; a manifest inside is text."""
    generator = {"name": "plugin", "files": ["config.yaml=inside.yaml"], "literals": ["a=1", "b='2'"]}
    write("base/inside.yaml", DEPLOYMENT)
    write(
        "base/kustomization.yaml", {"configMapGenerator": [generator], "generatorOptions": {"labels": {"team": "ml"}}}
    )
    merged = {"name": "plugin", "behavior": "merge", "literals": ["a=3"]}
    secret = {"name": "key", "envs": ["missing.env"], "literals": ["c=d"]}
    overlay = {"resources": ["../base"], "namePrefix": "dev-", "namespace": "team"}
    folder = write("dev/kustomization.yaml", {**overlay, "configMapGenerator": [merged], "secretGenerator": [secret]})
    result, key = read_paths([folder]).objects
    assert (result.kind, result.name, result.namespace, result.metadata["labels"]) == (
        "ConfigMap",
        "dev-plugin",
        "team",
        {"team": "ml"},
    )
    assert (result.data["data"]["a"], result.data["data"]["b"]) == ("3", "2")
    assert "kind: Deployment" in result.data["data"]["config.yaml"]
    assert (key.kind, key.data["data"], key.data["type"]) == ("Secret", {"c": "ZA=="}, "Opaque")


def test_references_follow_the_names_that_a_kustomization_gives(write):
    """What a pod and a binding refer to by name is renamed with it; what is not renamed stays."""
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner"}}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"}, "rules": []}
    binding = {
        **role,
        "kind": "RoleBinding",
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"kind": "ServiceAccount", "name": "runner"}],
    }
    reference = {"configMapKeyRef": {"name": "settings", "key": "a"}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod"},
        "spec": {
            "serviceAccountName": "runner",
            "priorityClassName": "others",
            "volumes": [{"name": "a", "configMap": {"name": "settings"}}, {"name": "b", "secret": {"secretName": "c"}}],
            "containers": [{"name": "a", "image": "a:1", "env": [{"name": "A", "valueFrom": reference}]}],
        },
    }
    write("all.yaml", config, account, role, binding, pod)
    folder = write("kustomization.yaml", {"resources": ["all.yaml"], "nameSuffix": "-v2"})
    *_, bound, changed = read_paths([folder]).objects
    spec = changed.data["spec"]
    assert (bound.data["roleRef"]["name"], bound.data["subjects"][0]["name"]) == ("reader-v2", "runner-v2")
    assert (spec["serviceAccountName"], spec["priorityClassName"]) == ("runner-v2", "others")
    assert spec["volumes"][0]["configMap"]["name"] == "settings-v2"
    assert spec["volumes"][1]["secret"]["secretName"] == "c"
    assert spec["containers"][0]["env"][0]["valueFrom"]["configMapKeyRef"]["name"] == "settings-v2"


def test_a_file_of_another_program_is_known_by_its_group_however_the_key_is_written(write):
    """Go reads `apiversion` for `apiVersion`: a scorecard's configuration is no manifest without an apiVersion."""
    config = {
        "kind": "Configuration",
        "apiversion": "scorecard.operatorframework.io/v1alpha3",
        "metadata": {"name": "c"},
    }
    assert not read_paths([write("config.yaml", config)]).objects
