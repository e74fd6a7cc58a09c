"""Pods that operators make: where in an object they are described, and what their specs come to."""

import pytest

from cdk8s_eks_gpu.manifests import Cursor, path_text
from cdk8s_eks_gpu.provisioning.operators import operator_pod_specs

GPU = {"resources": {"limits": {"nvidia.com/gpu": 1}}}


def specs(kind, spec):
    """Return the specs by the path at which they are described."""
    return [(path_text(path), found) for path, found in operator_pod_specs(Cursor({"kind": kind, "spec": spec}))]


def containers(kind, spec):
    """Return the names of the containers by path."""
    return {path: [each.get("name") for each in found["containers"]] for path, found in specs(kind, spec)}


@pytest.mark.parametrize("kind", ["NodeSet", "InferenceService", "SparkApplication", "TrainJob", "Deployment"])
def test_an_object_that_says_nothing_of_pods(kind):
    """Where nothing is described there is nothing to place."""
    assert specs(kind, {}) == []


def test_a_node_set():
    """Slinky's container stands beside the template, whose own containers run with it."""
    template = {"spec": {"nodeSelector": {"a": "b"}, "containers": [{"name": "beside"}]}}
    ((path, spec),) = specs("NodeSet", {"slurmd": {"image": "slurmd", **GPU}, "template": template})
    assert path == "spec"
    assert spec == {
        "nodeSelector": {"a": "b"},
        "containers": [{"name": "slurmd", "image": "slurmd", **GPU}, {"name": "beside"}],
    }


def test_the_parts_of_an_inference_service():
    """Each part is a pod: its model, or the containers that it writes itself, before the model."""
    spec = {
        "predictor": {"model": GPU, "minReplicas": 1, "tolerations": [], "containers": [{"name": "own"}]},
        "transformer": {"containers": [{"name": "transformer"}]},
        "explainer": {"containers": [{"name": "explainer"}]},
    }
    assert containers("InferenceService", spec) == {
        "spec.predictor": ["own", "model"],
        "spec.transformer": ["transformer"],
        "spec.explainer": ["explainer"],
    }
    assert specs("InferenceService", spec)[0][1]["tolerations"] == []
    assert specs("InferenceService", {"explainer": {"minReplicas": 1}}) == []


def test_workers_of_an_inference_service():
    """Over several nodes the workers are pods of their own; those without containers are made by KServe."""
    worker = {"containers": [{"name": "worker"}], "tolerations": [{"operator": "Exists"}], **GPU}
    found = dict(specs("InferenceService", {"predictor": {"model": GPU, "workerSpec": worker}}))
    assert list(found) == ["spec.predictor", "spec.predictor.workerSpec"]
    assert [each["name"] for each in found["spec.predictor"]["containers"]] == ["model"]
    assert found["spec.predictor.workerSpec"] == worker
    assert list(containers("InferenceService", {"predictor": {"workerSpec": {"size": 2}}})) == []


def spark(**executor):
    """Return the spec of the executor's pod."""
    ((path, spec),) = specs("SparkApplication", {"executor": executor})
    assert path == "spec.executor"
    return spec


def resources(**executor):
    """Return the resources of the executor's container."""
    (container,) = spark(**executor)["containers"]
    assert container["name"] == "executor"
    return container["resources"]


@pytest.mark.parametrize(
    ("executor", "requests"),
    [
        ({"image": "spark"}, {"cpu": 1}),
        ({"cores": 4}, {"cpu": 4}),
        ({"cores": 4, "coreRequest": "500m"}, {"cpu": "500m"}),
        ({"memory": "512m"}, {"cpu": 1, "memory": "512Mi"}),
        ({"memory": "64G"}, {"cpu": 1, "memory": "64Gi"}),
        ({"memory": "1tb"}, {"cpu": 1, "memory": "1Ti"}),
        ({"memory": "100kB"}, {"cpu": 1, "memory": "100Ki"}),
        ({"memory": "64Gi"}, {"cpu": 1}),
    ],
)
def test_what_spark_asks_for(executor, requests):
    """Java's units are powers of 1024, and what does not read as such is left out."""
    assert resources(**executor) == {"requests": requests, "limits": {}}


@pytest.mark.parametrize(
    ("gpu", "limits"),
    [
        ({"name": "nvidia.com/gpu", "quantity": 2}, {"nvidia.com/gpu": 2}),
        ({"name": "nvidia.com/gpu"}, {}),
        ({"name": "nvidia.com/gpu", "quantity": 0}, {}),
        ({"quantity": 2}, {}),
    ],
)
def test_the_gpus_of_spark(gpu, limits):
    """A name and a quantity make a limit."""
    assert resources(gpu=gpu)["limits"] == limits


def test_where_spark_runs():
    """What the driver says counts for more than what all pods share, and that for more than the template."""
    spec = {
        "nodeSelector": {"pool": "shared"},
        "driver": {"cores": 1, "nodeSelector": {"pool": "own"}, "tolerations": [{"operator": "Exists"}]},
        "executor": {"cores": 2, "template": {"spec": {"nodeSelector": {"pool": "template"}, "priority": 1}}},
    }
    driver, executor = (found for _, found in specs("SparkApplication", spec))
    assert (driver["nodeSelector"], driver["tolerations"]) == ({"pool": "own"}, [{"operator": "Exists"}])
    assert (executor["nodeSelector"], executor["priority"]) == ({"pool": "shared"}, 1)
    assert "tolerations" not in executor
    assert "nodeSelector" not in spark(cores=1)
    affinity = {"podAntiAffinity": {}}
    assert spark(affinity=affinity)["affinity"] == affinity


def test_scheduled_spark():
    """A ScheduledSparkApplication has the spec of a SparkApplication as its template."""
    assert list(containers("ScheduledSparkApplication", {"template": {"driver": {"cores": 1}}})) == [
        "spec.template.driver"
    ]


def test_a_train_job():
    """Only its resources are known: its runtime may tolerate any taint."""
    resources = {"limits": {"nvidia.com/gpu": 8}}
    ((path, spec),) = specs("TrainJob", {"trainer": {"resourcesPerNode": resources}})
    assert path == "spec.trainer"
    assert spec == {
        "containers": [{"name": "trainer", "resources": resources}],
        "tolerations": [{"operator": "Exists"}],
    }


def argo(spec, kind="Workflow", version="argoproj.io/v1alpha1"):
    """Return the specs of a workflow's pods by the path of their template."""
    manifest = {"apiVersion": version, "kind": kind, "spec": spec}
    return {path_text(path): found for path, found in operator_pod_specs(Cursor(manifest))}


@pytest.mark.parametrize("kind", ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"])
def test_the_templates_of_a_workflow(kind):
    """A template with a container, a script or a set of containers is a pod; steps are none."""
    templates = [
        {"name": "steps", "steps": [[{"name": "a", "template": "train"}]]},
        {"name": "train", "container": GPU, "initContainers": [{"name": "i"}], "sidecars": [{"name": "s"}]},
        {"name": "script", "script": {"source": "1"}},
        {"name": "set", "containerSet": {"containers": [{"name": "a"}, {"name": "b"}]}},
    ]
    found = argo({"entrypoint": "steps", "templates": templates}, kind)
    assert found == {
        "spec.templates[1]": {"volumes": [], "initContainers": [{"name": "i"}], "containers": [GPU, {"name": "s"}]},
        "spec.templates[2]": {"volumes": [], "initContainers": [], "containers": [{"source": "1"}]},
        "spec.templates[3]": {"volumes": [], "initContainers": [], "containers": [{"name": "a"}, {"name": "b"}]},
    }
    assert argo({"templates": templates}, kind, "example.com/v1") == {}
    assert argo({"workflowTemplateRef": {"name": "a"}}, kind) == {}


def test_where_the_pods_of_a_workflow_run():
    """What a template says takes the place of what the defaults say, and that of what the workflow says."""
    tolerations, others = [{"key": "a"}], [{"key": "b"}]
    spec = {
        "nodeSelector": {"pool": "workflow"},
        "tolerations": tolerations,
        "volumes": [{"name": "shared"}],
        "podSpecPatch": "workflow",
        "templateDefaults": {"nodeSelector": {"pool": "defaults"}, "container": {"image": "default"}},
        "templates": [
            {"name": "own", "nodeSelector": {"pool": "own"}, "tolerations": [], "container": GPU, "volumes": [{}]},
            {"name": "inherits", "tolerations": others, "affinity": {"nodeAffinity": {}}, "podSpecPatch": "own"},
        ],
    }
    own, inherits = argo({"workflowSpec": spec}, "CronWorkflow").values()
    assert (own["nodeSelector"], own["tolerations"]) == ({"pool": "own"}, tolerations)
    assert own["volumes"] == [{"name": "shared"}, {}]
    assert (own["containers"], own["podSpecPatch"]) == ([GPU], "workflow")
    assert (inherits["nodeSelector"], inherits["tolerations"]) == ({"pool": "defaults"}, others)
    assert (inherits["containers"], inherits["affinity"]) == ([{"image": "default"}], {"nodeAffinity": {}})
    assert (inherits["podSpecPatch"], inherits["volumes"]) == ("own", [{"name": "shared"}])


def test_a_nim_service():
    """Its resources are those of the one container, its other fields those of the pod."""
    asked = {"limits": {"nvidia.com/gpu": 1}}
    spec = {"image": {"repository": "nim"}, "resources": asked, "nodeSelector": {"a": "b"}, "tolerations": [{}]}
    ((path, found),) = specs("NIMService", spec)
    assert (path, found["containers"]) == ("spec", [{"name": "nim", "resources": asked}])
    assert (found["nodeSelector"], found["tolerations"]) == ({"a": "b"}, [{}])
    assert specs("NIMService", {"image": {"repository": "nim"}}) == []


def test_the_services_of_dynamo():
    """Each is a pod, with the GPUs under the name of NVIDIA's device plugin."""
    asked = {"limits": {"gpu": "8", "memory": "1Ti"}, "requests": {"cpu": 4}}
    pod = {"nodeSelector": {"a": "b"}, "mainContainer": {"image": "x"}, "containers": [{"name": "beside"}]}
    services = {"Frontend": {"replicas": 1}, "Worker": {"resources": asked, "extraPodSpec": pod}}
    found = dict(specs("DynamoGraphDeployment", {"services": services}))
    assert found["spec.services.Frontend"] == {"containers": [{"name": "main"}]}
    main, beside = found["spec.services.Worker"]["containers"]
    resources = {"limits": {"nvidia.com/gpu": "8", "memory": "1Ti"}, "requests": {"cpu": 4}}
    assert (main, beside) == ({"name": "main", "image": "x", "resources": resources}, {"name": "beside"})
    assert found["spec.services.Worker"]["nodeSelector"] == {"a": "b"}
    assert specs("DynamoGraphDeployment", {"components": []}) == []
