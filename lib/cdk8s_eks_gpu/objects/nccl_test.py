"""The manifests of the test between nodes: nccl-tests over all GPUs of several whole nodes, in one zone.

Environment and mpirun as AWS documents them: EKS User Guide, "Run machine learning training on Amazon EKS with Elastic
Fabric Adapter", and awsome-distributed-training, micro-benchmarks/nccl-tests/kubernetes/nccl-tests.yaml (2026-02-21).
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.nccl_image import image_problem
from cdk8s_eks_gpu.errors import MissingOptionError
from cdk8s_eks_gpu.objects.fields import plain
from cdk8s_eks_gpu.objects.pods import DO_NOT_DISRUPT, IPC_LOCK, metadata_of, shared_memory
from cdk8s_eks_gpu.objects.whole_nodes import efa_interfaces, gpus, instance_type, labels, scheduling
from cdk8s_eks_gpu.quantity import parse_quantity

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.whole_nodes import NcclTestOptions

_ENVIRONMENT: Final = {
    "FI_PROVIDER": "efa",
    "FI_EFA_FORK_SAFE": "1",
    "NCCL_BUFFSIZE": "8388608",
    "NCCL_DEBUG": "INFO",
    "NCCL_P2P_NET_CHUNKSIZE": "524288",
    "NCCL_SOCKET_IFNAME": "^docker,lo,veth",
    "NCCL_TUNER_PLUGIN": "/opt/amazon/ofi-nccl/lib/x86_64-linux-gnu/libnccl-ofi-tuner.so",
}
_MPIRUN: Final = "/opt/amazon/openmpi/bin/mpirun"
# MPI itself takes TCP, and leaves EFA to NCCL.
_TRANSPORT: Final = ("--mca", "pml", "^cm,ucx", "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_exclude", "lo,docker0")
_GIB: Final = 2**30
_LARGEST: Final = 16


def nccl_test(options: NcclTestOptions) -> list[dict[str, Any]]:
    """Return the objects of the test: the Job or MPIJob, then what it needs.

    Raises:
        MissingOptionError: The options name no instance type, one without GPUs, or one that the image does
            not support.
        UnknownNameError: The instance type is not known.
    """
    if problem := image_problem(options.image, instance_type(options)):
        raise MissingOptionError(f"image {problem}")
    return _mpi_job(options) if options.launcher == "mpi-operator" else _job(options)


def _job(options: NcclTestOptions) -> list[dict[str, Any]]:
    """Return a Job with an index for each Pod, and the headless Service through which the Pods find each other."""
    name, own_labels = options.name, labels(options)
    own = {"NAME": name, "NODES": str(options.nodes), "GPUS": str(gpus(options))}
    uid = {"fieldRef": {"fieldPath": "metadata.labels['batch.kubernetes.io/controller-uid']"}}
    container = {
        **_container(options),
        "command": ["/bin/bash", "-c", files(__package__).joinpath("nccl-test.sh").read_text("utf-8"), name],
        "args": _program(options),
        "env": [*_env(own | _environment(options)), {"name": "JOB_UID", "valueFrom": uid}],
    }
    pod = {**_pod(options, container), "subdomain": name, "restartPolicy": "Never"}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": options.namespace, "labels": own_labels},
        # The Pods look for each other before any of them is ready.
        "spec": {"clusterIP": "None", "publishNotReadyAddresses": True, "selector": {"app": name}},
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata_of(options, labels(options)),
        "spec": {
            "completionMode": "Indexed",
            "completions": options.nodes,
            "parallelism": options.nodes,
            "backoffLimit": 0,
            "activeDeadlineSeconds": options.active_deadline_seconds,
            "template": {"metadata": {"labels": own_labels, "annotations": DO_NOT_DISRUPT}, "spec": pod},
        },
    }
    return [plain(job), plain(service)]


def _mpi_job(options: NcclTestOptions) -> list[dict[str, Any]]:
    """Return an MPIJob, whose operator makes keys, Service and launcher."""
    count = gpus(options)
    environment = _environment(options)
    forwarded = [part for name in ("PATH", "LD_LIBRARY_PATH", *environment) for part in ("-x", name)]
    launcher = {
        "name": "launcher",
        "image": options.image,
        "command": [
            *(_MPIRUN, "--allow-run-as-root", "--tag-output", "--bind-to", "none"),
            *("-np", str(options.nodes * count), "-N", str(count), *forwarded, *_TRANSPORT),
            *_program(options),
        ],
        "env": _env(environment),
        "resources": {"requests": {"cpu": 1, "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
    }
    template = {"metadata": {"labels": labels(options), "annotations": DO_NOT_DISRUPT}}
    job = {
        "apiVersion": "kubeflow.org/v2beta1",
        "kind": "MPIJob",
        "metadata": metadata_of(options, labels(options)),
        "spec": {
            "slotsPerWorker": count,
            # Nodes take minutes to start: without this the launcher fails over and over until they are there.
            "launcherCreationPolicy": "WaitForWorkersReady",
            "runPolicy": {
                "cleanPodPolicy": "Running",
                "backoffLimit": 3,
                "activeDeadlineSeconds": options.active_deadline_seconds,
            },
            "mpiReplicaSpecs": {
                # On a node that is tested, where the image is already: beside the workers, which need all of its GPUs.
                "Launcher": {
                    "replicas": 1,
                    "restartPolicy": "Never",
                    "template": {**template, "spec": {**_place(options), "containers": [launcher]}},
                },
                "Worker": {
                    "replicas": options.nodes,
                    "restartPolicy": "Never",
                    "template": {**template, "spec": _pod(options, _container(options))},
                },
            },
        },
    }
    return [plain(job)]


def _pod(options: NcclTestOptions, container: dict[str, Any]) -> dict[str, Any]:
    volume, _ = shared_memory(_shared_memory(options))
    return {**_place(options), "containers": [container], "volumes": [volume]}


def _place(options: NcclTestOptions) -> dict[str, Any]:
    """Return where the Pods go: one zone, named or found by the first of them."""
    place = scheduling(options, options.zone)
    if options.zone is None:
        term = {"labelSelector": {"matchLabels": {"app": options.name}}, "topologyKey": vocabulary.ZONE}
        place["affinity"] = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    return place


def _container(options: NcclTestOptions) -> dict[str, Any]:
    """Return a container that takes a whole node: a Pod beside it would find no GPU left."""
    _, mount = shared_memory(_shared_memory(options))
    limits = {
        vocabulary.GPU: gpus(options),
        vocabulary.EFA: efa_interfaces(options) or None,
        vocabulary.HUGE_PAGES: options.huge_pages if _has_huge_pages(options) else None,
        "cpu": options.cpu,
        "memory": options.memory or f"{4 * gpus(options) + _gibibytes(_shared_memory(options))}Gi",
    }
    return {
        "name": options.name,
        "image": options.image,
        "resources": {"limits": limits},
        "securityContext": IPC_LOCK,
        "volumeMounts": [mount],
    }


def _environment(options: NcclTestOptions) -> dict[str, str]:
    """Return the variables of all ranks."""
    huge_pages = {} if _has_huge_pages(options) else {"FI_EFA_USE_HUGE_PAGE": "0"}
    return dict(sorted({**_ENVIRONMENT, **huge_pages, **(options.env or {})}.items()))


def _env(variables: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in variables.items()]


def _program(options: NcclTestOptions) -> list[str]:
    """Return the command line of nccl-tests: one GPU a rank, results checked."""
    return [
        f"{options.program_folder}/{options.program}_perf",
        *("-b", options.min_size, "-e", options.max_size or _max_size(options)),
        *("-f", "2", "-g", "1", "-c", "1", "-n", str(options.iterations)),
    ]


def _max_size(options: NcclTestOptions) -> str:
    """Return the largest size up to 16 GiB of which a GPU holds three: nccl-tests takes a third of all but 1 GiB."""
    mebibytes = int(instance_type(options).labels.get(vocabulary.GPU_MEMORY, 0))
    third = (mebibytes * 2**20 - _GIB) // 3 // _GIB
    return f"{min(_LARGEST, 1 << max(third, 1).bit_length() - 1)}G"


def _has_huge_pages(options: NcclTestOptions) -> bool:
    return options.huge_pages is not None and parse_quantity(str(options.huge_pages)) > 0


def _shared_memory(options: NcclTestOptions) -> int | str:
    return options.shared_memory or f"{gpus(options)}Gi"


def _gibibytes(quantity: int | str) -> int:
    """Return a quantity of bytes in whole GiB, rounded up."""
    return int(-(-parse_quantity(str(quantity)) // _GIB))
