import re
import subprocess
import sys

import cdk8s
import constructs
import pytest

from cdk8s_eks_gpu import (
    Disruption,
    EksGpuError,
    ExtraManifests,
    GpuApp,
    GpuSmokeTest,
    GpuStack,
    NodeClass,
    NodeClassOptions,
    NodePool,
    NodePoolOptions,
    NvidiaDevicePlugin,
    PreflightError,
    Requirement,
    check_paths,
    ignore,
    parse_cluster,
    reports,
    versions,
    without_preflight,
)

CALM = Disruption(consolidation_policy="WhenEmpty", consolidate_after="30m")


def add_pool(app, *, value="p", ami="al2023@v20250920"):
    """Put a pool of a category into the app, with its node class and a Pod that wants a GPU; return the pool."""
    chart = cdk8s.Chart(app, "nodes")
    NodeClass(chart, "gpu", NodeClassOptions(role="nodes", ami=ami, discovery="training"))
    category = Requirement(key="karpenter.k8s.aws/instance-category", operator="In", values=[value])
    options = NodePoolOptions(
        node_class="gpu", architectures=["amd64"], requirements=[category], limits={"cpu": 1000}, disruption=CALM
    )
    pool = NodePool(chart, "gpu-pool", options, name="gpu")
    GpuSmokeTest(chart, "pod")
    return pool


def test_a_plain_app_refuses_what_no_node_can_host(tmp_path):
    """An app of a user's own writes nothing if there is an error in it, and names the construct."""
    app = cdk8s.App(outdir=str(tmp_path / "dist"))
    add_pool(app, value="c")
    with pytest.raises(PreflightError, match=r"(?s)^nodes/pod: error scheduling/no-host Pod/gpu-pod"):
        app.synth()
    with pytest.raises(PreflightError, match="scheduling/no-host"):
        app.synth_yaml()
    assert not list(tmp_path.rglob("*.yaml"))


def test_a_plain_app_with_our_constructs_synthesises(tmp_path, capfd):
    """What is right is written, and its warnings are shown once."""
    app = cdk8s.App(outdir=str(tmp_path))
    add_pool(app, value="g")
    app.synth()
    assert [path.name for path in tmp_path.glob("*.yaml")] == ["nodes.k8s.yaml"]
    assert capfd.readouterr().err.count("instances/driver") == 1


def test_an_app_without_our_constructs_is_left_alone(tmp_path):
    """Whatever else an app of the same process writes is not ours to check."""
    app = cdk8s.App(outdir=str(tmp_path))
    cdk8s.ApiObject(cdk8s.Chart(app, "chart"), "x", api_version="v1", kind="Pood")
    app.synth()
    assert len(list(tmp_path.iterdir())) == 1


def test_an_app_that_node_js_created_is_checked_too():
    """Of such an app, Python gets another object each time; the preflight meets it all the same."""
    chart = cdk8s.Chart(cdk8s.Testing.app(), "nodes")
    NodePool(chart, "gpu", NodePoolOptions(node_class="gpu")).resource.add_json_patch(
        cdk8s.JsonPatch.add("/spec/weight", 1000)
    )
    with pytest.raises(PreflightError, match="schema/bounds NodePool/gpu"):
        chart.node.root.synth()


def test_patches_and_foreign_objects_are_seen_in_a_plain_app(tmp_path):
    """What a user's app changes after our construct was made is checked, and so is what others made, by its path."""
    app = cdk8s.App(outdir=str(tmp_path / "dist"))
    pool = add_pool(app)
    pool.resource.add_json_patch(cdk8s.JsonPatch.replace("/spec/template/spec/taints/0/value", "true"))
    chart = cdk8s.Chart(app, "own")
    NvidiaDevicePlugin(chart, "plugin")
    cdk8s.ApiObject(constructs.Construct(chart, "around"), "x", api_version="karpenter.sh/v1", kind="NodePool")
    with pytest.raises(PreflightError) as caught:
        app.synth()
    assert "scheduling/no-gpu-registered" in str(caught.value)
    assert "own/around/x: error schema/required NodePool/" in str(caught.value)


def test_an_app_may_say_what_its_manifests_are_for(tmp_path):
    """A field that the cluster's Karpenter does not have yet is an error that names the version that brought it."""
    app = cdk8s.App(outdir=str(tmp_path))
    versions(app, karpenter="1.0")
    add_pool(app)
    NodePool(cdk8s.Chart(app, "static"), "static", NodePoolOptions(node_class="gpu", replicas=2))
    with pytest.raises(PreflightError, match=r"(?s)schema/newer-field NodePool/static spec.replicas"):
        app.synth()


CLUSTER = """\
cluster: {name: %s, kubernetesVersion: "1.30", karpenterVersion: "%s"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu:
    nodeClass: gpu
    instanceTypes: [p5.48xlarge]
    limits: {cpu: 1000}
    disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: 30m}
smokeTests:
  gpu: {}
"""


@pytest.mark.parametrize("make", [cdk8s.App, GpuApp])
def test_clusters_in_one_app_are_checked_apart(tmp_path, make):
    """Two clusters may have pools of the same name; each is checked for its own Karpenter."""
    app = make(outdir=str(tmp_path / "dist"))
    for name, version in (("old", "1.0"), ("new", "1.14.1")):
        around = constructs.Construct(app, name)
        GpuStack(around, parse_cluster(CLUSTER % (name, version), "x"))
        NodePool(cdk8s.Chart(around, "static"), "static", NodePoolOptions(node_class="gpu", replicas=2))
    with pytest.raises(PreflightError) as caught:
        app.synth()
    assert str(caught.value).count("error ") == 1
    assert "error schema/newer-field NodePool/static spec.replicas" in str(caught.value)


def test_our_app_reads_what_it_is_about_to_write(tmp_path):
    """A change that a user's app makes after our construct was made is checked too."""
    app = GpuApp(str(tmp_path / "dist"))
    pool = add_pool(app)
    pool.resource.add_json_patch(cdk8s.JsonPatch.add("/spec/weight", 1000))
    with pytest.raises(PreflightError, match=r"error schema/bounds NodePool/gpu spec\.weight"):
        app.synth()
    assert not (tmp_path / "dist").exists()


def test_importing_the_constructs_does_not_load_the_preflight():
    """What is only needed for manifests that were never checked takes no time at import."""
    code = "import sys, cdk8s_eks_gpu.constructs; sys.exit('cdk8s_eks_gpu.preflight' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_report_is_shown_once(tmp_path, capfd):
    """Whoever renders the app and then writes it reads its warnings once; what has changed since is reported again."""
    app = cdk8s.App(outdir=str(tmp_path))
    pool = add_pool(app, value="g")
    app.synth_yaml()
    app.synth()
    assert capfd.readouterr().err.count("warning instances/driver") == 1
    pool.resource.add_json_patch(cdk8s.JsonPatch.add("/spec/weight", 10))
    app.synth()
    assert capfd.readouterr().err.count("warning instances/driver") == 1


def test_places_are_paths_of_constructs_and_nothing_else(tmp_path, capfd):
    """There is no line and no file where nothing was read from a file."""
    app = cdk8s.App(outdir=str(tmp_path))
    add_pool(app, value="g")
    app.synth()
    lines = capfd.readouterr().err.splitlines()
    assert re.match(r"nodes/gpu-pool: warning instances/\S+ NodePool/gpu spec", lines[0])
    assert re.match(r"3 objects: \d warnings?$", lines[-2])
    assert "(assumed); name yours with versions(app, karpenter=..., kubernetes=...)" in lines[-1]


def test_an_app_with_nothing_to_say_ends_with_one_line(tmp_path, capfd):
    """Without errors and warnings, the report is its last line, with the cluster's name where one is known."""
    app = cdk8s.App(outdir=str(tmp_path))
    GpuStack(app, parse_cluster(CLUSTER % ("training", "1.14.1"), "x"))
    app.synth()
    assert capfd.readouterr().err == "training: 3 objects: no findings\n"


def test_what_is_ignored_in_the_app_is_no_warning(tmp_path, capfd):
    """The objects carry the reason, so that a later check of the files ignores it too."""
    app = cdk8s.App(outdir=str(tmp_path))
    pool = add_pool(app, value="g", ami="al2023@latest")
    pool.resource.add_json_patch(cdk8s.JsonPatch.remove("/spec/limits"))
    ignore(pool, "instances/driver", reason="Our AMI has the driver.")
    ignore(pool.resource, "capacity/no-limits", reason="The account has a limit.")
    ignore(app, "ami/latest", reason="Nodes are replaced every night.", object="EC2NodeClass/*")
    app.synth()
    shown = capfd.readouterr().err
    report = check_paths([str(tmp_path)])
    reasons = [finding.ignored for finding in report.findings]
    assert {"Nodes are replaced every night.", "The account has a limit."} <= {*reasons}
    assert None not in reasons
    assert shown == f"3 objects: {len(reasons)} findings ignored\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("instances/drivr", "why", "*"), "unknown rule 'instances/drivr'; did you mean 'instances/driver'"),
        (("instances/driver", " ", "*"), "instances/driver cannot be ignored without a reason"),
        (
            ("instances/driver", "why", "NodePool/gpux"),
            "unknown object to ignore instances/driver for: 'NodePool/gpux'; did you mean 'NodePool/gpu'",
        ),
    ],
)
def test_what_cannot_be_ignored_is_an_error(arguments, message):
    """A rule or an object that is not there, or no reason, is refused with what is meant."""
    app = cdk8s.App()
    add_pool(app)
    rule, reason, pattern = arguments
    with pytest.raises(EksGpuError, match=re.escape(message)):
        ignore(app, rule, reason=reason, object=pattern)


@pytest.mark.parametrize("make", [cdk8s.App, GpuApp])
@pytest.mark.parametrize("how", ["variable", "argument"])
def test_the_preflight_can_be_switched_off(tmp_path, monkeypatch, capfd, make, how):
    """What would be refused is written then, and one line says that nothing was checked."""
    app = GpuApp(str(tmp_path / "dist"), preflight=how != "argument") if make is GpuApp else make(outdir=str(tmp_path))
    if how == "variable":
        monkeypatch.setenv("EKS_GPU_PREFLIGHT", "off")
    elif make is cdk8s.App:
        without_preflight(app)
    add_pool(app, value="c")
    app.synth()
    assert capfd.readouterr().err == "The preflight is off: nothing was checked.\n"
    assert len(list(tmp_path.rglob("nodes.k8s.yaml"))) == 1


def test_another_value_of_the_switch_is_an_error(tmp_path, monkeypatch):
    """A slip in the variable does not switch anything off."""
    monkeypatch.setenv("EKS_GPU_PREFLIGHT", "of")
    app = cdk8s.App(outdir=str(tmp_path))
    add_pool(app, value="c")
    with pytest.raises(EksGpuError, match="EKS_GPU_PREFLIGHT is 'of': say on or off"):
        app.synth()


@pytest.mark.parametrize("make", [cdk8s.App, GpuApp])
def test_the_reports_can_be_had_without_writing(tmp_path, make):
    """A test of a user's own asks for them, by cluster."""
    app = make(outdir=str(tmp_path / "dist"))
    GpuStack(app, parse_cluster(CLUSTER % ("old", "1.0"), "x"))
    GpuStack(app, parse_cluster(CLUSTER % ("new", "1.14.1"), "x"))
    NodePool(app.charts[-1], "static", NodePoolOptions(node_class="gpu", replicas=2))
    found = {report.versions[0].cluster: report for report in reports(app)}
    assert {name: report.objects for name, report in found.items()} == {"old": 3, "new": 4}
    assert all(report.ok for report in found.values())
    assert not (tmp_path / "dist").exists()


def test_versions_of_a_stack_can_be_overruled(tmp_path):
    """What the app says goes before the configuration, whether it is said before the stack is made or after."""
    for first in (True, False):
        app = cdk8s.App(outdir=str(tmp_path))
        if first:
            versions(app, karpenter="1.0")
        GpuStack(app, parse_cluster(CLUSTER % ("training", "1.14.1"), "x"))
        if not first:
            versions(app, karpenter="1.0")
        NodePool(cdk8s.Chart(app, "static"), "static", NodePoolOptions(node_class="gpu", replicas=2))
        (report,) = reports(app)
        assert "schema/newer-field" in {finding.rule.id for finding in report.findings}
    with pytest.raises(EksGpuError, match=r"unknown Karpenter version '0\.9'"):
        versions(app, karpenter="0.9")


def test_a_users_own_manifests_are_checked_with_ours(tmp_path, monkeypatch):
    """A Job that no pool can host is found, by the file and the line in which the user wrote it."""
    monkeypatch.chdir(tmp_path)
    container = '{name: x, image: "x:1", resources: {limits: {nvidia.com/gpu: 9}}}'
    spec = f"spec: {{template: {{spec: {{restartPolicy: Never, containers: [{container}]}}}}}}\n"
    (tmp_path / "job.yaml").write_text(f"---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: train}}\n{spec}")
    config = parse_cluster(CLUSTER % ("training", "1.14.1") + "extraManifests: [job.yaml]\n", "cluster.yaml")
    app = cdk8s.App(outdir=str(tmp_path / "dist"))
    stack = GpuStack(app, config)
    assert list(stack.extra_manifests.objects) == ["Job/train"]
    with pytest.raises(PreflightError, match=r"(?m)^job\.yaml:2: error scheduling/no-host Job/train"):
        app.synth()
    app = cdk8s.App(outdir=str(tmp_path / "dist"))
    add_pool(app)
    ExtraManifests(cdk8s.Chart(app, "own"), "jobs", [tmp_path / "job.yaml"])
    with pytest.raises(PreflightError, match="error scheduling/no-host Job/train"):
        app.synth()


def test_objects_of_two_groups_may_share_kind_and_name(tmp_path, monkeypatch):
    """Kubernetes and Knative have a Service: the second is told from the first as kubectl does."""
    monkeypatch.chdir(tmp_path)
    services = [
        f"apiVersion: {version}\nkind: Service\nmetadata: {{name: x, namespace: ml}}\n"
        for version in ("v1", "serving.knative.dev/v1")
    ]
    (tmp_path / "services.yaml").write_text("---\n".join(services), encoding="utf-8")
    chart = cdk8s.Chart(cdk8s.App(), "own")
    construct = ExtraManifests(chart, "services", ["services.yaml"])
    assert list(construct.objects) == ["Service/ml/x", "Service.serving.knative.dev/ml/x"]
    assert [each["apiVersion"] for each in chart.to_json()] == ["v1", "serving.knative.dev/v1"]


@pytest.mark.parametrize(
    "patch",
    [
        cdk8s.JsonPatch.replace("/metadata/name", "other"),
        cdk8s.JsonPatch.remove("/metadata/name"),
        cdk8s.JsonPatch.remove("/metadata"),
    ],
    ids=["another name", "no name", "no metadata"],
)
def test_an_object_that_a_patch_renames_keeps_its_path(tmp_path, patch):
    """Whatever patches make of an object, the finding leads to its construct."""
    app = cdk8s.App(outdir=str(tmp_path))
    pool = add_pool(app)
    pool.resource.add_json_patch(cdk8s.JsonPatch.add("/spec/weight", 1000), patch)
    with pytest.raises(PreflightError, match=r"(?m)^nodes/gpu-pool: error schema/bounds NodePool"):
        app.synth()
