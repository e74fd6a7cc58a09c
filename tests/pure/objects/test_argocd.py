"""What Argo CD is to find in the manifests: waves, and smoke tests that end."""

import pytest
import yaml
from tests.pure.objects.everything import all_objects, smoke_test_objects, stack_objects

from cdk8s_eks_gpu.config.load import parse_cluster
from cdk8s_eks_gpu.errors import ConfigError, ConfigWarning
from cdk8s_eks_gpu.preflight import check

TEXT = """\
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.14.1"}
nodeClasses:
  gpu: {role: nodes, ami: al2023@v20250920, discovery: training}
nodePools:
  gpu: {nodeClass: gpu}
plugins: {nvidia: {}, efa: {}}
smokeTests:
  gpu: {}
  efa: {nodePool: gpu}
"""
WAVE = "argocd.argoproj.io/sync-wave"
HOOK = "argocd.argoproj.io/hook"


def delivered(argocd, text=TEXT):
    """Return the configuration with that section for Argo CD."""
    return parse_cluster(f"{text}delivery: {{argocd: {{{argocd}}}}}\n", "cluster.yaml")


def waves(manifests):
    """Return the waves of the manifests by kind."""
    found = {}
    for manifest in manifests:
        found.setdefault(manifest["kind"], set()).add(int(manifest["metadata"]["annotations"][WAVE]))
    return found


def jobs(charts):
    """Return the Jobs of charts by name."""
    return {each["metadata"]["name"]: each for objects in charts.values() for each in objects if each["kind"] == "Job"}


def test_waves_go_from_crds_to_tests():
    """CRDs, namespaces, plugins, classes, pools, tests: each kind is in one wave, and none is without one."""
    found = waves(all_objects(delivered("syncWaves: true, smokeTests: postSync")))
    assert all(len(numbers) == 1 for numbers in found.values())
    order = ["CustomResourceDefinition", "Namespace", "DaemonSet", "EC2NodeClass", "NodePool", "Job"]
    numbers = [min(found[kind]) for kind in order]
    assert numbers == sorted(set(numbers))
    of_plugins = found.keys() - {*order, "Pod"} | {"DaemonSet"}
    assert {number for kind in of_plugins for number in found[kind]} == found["DaemonSet"]
    assert found["Pod"] == found["Job"]


def test_what_has_no_wave_comes_between_the_pools_and_the_tests():
    """Argo CD takes a missing annotation for wave 0: a user's workloads find their pools, and tests come last."""
    found = waves(all_objects(delivered("syncWaves: true")))
    assert max(found["NodePool"]) < 0 < min(found["Pod"])


def test_a_wave_of_the_users_own_stays():
    """Whoever orders the stack among other things says so in the annotations, and is not overruled."""
    text = TEXT.replace("gpu: {nodeClass: gpu}", f'gpu: {{nodeClass: gpu, metadata: {{annotations: {{{WAVE}: "7"}}}}}}')
    assert waves(all_objects(delivered("syncWaves: true", text)))["NodePool"] == {7}


@pytest.mark.parametrize("argocd", ["", "syncWaves: false", "smokeTests: pods"])
def test_without_the_option_the_manifests_are_the_same(argocd):
    """Nothing of Argo CD is in the manifests of those who did not ask for it."""
    assert all_objects(delivered(argocd)) == all_objects(parse_cluster(TEXT, "cluster.yaml"))


@pytest.mark.parametrize(
    ("delivery", "of_stack", "of_tests"),
    [("pods", 0, 0), ("postSync", 2, 0), ("application", 0, 2)],
)
def test_the_jobs_stand_beside_the_pods(delivery, of_stack, of_tests):
    """The Pods are always there; hooks are in the stack's folder, an Application's Jobs in that of the tests."""
    config = delivered(f"smokeTests: {delivery}")
    assert len(jobs(stack_objects(config))) == of_stack
    tests = smoke_test_objects(config)
    assert len(jobs(tests)) == of_tests
    assert [each["metadata"]["name"] for objects in tests.values() for each in objects if each["kind"] == "Pod"] == [
        "gpu-pod",
        "efa-test-pod",
    ]


def test_hooks_run_after_the_sync_and_keep_their_log():
    """A PostSync hook is deleted only before its next run; a Job of an Application is no hook, and can be changed."""
    hooks = jobs(stack_objects(delivered("smokeTests: postSync"))).values()
    annotations = {HOOK: "PostSync", f"{HOOK}-delete-policy": "BeforeHookCreation"}
    assert [job["metadata"]["annotations"] for job in hooks] == [annotations] * 2
    changed = jobs(smoke_test_objects(delivered("smokeTests: application"))).values()
    annotations = {"argocd.argoproj.io/sync-options": "Force=true,Replace=true"}
    assert [job["metadata"]["annotations"] for job in changed] == [annotations] * 2


def test_the_jobs_end_by_themselves():
    """They run a command that ends, never start a container again, and are stopped when a node would long be there."""
    found = jobs(stack_objects(delivered("smokeTests: postSync")))
    assert found["gpu-smoke-test"]["spec"]["template"]["spec"]["containers"][0]["command"] == ["nvidia-smi"]
    assert "args" not in found["gpu-smoke-test"]["spec"]["template"]["spec"]["containers"][0]
    assert found["efa-smoke-test"]["spec"]["template"]["spec"]["containers"][0]["command"] == ["fi_info", "-p", "efa"]
    for job in found.values():
        assert job["spec"]["activeDeadlineSeconds"] == 1800
        assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"
        # Deleted behind Argo CD's back, a Job would be started again: a GPU node every time.
        assert "ttlSecondsAfterFinished" not in job["spec"]


def test_a_running_test_is_not_moved():
    """Karpenter leaves the node of a running test alone, unless the user says otherwise."""
    for job in jobs(stack_objects(delivered("smokeTests: postSync"))).values():
        assert job["spec"]["template"]["metadata"]["annotations"] == {"karpenter.sh/do-not-disrupt": "true"}
    text = TEXT.replace("gpu: {}\n  efa", 'gpu: {annotations: {karpenter.sh/do-not-disrupt: "false"}}\n  efa')
    job = jobs(stack_objects(delivered("smokeTests: postSync", text)))["gpu-smoke-test"]
    assert job["spec"]["template"]["metadata"]["annotations"] == {"karpenter.sh/do-not-disrupt": "false"}


def test_a_node_that_is_taken_away_is_no_failure():
    """A reclaimed spot node does not count against the retries."""
    found = jobs(stack_objects(delivered("smokeTests: postSync"))).values()
    rule = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    assert [job["spec"]["podFailurePolicy"]["rules"] for job in found] == [[rule]] * 2


def test_the_jobs_have_what_the_users_pods_have():
    """Name, namespace, labels, command, scheduling and resources of the options reach the Job."""
    options = (
        "{name: check, namespace: ml, labels: {a: b}, annotations: {team: ml}, "
        "command: [x], nodePool: gpu, gpus: 8, tolerations: [{operator: Exists}]}"
    )
    text = TEXT.replace("gpu: {}\n  efa", f"gpu: {options}\n  efa")
    job = jobs(stack_objects(delivered("smokeTests: postSync, syncWaves: true", text)))["check"]
    pod = smoke_test_objects(delivered("", text))["gpu-smoke-test"][0]
    assert job["metadata"]["namespace"] == "ml"
    template = job["spec"]["template"]
    assert template["metadata"] == {
        "labels": {"a": "b"},
        "annotations": {"karpenter.sh/do-not-disrupt": "true", "team": "ml"},
    }
    assert template["spec"] == pod["spec"]
    assert template["spec"]["containers"][0]["command"] == ["x"]


@pytest.mark.parametrize(("said", "seconds"), [("1h30m", 5400), ("16m", 960), ("15m1s", 901)])
def test_the_timeout_is_said_as_karpenter_says_durations(said, seconds):
    """Hours, minutes and seconds, one after the other."""
    job = jobs(stack_objects(delivered(f"smokeTests: postSync, smokeTestTimeout: {said}")))["gpu-smoke-test"]
    assert job["spec"]["activeDeadlineSeconds"] == seconds


@pytest.mark.parametrize("said", ["15m", "120s", "5m", "0s"])
def test_a_timeout_shorter_than_a_nodes_start_is_refused(said):
    """Karpenter gives a node 15 minutes to register: a test that ends before says nothing about the node."""
    with pytest.raises(ConfigError) as refused:
        delivered(f"smokeTests: postSync, smokeTestTimeout: {said}")
    [problem] = refused.value.problems
    assert problem.path == "delivery.argocd.smokeTestTimeout"
    assert f"'{said}'" in problem.message
    assert "such as 30m" in problem.message


def test_a_timeout_longer_than_go_counts_is_refused():
    """The Job controller counts the deadline in nanoseconds of 64 bits, and so many digits are no number of seconds."""
    with pytest.raises(ConfigError, match="at most about 292 years"):
        delivered(f"smokeTests: postSync, smokeTestTimeout: {'9' * 400}h")


def test_jobs_without_a_test_are_worth_a_warning():
    """Whoever asks for Jobs and names no test gets none, and hears so."""
    with pytest.warns(ConfigWarning, match="'postSync' has no test to run"):
        config = delivered("smokeTests: postSync", TEXT.partition("smokeTests")[0])
    assert jobs(stack_objects(config)) == {}


@pytest.mark.parametrize("delivery", ["postSync", "application"])
def test_the_preflight_judges_the_jobs(delivery):
    """A Job is a workload like others: no error in it, and it has a node to run on."""
    objects = all_objects(delivered(f"syncWaves: true, smokeTests: {delivery}"))
    report = check({"all.yaml": yaml.safe_dump_all(objects)}, karpenter="1.14", kubernetes="1.34")
    assert report.ok
    assert [each for each in report.findings if each.kind == "Job"] == []
