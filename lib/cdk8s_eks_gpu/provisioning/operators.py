"""Pods that operators make of something else than a pod template: what their specs come to.

A row a kind: Slinky's NodeSet (slurm-operator v1.0: spec.slurmd is a container beside spec.template), KServe's
InferenceService (v0.15: a predictor's fields are those of a pod's spec, its model is a container), Spark's
SparkApplication (spark-operator v2: cores, memory and gpu of driver and executor), Kubeflow's TrainJob (trainer v2:
resourcesPerNode of a pod that its runtime describes), Argo's Workflow (v3.7, `workflowpod.go`: a template is a pod,
which takes nodeSelector, affinity and tolerations of the workflow where it has none of its own), NVIDIA's NIMService
(NIM operator v2: its fields are those of a pod's spec, its resources those of the container) and DynamoGraphDeployment
(Dynamo v0.8: each service has resources, whose `gpu` is nvidia.com/gpu, and an extraPodSpec).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.manifests import Cursor, Path


PodSpec = dict[str, Any]
_DYNAMO_GPU = "nvidia.com/gpu"
_SPARK_MEMORY = re.compile(r"(\d+)([kmgt])b?", re.IGNORECASE)
_SPARK_UNITS = {"k": "Ki", "m": "Mi", "g": "Gi", "t": "Ti"}


def operator_pod_specs(manifest: Cursor) -> Iterator[tuple[Path, PodSpec]]:
    """Yield where an object of such a kind describes pods, and the specs that come of it."""
    kind, spec = manifest["kind"].text(), manifest["spec"]
    if kind == "NodeSet" and spec["slurmd"].mapping():
        yield _node_set(spec)
    elif kind == "InferenceService":
        yield from _inference_service(spec)
    elif kind == "SparkApplication":
        yield from _spark(spec)
    elif kind == "ScheduledSparkApplication":
        yield from _spark(spec["template"])
    elif kind == "TrainJob":
        yield from _train_job(spec)
    elif kind == "NIMService" and spec["resources"].mapping():
        yield spec.path, {**spec.mapping(), "containers": [{"name": "nim", "resources": spec["resources"].value}]}
    elif kind == "DynamoGraphDeployment":
        yield from _dynamo(spec)
    elif manifest["apiVersion"].text().startswith("argoproj.io/"):
        yield from _argo(spec["workflowSpec"] if kind == "CronWorkflow" else spec)


def _node_set(spec: Cursor) -> tuple[Path, PodSpec]:
    template = spec["template"]["spec"]
    beside = [each.value for each in template["containers"].objects()]
    return spec.path, {**template.mapping(), "containers": [{"name": "slurmd", **spec["slurmd"].mapping()}, *beside]}


def _inference_service(spec: Cursor) -> Iterator[tuple[Path, PodSpec]]:
    for part in ("predictor", "transformer", "explainer"):
        component = spec[part]
        named = [
            {"name": key, **at.mapping()}
            for key, at in component.entries()
            if "resources" in at.mapping() and key != "workerSpec"
        ]
        written = [each.value for each in component["containers"].objects()]
        if named or written:
            yield component.path, {**component.mapping(), "containers": [*written, *named]}
        worker = component["workerSpec"]
        if any(worker["containers"].objects()):
            yield worker.path, worker.mapping()


def _spark(spec: Cursor) -> Iterator[tuple[Path, PodSpec]]:
    shared = {"nodeSelector": spec["nodeSelector"].value} if spec["nodeSelector"] else {}
    for part in ("driver", "executor"):
        pod = spec[part]
        if not pod.mapping():
            continue
        requests: dict[str, Any] = {"cpu": pod["coreRequest"].value or pod["cores"].value or 1}
        memory = _SPARK_MEMORY.fullmatch(pod["memory"].text())
        if memory:
            requests["memory"] = f"{memory[1]}{_SPARK_UNITS[memory[2].lower()]}"
        gpu, quantity = pod["gpu"]["name"].text(), pod["gpu"]["quantity"].integer()
        resources = {"requests": requests, "limits": {gpu: quantity} if gpu and quantity else {}}
        own = {key: pod[key].value for key in ("nodeSelector", "affinity", "tolerations") if pod[key]}
        template = pod["template"]["spec"].mapping()
        yield pod.path, {**template, **shared, **own, "containers": [{"name": part, "resources": resources}]}


def _argo(spec: Cursor) -> Iterator[tuple[Path, PodSpec]]:
    """Yield a pod for each template that has containers: the others are steps, or make objects."""
    for template in spec["templates"].objects():
        written = {**spec["templateDefaults"].mapping(), **template.mapping()}
        own = [written[key] for key in ("container", "script") if isinstance(written.get(key), dict)]
        containers = [*own, *(each.value for each in template["containerSet"]["containers"].objects())]
        if containers:
            beside = [each.value for each in template["sidecars"].objects()]
            shared = {key: written.get(key) or spec[key].value for key in ("nodeSelector", "affinity", "tolerations")}
            patch = written.get("podSpecPatch") or spec["podSpecPatch"].value
            volumes = [each.value for at in (spec, template) for each in at["volumes"].objects()]
            yield (
                template.path,
                {
                    **{key: value for key, value in (*shared.items(), ("podSpecPatch", patch)) if value},
                    "volumes": volumes,
                    "initContainers": [each.value for each in template["initContainers"].objects()],
                    "containers": [*containers, *beside],
                },
            )


def _dynamo(spec: Cursor) -> Iterator[tuple[Path, PodSpec]]:
    for _, service in spec["services"].entries():
        pod, main = service["extraPodSpec"], service["extraPodSpec"]["mainContainer"].mapping()
        resources = {
            field: {_DYNAMO_GPU if name == "gpu" else name: amount.value for name, amount in written.entries()}
            for field, written in service["resources"].entries()
        }
        container = {"name": "main", **main, **({"resources": resources} if resources else {})}
        beside = [each.value for each in pod["containers"].objects()]
        yield service.path, {**pod.mapping(), "containers": [container, *beside]}


def _train_job(spec: Cursor) -> Iterator[tuple[Path, PodSpec]]:
    resources = spec["trainer"]["resourcesPerNode"].mapping()
    if resources:  # of the rest nothing is known: its runtime may tolerate any taint
        container = {"name": "trainer", "resources": resources}
        yield spec["trainer"].path, {"containers": [container], "tolerations": [{"operator": "Exists"}]}
