"""What makes pods: an object, and where in it the spec of its pods stands."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject, Path, path_text
from cdk8s_eks_gpu.manifests.pod_templates import pod_spec_paths
from cdk8s_eks_gpu.manifests.templates import has_placeholder
from cdk8s_eks_gpu.provisioning.beside import Beside
from cdk8s_eks_gpu.provisioning.operators import operator_pod_specs
from cdk8s_eks_gpu.requirements import appears_at_run_time
from cdk8s_eks_gpu.requirements.resources import HUGE_PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cdk8s_eks_gpu.provisioning.pod import Pod


_NOTHING = Beside()
_BLUEPRINTS = frozenset(
    {
        *("ClusterServingRuntime", "ClusterTrainingRuntime", "ClusterWorkflowTemplate", "PodTemplate"),
        *("ServingRuntime", "TrainingRuntime", "WorkflowTemplate"),
    }
)


# What says how many pods there are, in Kubernetes' own kinds and in those of MPI, PyTorch, Ray, JobSet and LWS.
_COUNTS = ("replicas", "parallelism", "completions", "size", "numNodes", "minReplicas")


class Workload(Struct, frozen=True, eq=False, dict=True):
    """The pods that an object makes from one template; or the pod that it is.

    Attributes:
        object: The object.
        path: Where in the object the pod's spec stands.
        name: The object's name; of several pod templates in one object, with the path of the template.
        pod: What a pod asks of its node.
        derived_spec: The pod's spec, where an operator makes it of something else than a pod template.
    """

    object: KubernetesObject
    path: Path
    name: str
    pod: Pod
    derived_spec: Mapping[str, Any] | None = None

    @property
    def kind(self) -> str:
        """The object's kind, such as `Job`."""
        return self.object.kind

    @property
    def namespace(self) -> str:
        """The object's namespace, or an empty text."""
        return self.object.namespace

    @property
    def is_daemon(self) -> bool:
        """Whether every node that fits gets one of its pods, so that it is part of the nodes' overhead."""
        return self.object.kind == "DaemonSet"

    @property
    def is_blueprint(self) -> bool:
        """Whether it makes no pods by itself: others make them after its example, and may change them."""
        return self.object.kind in _BLUEPRINTS or self.object.group == "kyverno.io"

    @cached_property
    def has_placeholder(self) -> bool:
        """Whether what it asks of a node is yet to be filled in, or changed by Argo's podSpecPatch."""
        places = (self.spec[key].value for key in ("nodeSelector", "affinity", "tolerations"))
        resources = (container["resources"].value for container in self.containers())
        return bool(self.spec["podSpecPatch"]) or any(map(has_placeholder, (*places, *resources)))

    @property
    def node_name(self) -> str:
        """The node that its pods name: they run there, and no scheduler is asked; an empty text for most."""
        return self.spec["nodeName"].text()

    @cached_property
    def spec(self) -> Cursor:
        """The pod's spec."""
        if self.derived_spec is not None:
            return Cursor(self.derived_spec, self.path)
        return self.object.cursor.at(*self.path)

    @cached_property
    def pod_count(self) -> int:
        """How many pods there are, as far as the object says."""
        around = [self.object.cursor.at(*self.path[:depth]) for depth in range(1, len(self.path))]
        counts = [each[key].integer() for each in around for key in _COUNTS]
        return max((count for count in counts if count is not None), default=1)

    @cached_property
    def without_huge_pages(self) -> Workload:
        """The same without its huge pages, of which Karpenter knows none: for all that is wrong beside that."""
        requests = {name: amount for name, amount in self.pod.requests.items() if not name.startswith(HUGE_PAGES)}
        if len(requests) == len(self.pod.requests):
            return self
        return replace(self, pod=replace(self.pod, requests=requests))

    @cached_property
    def pod_without_name(self) -> Pod:
        """What a pod asks of its node, but for the name of its pool."""
        return self.pod.without(vocabulary.NODE_POOL)

    @cached_property
    def without_run_time_labels(self) -> Workload:
        """The same without the labels that only running nodes have: those of a static pool run already."""
        pod = self.pod
        for key in sorted(pod.selected_labels):
            if appears_at_run_time(key):
                pod = pod.without(key)
        return self if pod is self.pod else replace(self, pod=pod)

    @property
    def images(self) -> tuple[str, ...]:
        """The images of its containers."""
        return tuple(image for container in self.containers() if (image := container["image"].text()))

    @property
    def words(self) -> str:
        """The words of the commands and arguments of its containers, as one line."""
        containers = self.containers()
        return " ".join(word for each in containers for key in ("command", "args") for word in each[key].texts())

    def containers(self) -> Iterator[Cursor]:
        """Yield the init containers and containers."""
        for field in ("initContainers", "containers"):
            yield from self.spec[field].objects()

    def asks_for(self, *resources: str) -> bool:
        """Return whether it asks for some of one of the resources. DaemonSets do not count: they drive the devices."""
        return not (self.is_daemon or self.is_blueprint) and any(self.pod.requests.get(name) for name in resources)

    def __str__(self) -> str:
        """Return kind and name, as kubectl writes them: `Job/train`."""
        return f"{self.kind}/{self.name}"


def read_workloads(manifest: KubernetesObject, beside: Beside = _NOTHING) -> Iterator[Workload]:
    """Yield a workload for each pod template of an object, and for what its operator makes pods of.

    `beside` is what other objects of the manifests add to pods.
    """
    by_operator = dict(operator_pod_specs(manifest.cursor))
    paths = [
        path
        for path in pod_spec_paths(manifest.data)
        if isinstance(manifest.cursor.at(*path).value, dict) and not any(path[: len(at)] == at for at in by_operator)
    ]
    specs: list[tuple[Path, dict[str, Any] | None]] = [*((path, None) for path in paths), *by_operator.items()]
    for path, spec in specs:
        template = path if spec is not None else path[:-1] if path[-2:-1] != ("template",) else path[:-2]
        name = manifest.name if len(specs) == 1 else f"{manifest.name}/{path_text(template)}"
        cursor = manifest.cursor.at(*path) if spec is None else Cursor(spec, path)
        yield Workload(manifest, path, name, beside.pod(manifest, cursor), spec)
