"""The examples of delivery: what Argo CD, Flux and Kustomize are handed is what they take, and reads what it should."""

import json
import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SCHEMAS = json.loads((ROOT / "tests/fixtures/delivery/schemas.json").read_text(encoding="utf-8"))
DELIVERY = [
    "argocd/application.yaml",
    "argocd-managed/applications.yaml",
    "argocd-managed/project.yaml",
    "argocd-clusters/applicationset.yaml",
    "argocd-clusters/applicationset-by-arn.yaml",
    "flux/gpu.yaml",
]
ARN = re.compile(r"arn:aws:eks:[a-z]{2}(-[a-z]+)+-\d:\d{12}:cluster/[\w-]+")
CLUSTERS = {
    name: f"arn:aws:eks:us-west-2:111122223333:cluster/{name}" for name in ("inference", "research", "training")
}


def documents(name):
    """Return the documents of an example's file."""
    return [*yaml.safe_load_all((EXAMPLES / name).read_text(encoding="utf-8"))]


def violations(document):
    """Return what the schema of its CRD has against a document, unknown fields included."""
    reference = SCHEMAS["kinds"][f"{document['apiVersion']} {document['kind']}"]
    schema = {"$defs": SCHEMAS["$defs"], **reference}
    body = {key: value for key, value in document.items() if key not in {"apiVersion", "kind"}}
    body |= {"apiVersion": document["apiVersion"], "kind": document["kind"]}
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(body)]


@pytest.mark.parametrize("name", DELIVERY)
def test_the_crds_take_it(name):
    """Every object has the fields that the CRDs of Argo CD 3.5.1 and Flux have, and no others."""
    for document in documents(name):
        assert violations(document) == []


@pytest.mark.parametrize("name", DELIVERY)
def test_the_schemas_find_mistakes(name):
    """A field that is misspelt, or of another type, is found: the schemas are not empty."""
    for document in documents(name):
        spec = dict(document["spec"])
        key, value = next(iter(spec.items()))
        assert violations({**document, "spec": {**spec, "syncPolicyy": {}}}) != []
        assert violations({**document, "spec": {**spec, key: 1 if not isinstance(value, int) else "x"}}) != []


def applications(name):
    """Return the Applications of a file."""
    return [each for each in documents(name) if each["kind"] == "Application"]


def rendered(application_set, parameters):
    """Return the Application that a template makes of parameters, which are named as Go's templates name them."""
    spec = application_set["spec"]
    assert spec["goTemplate"] is True
    assert spec["goTemplateOptions"] == ["missingkey=error"]
    text = re.sub(r"\{\{\.([\w.]+)\}\}", lambda found: parameters[found[1]], json.dumps(spec["template"]))
    assert "{{" not in text
    return {"apiVersion": application_set["apiVersion"], "kind": "Application", **json.loads(text)}


def generated(name):
    """Return the Applications that an ApplicationSet makes of the folders that are committed, and of its clusters.

    Argo CD's documentation, v3.5.1: "Git Generator: Directories", "Cluster Generator", "Matrix Generator".
    """
    [application_set] = documents(name)
    found = []
    for generator in application_set["spec"]["generators"]:
        parts = generator["matrix"]["generators"] if "matrix" in generator else [{}, generator]
        clusters = CLUSTERS if "clusters" in parts[0] else {"": ""}
        for cluster, arn in clusters.items():
            for directory in parts[1]["git"]["directories"]:
                pattern = directory["path"].replace("{{.name}}", cluster)
                for folder in sorted(path for path in ROOT.glob(pattern) if path.is_dir()):
                    path, base = str(folder.relative_to(ROOT)), folder.name
                    parameters = {"path.path": path, "path.basename": base, "path.basenameNormalized": base}
                    found.append(rendered(application_set, {**parameters, "name": cluster, "server": arn}))
    return found


def read(application):
    """Return the files that Argo CD reads of a directory source.

    Argo CD's documentation, v3.5.1, "Directory", and its reposerver (`getPotentiallyValidManifestFile`): files that end
    in .yaml, .yml, .json or .jsonnet, of the subfolders only with `recurse`, and whose paths match `include` and do not
    match `exclude`.
    """
    source = application["spec"]["source"]
    directory = source["directory"]
    root = ROOT / source["path"]
    assert root.is_dir()
    files = sorted(root.rglob("*") if directory.get("recurse") else root.iterdir())
    return [
        file
        for file in files
        if re.search(r"\.(yaml|yml|json|jsonnet)$", file.name)
        and file.is_file()
        and fnmatch(str(file.relative_to(root)), directory.get("include", "*"))
        and not fnmatch(str(file.relative_to(root)), directory.get("exclude", ""))
    ]


ALL = {
    **{each["metadata"]["name"] + " of " + name: each for name in DELIVERY[:2] for each in applications(name)},
    **{each["metadata"]["name"] + " of " + name: each for name in DELIVERY[3:5] for each in generated(name)},
}


@pytest.mark.parametrize("application", ALL.values(), ids=ALL)
def test_an_application_reads_manifests_alone(application):
    """A directory source has nothing else in it: no Kustomize, no Helm, and each document is an object."""
    assert violations(application) == []
    files = read(application)
    assert files
    for file in files:
        assert file.name not in {"kustomization.yaml", "kustomization.yml", "Chart.yaml"}
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            assert {"apiVersion", "kind", "metadata"} <= document.keys()
            assert document["metadata"]["name"]
    assert not [*(ROOT / application["spec"]["source"]["path"]).glob("[kK]ustomization*")]


@pytest.mark.parametrize("application", ALL.values(), ids=ALL)
def test_no_application_starts_a_pod_that_holds_its_gpu(application):
    """The Pods of the smoke tests are for people; Argo CD gets the Jobs, which end."""
    kinds = {
        each["kind"] for file in read(application) for each in yaml.safe_load_all(file.read_text(encoding="utf-8"))
    }
    assert "Pod" not in kinds
    if "smoke-tests" in application["spec"]["source"]["path"]:
        assert kinds == {"Job"}
    else:
        assert {"NodePool", "EC2NodeClass", "DaemonSet"} <= kinds


@pytest.mark.parametrize("application", ALL.values(), ids=ALL)
def test_pools_are_neither_pruned_nor_compared_field_by_field(application):
    """A deleted NodePool drains its nodes, and only a server-side diff knows defaults: each Application says so."""
    automated = application["spec"]["syncPolicy"]["automated"]
    if "smoke-tests" not in application["spec"]["source"]["path"]:
        assert automated["prune"] is False
    assert automated["selfHeal"] is False
    assert application["metadata"]["annotations"] == {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"}
    assert application["spec"]["syncPolicy"]["syncOptions"] == ["ServerSideApply=true"]


def test_the_managed_argo_cd_knows_its_cluster_by_arn_or_name():
    """It has no https://kubernetes.default.svc: Secret, project and Applications name the same cluster."""
    [secret] = documents("argocd-managed/cluster-secret.yaml")
    assert secret["metadata"]["labels"] == {"argocd.argoproj.io/secret-type": "cluster"}
    name, arn = secret["stringData"]["name"], secret["stringData"]["server"]
    assert ARN.fullmatch(arn)
    [project] = documents("argocd-managed/project.yaml")
    assert secret["stringData"]["project"] == project["metadata"]["name"]
    assert project["spec"]["destinations"][0]["server"] == arn
    assert project["spec"]["sourceNamespaces"] == ["argocd"]
    stack, tests = applications("argocd-managed/applications.yaml")
    assert stack["spec"]["destination"] == {"name": name, "namespace": "default"}
    assert tests["spec"]["destination"] == {"server": arn, "namespace": "default"}
    for application in (stack, tests):
        assert application["spec"]["project"] == project["metadata"]["name"]
        assert application["spec"]["source"]["repoURL"] in project["spec"]["sourceRepos"]


def test_the_project_allows_what_the_stack_has():
    """Every cluster-scoped kind of dist/ is on the project's list, and nothing else is."""
    [project] = documents("argocd-managed/project.yaml")
    allowed = {(each["group"], each["kind"]) for each in project["spec"]["clusterResourceWhitelist"]}
    found = set()
    for file in (EXAMPLES / "argocd-managed/dist").glob("*.yaml"):
        for each in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if "namespace" not in each["metadata"]:
                found.add((each["apiVersion"].rpartition("/")[0], each["kind"]))
    assert found == allowed


def test_nothing_in_the_managed_one_outlives_its_sync():
    """A sync of the EKS Capability ends after 120 s, and takes running hooks with it: there are none."""
    files = [file.read_text(encoding="utf-8") for file in (EXAMPLES / "argocd-managed/dist").rglob("*.yaml")]
    annotations = [each["metadata"].get("annotations", {}) for file in files for each in yaml.safe_load_all(file)]
    assert any(annotations)
    assert not any("argocd.argoproj.io/hook" in each for each in annotations)


@pytest.mark.parametrize("name", ["argocd-clusters/applicationset.yaml", "argocd-clusters/applicationset-by-arn.yaml"])
def test_each_folder_is_the_application_of_its_cluster(name):
    """Three clusters, three folders, three Applications, each with its own path and destination."""
    found = {each["metadata"]["name"]: each["spec"] for each in generated(name)}
    assert set(found) == {f"gpu-{cluster}" for cluster in CLUSTERS}
    for cluster, arn in CLUSTERS.items():
        spec = found[f"gpu-{cluster}"]
        assert spec["source"]["path"] == f"examples/argocd-clusters/dist/{cluster}"
        wanted = {"server": arn} if "arn" in name else {"name": cluster}
        assert spec["destination"] == {**wanted, "namespace": "default"}


@pytest.fixture
def ignored_by_git(tmp_path):
    """Return the function that says which files git's own patterns leave out."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git, whose patterns Flux's are")

    def ask(patterns, paths):
        subprocess.run([git, "init", "--quiet", tmp_path], check=True)
        (tmp_path / ".gitignore").write_text(patterns, encoding="utf-8")
        for path in paths:
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        command = [git, "-C", tmp_path, "-c", "core.excludesFile=", "ls-files", "--others", "--exclude-standard"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True)
        return set(paths) - set(listed.stdout.splitlines())

    return ask


def test_flux_leaves_the_smoke_tests_alone(ignored_by_git):
    """Of a path without kustomization.yaml, Flux applies all YAML files, subfolders too: the source has to ignore them.

    kustomize-controller's documentation, v1.9.4: "Generating a kustomization.yaml file"; source-controller's, v1.9.1:
    "Ignore", whose patterns are those of .gitignore.
    """
    source, kustomization = documents("flux/gpu.yaml")
    reference = kustomization["spec"]["sourceRef"]
    assert (reference["kind"], reference["name"]) == (source["kind"], source["metadata"]["name"])
    folder = ROOT / kustomization["spec"]["path"]
    every = [str(file.relative_to(ROOT)) for file in folder.rglob("*") if file.is_file()]
    left = set(every) - ignored_by_git(source["spec"]["ignore"], [*every, "cluster.yaml", "examples/argocd/x.yaml"])
    assert {Path(path) for path in left if path.endswith((".yaml", ".yml"))} == {
        file.relative_to(ROOT) for file in folder.glob("*.yaml")
    }
    assert any("smoke-tests" in path for path in every)


def test_flux_substitutes_nothing():
    """With postBuild, Flux would take a shell's ${variables} in user data for its own."""
    _, kustomization = documents("flux/gpu.yaml")
    assert "postBuild" not in kustomization["spec"]


def test_the_kustomize_base_has_all_of_dist_but_the_smoke_tests():
    """The list of files is kept in step with what is written."""
    base = EXAMPLES / "kustomize/base"
    listed = yaml.safe_load((base / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert listed == sorted(str(file.relative_to(base)) for file in (base / "dist").glob("*.yaml"))


def test_kustomize_writes_what_is_committed():
    """The real `kubectl kustomize` makes of base and overlay what lies beside them."""
    kubectl = shutil.which("kubectl", path=f"{ROOT / '.cache/bin'}{os.pathsep}{os.environ['PATH']}")
    if kubectl is None:
        pytest.skip("no kubectl: put it on the PATH, or run `make helm` on Linux x86-64")
    command = [kubectl, "kustomize", EXAMPLES / "kustomize/production"]
    written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert written == (EXAMPLES / "kustomize/production.yaml").read_text(encoding="utf-8")


def test_the_overlay_changes_what_it_says():
    """Limits, zones, the plugin's image and a label; selectors, and everything else, stay."""
    base = {}
    for file in (EXAMPLES / "kustomize/base/dist").glob("*.yaml"):
        for each in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            base[each["kind"], each["metadata"]["name"]] = each
    found = {(each["kind"], each["metadata"]["name"]): each for each in documents("kustomize/production.yaml")}
    assert found.keys() == base.keys()
    assert all(each["metadata"]["labels"]["environment"] == "production" for each in found.values())
    assert {key: each["spec"]["selector"] for key, each in found.items() if key[0] == "DaemonSet"} == {
        key: each["spec"]["selector"] for key, each in base.items() if key[0] == "DaemonSet"
    }
    pool, before = found["NodePool", "gpu"]["spec"], base["NodePool", "gpu"]["spec"]
    assert pool["limits"] == {"nvidia.com/gpu": 64}
    requirements = pool["template"]["spec"]["requirements"]
    assert requirements[:-1] == before["template"]["spec"]["requirements"]
    assert requirements[-1]["values"] == ["us-west-2a", "us-west-2b"]
    images = {
        container["image"]
        for key, each in found.items()
        if key[0] == "DaemonSet"
        for container in each["spec"]["template"]["spec"]["containers"]
    }
    assert not any(image.startswith("nvcr.io/nvidia/k8s-device-plugin") for image in images)
