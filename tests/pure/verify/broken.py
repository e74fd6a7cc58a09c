"""Ways in which clusters break, as users report them: what changes in the dump, and what verify is to find.

Each entry: a name, the change, the check and the status of the result, and a part of what it says.
"""

import copy

from tests.pure.verify.dumps import GPU_NODE
from tests.pure.verify.tool_output import NO_FABRIC, XID_79, fi_info, nvidia_smi

BROKEN = []
GPU, EFA = "nvidia.com/gpu", "vpc.amazonaws.com/efa"
PLUGIN, FEATURES = "nvdp-nvidia-device-plugin", "nvdp-nvidia-device-plugin-gpu-feature-discovery"
WORKER, EFA_PLUGIN = "nvdp-node-feature-discovery-worker", "aws-efa-k8s-device-plugin"
LONG_AGO = "2026-11-26T01:00:00Z"


def breaks(check, status, *says):
    """Register a way to break the dump."""

    def register(change):
        BROKEN.append((change.__name__, change, check, status, says))
        return change

    return register


def _allocatable(node, resource, amount, capacity=None):
    node["status"]["allocatable"][resource] = amount
    node["status"]["capacity"][resource] = capacity or amount


def _waits(pod, reason, message, last=None):
    """Have a pod's first container wait."""
    status = pod["status"]["containerStatuses"][0]
    status.update(ready=False, started=False, restartCount=7, state={"waiting": {"reason": reason, "message": message}})
    if last:
        status["lastState"] = {"terminated": last}
    for condition in pod["status"]["conditions"]:
        if condition["type"] in {"Ready", "ContainersReady"}:
            condition["status"] = "False"


def _unschedule(pod, message):
    pod["spec"].pop("nodeName", None)
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    pod["status"] = {"phase": "Pending", "conditions": [condition]}


# The stack's own objects.


@breaks("applied/present", "fail", "EC2NodeClass/gpu-efa-p5", "not in the cluster")
def node_class_missing(dump):
    dump.remove("ec2nodeclasses", "gpu-efa-p5")


@breaks("applied/present", "fail", "ConfigMap/nvidia/nvdp-node-feature-discovery-worker-conf")
def config_map_missing(dump):
    dump.remove("configmaps-nvidia", "worker-conf")


@breaks("applied/equal", "fail", "spec.limits", "2k", "1000")
def limit_changed_by_hand(dump):
    dump.find("nodepools", "gpu")["spec"]["limits"]["cpu"] = "2k"


@breaks("applied/equal", "fail", "tolerations")
def toleration_taken_away(dump):
    dump.find("daemonsets", FEATURES)["spec"]["template"]["spec"]["tolerations"].pop()


@breaks("applied/equal", "fail", "startupTaints", "It was added in the cluster")
def startup_taint_added_by_hand(dump):
    spec = dump.find("nodepools", "train")["spec"]["template"]["spec"]
    spec["startupTaints"] = [{"key": "example.com/wait", "effect": "NoSchedule"}]


@breaks("applied/present", "fail", "being deleted", "karpenter.k8s.aws/termination")
def node_class_hangs_in_deletion(dump):
    dump.find("ec2nodeclasses", "gpu-efa-p5")["metadata"]["deletionTimestamp"] = "2026-11-26T02:59:30Z"


@breaks(
    "applied/left-over",
    "fail",
    "NodePool/gpu-old",
    "eks-gpu.io/cluster says that it is ours",
    "kubectl delete nodepool",
)
def pool_left_over(dump):
    old = copy.deepcopy(dump.find("nodepools", "gpu"))
    old["metadata"]["name"] = "gpu-old"
    dump.items("nodepools").append(old)


@breaks("applied/left-over", "fail", "NodePool/gpu-old", "still buys nodes")
def pool_left_over_from_before_the_label(dump):
    old = copy.deepcopy(dump.find("nodepools", "gpu"))
    old["metadata"] = {"name": "gpu-old", "creationTimestamp": "2026-11-20T00:00:00Z"}
    dump.items("nodepools").append(old)


@breaks("applied/left-over", "fail", "ConfigMap/nvidia/nvdp-plugin-configs")
def config_map_left_over(dump):
    old = copy.deepcopy(dump.items("configmaps-nvidia")[0])
    old["metadata"]["name"] = "nvdp-plugin-configs"
    dump.items("configmaps-nvidia").append(old)


@breaks("applied/left-over", "fail", "EC2NodeClass/gpu-efa-p4d", "variant")
def variant_left_over(dump):
    old = copy.deepcopy(dump.find("ec2nodeclasses", "gpu-efa-p5"))
    old["metadata"]["name"] = "gpu-efa-p4d"
    del old["metadata"]["labels"]
    dump.items("ec2nodeclasses").append(old)


@breaks("applied/left-over", "fail", "release nvdp")
def daemon_set_of_an_older_chart(dump):
    old = copy.deepcopy(dump.find("daemonsets", PLUGIN))
    old["metadata"]["name"] = "nvdp-dcgm-exporter"
    del old["metadata"]["labels"]["eks-gpu.io/cluster"]
    dump.items("daemonsets").append(old)


@breaks("applied/cluster", "fail", "objects is in the cluster that was asked", "kubectl config current-context")
def another_cluster(dump):
    dump.files = {name: data | {"items": []} for name, data in dump.files.items() if "items" in data}


# Conditions.


@breaks("conditions/ready", "fail", "no AMI fits", "al2023@v20251112 was not")
def ami_not_found(dump):
    dump.condition("ec2nodeclasses", "gpu", "AMIsReady", "False", "AMINotFound", "al2023@v20251112 was not found")


@breaks("conditions/ready", "fail", "no subnet fits", "Tag the private subnets")
def subnets_not_found(dump):
    message = "SubnetSelector did not match any Subnets"
    dump.condition("ec2nodeclasses", "gpu", "SubnetsReady", "False", "SubnetsNotFound", message)


@breaks("conditions/ready", "fail", "no security group fits")
def security_groups_not_found(dump):
    dump.condition("ec2nodeclasses", "gpu", "SecurityGroupsReady", "False", "SecurityGroupsNotFound")


@breaks("conditions/ready", "fail", "no placement group of that name")
def placement_group_not_found(dump):
    message = 'Placement group "train" not found'
    dump.condition("ec2nodeclasses", "efa", "PlacementGroupReady", "False", "PlacementGroupNotFound", message)


@breaks("conditions/ready", "fail", "may not call ec2:CreateFleet")
def create_fleet_denied(dump):
    message = "Controller isn't authorized to call ec2:CreateFleet: no identity-based policy allows it"
    dump.condition("ec2nodeclasses", "gpu", "ValidationSucceeded", "False", "CreateFleetAuthCheckFailed", message)


@breaks("conditions/ready", "fail", "instances start and do not join")
def nodes_do_not_join(dump):
    dump.condition("nodepools", "train", "NodeRegistrationHealthy", "False", "RegistrationFailed")


@breaks("conditions/ready", "fail", "no node class of that name")
def pool_without_class(dump):
    message = "NodeClass not found on cluster"
    dump.condition("nodepools", "gpu", "NodeClassReady", "False", "NodeClassNotFound", message)


@breaks("conditions/ready", "fail", "the role is gone", "kubectl describe ec2nodeclass/gpu")
def reason_that_is_not_known(dump):
    dump.condition("ec2nodeclasses", "gpu", "InstanceProfileReady", "False", "SomethingNew", "the role is gone.")


@breaks("conditions/ready", "waiting", "not looked at the newest version")
def pool_not_reconciled(dump):
    dump.find("nodepools", "gpu")["metadata"]["generation"] = 2


@breaks("conditions/node-claim", "waiting", "not registered", "without end", GPU)
def gpu_not_registered(dump):
    message = f'Resource "{GPU}" was requested but not registered'
    dump.condition("nodeclaims", "train-", "Initialized", "Unknown", "ResourceNotRegistered", message)


@breaks("conditions/node-claim", "fail", "without end", EFA)
def efa_not_registered_for_long(dump):
    message = f'Resource "{EFA}" was requested but not registered'
    claim = dump.condition("nodeclaims", "train-", "Initialized", "Unknown", "ResourceNotRegistered", message, LONG_AGO)
    for condition in claim["status"]["conditions"]:
        condition["lastTransitionTime"] = LONG_AGO


@breaks("conditions/node-claim", "waiting", "startup taint")
def startup_taints_exist(dump):
    message = 'StartupTaint "node.cilium.io/agent-not-ready:NoExecute" still exists'
    dump.condition("nodeclaims", "train-", "Initialized", "Unknown", "StartupTaintsExist", message)


@breaks("conditions/node-claim", "waiting", "has not joined")
def instance_does_not_join(dump):
    dump.condition("nodeclaims", "train-", "Registered", "Unknown", "NodeNotFound", "Node not registered with cluster")


@breaks("conditions/events", "fail", "without the taint karpenter.sh/unregistered")
def unregistered_taint_missing(dump):
    name = dump.claim()["metadata"]["name"]
    dump.event("NodeClaim", name, "UnregisteredTaintMissing", "Missing karpenter.sh/unregistered taint")


@breaks("conditions/events", "waiting", "no such instance free", "capacity block")
def no_capacity(dump):
    _take_away_the_efa_node(dump)
    message = "NodeClaim train-xyz42 event: insufficient capacity, InsufficientInstanceCapacity: We currently do not"
    dump.event("NodeClaim", "train-xyz42", "InsufficientCapacityError", message)


@breaks("conditions/node-claim", "fail", "quota of vCPUs", "p5.48xlarge counts 192")
def quota_used_up(dump):
    dump.condition("nodeclaims", "train-", "Launched", "Unknown", "VCPULimitExceeded", "would exceed your VCPU quota")


def _take_away_the_efa_node(dump):
    name = dump.node()["metadata"]["name"]
    dump.remove("nodes", name)
    dump.remove("nodeclaims", "train-")
    pods = dump.items("pods")
    pods[:] = [
        each for each in pods if each["spec"].get("nodeName") != name or each["metadata"]["name"] == "efa-test-pod"
    ]
    for daemon_set in dump.items("daemonsets"):
        for key in ("desiredNumberScheduled", "numberReady", "currentNumberScheduled", "updatedNumberScheduled"):
            if daemon_set["status"].get(key):
                daemon_set["status"][key] -= 1
    message = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    _unschedule(dump.find("pods", "efa-test-pod"), message)
    dump.logs.pop("efa-test-pod-fi_info")


@breaks("conditions/node-claim", "fail", "is not in the cluster any more")
def node_is_gone(dump):
    dump.remove("nodes", dump.node()["metadata"]["name"])


# DaemonSets.


@breaks("daemonsets/scheduling", "fail", WORKER, "does not tolerate the taint dedicated=ml:NoSchedule")
def second_taint_keeps_the_worker_off(dump):
    node = dump.node()
    node["spec"]["taints"].append({"key": "dedicated", "value": "ml", "effect": "NoSchedule"})
    for daemon_set in (WORKER, PLUGIN, FEATURES):
        pod = dump.pod_on(daemon_set)
        dump.items("pods").remove(pod)


@breaks("daemonsets/scheduling", "waiting", PLUGIN, "pci-10de.present", "NFD worker")
def label_of_node_features_missing(dump):
    del dump.node()["metadata"]["labels"]["feature.node.kubernetes.io/pci-10de.present"]
    for daemon_set in (PLUGIN, FEATURES):
        dump.items("pods").remove(dump.pod_on(daemon_set))


@breaks("daemonsets/ready", "fail", "CrashLoopBackOff", "exit code 1", "no EFA device")
def efa_plugin_crashes(dump):
    last = {"exitCode": 1, "reason": "Error", "message": "no EFA device found"}
    _waits(dump.pod_on(EFA_PLUGIN), "CrashLoopBackOff", "back-off 5m0s restarting failed container", last)


@breaks("daemonsets/ready", "fail", "ImagePullBackOff", "cannot be pulled")
def image_of_the_plugin_cannot_be_pulled(dump):
    _waits(dump.pod_on(PLUGIN), "ImagePullBackOff", 'Back-off pulling image "nvcr.io/nvidia/k8s-device-plugin:v0.18.0"')


@breaks("daemonsets/scheduling", "fail", "where it was not predicted to land")
def efa_plugin_on_a_node_without_efa(dump):
    pod = copy.deepcopy(dump.pod_on(EFA_PLUGIN))
    pod["metadata"]["name"] += "-2"
    pod["spec"]["nodeName"] = dump.node(GPU_NODE)["metadata"]["name"]
    dump.items("pods").append(pod)


@breaks("daemonsets/scheduling", "waiting", "is still being deleted")
def former_pod_hangs(dump):
    dump.pod_on(EFA_PLUGIN)["metadata"]["deletionTimestamp"] = "2026-11-26T03:26:30Z"


@breaks("daemonsets/ready", "waiting", "not looked at its newest version")
def daemon_set_not_rolled_out(dump):
    dump.find("daemonsets", EFA_PLUGIN)["metadata"]["generation"] = 2


# Nodes.


@breaks("nodes/devices", "fail", "only 7 of 8 are registered")
def one_gpu_of_eight_missing(dump):
    _allocatable(dump.node(), GPU, "7")


@breaks("nodes/devices", "fail", "1 of 8 are registered as unhealthy")
def one_gpu_unhealthy(dump):
    _allocatable(dump.node(), GPU, "7", "8")


@breaks("nodes/devices", "fail", "only 1 of 8 are registered")
def one_gpu_counts_as_initialized(dump):
    _allocatable(dump.node(), GPU, "1")


@breaks("nodes/devices", "waiting", f"{GPU} is not registered", "NVIDIA device plugin has no pod there")
def no_gpu_registered(dump):
    node = dump.node()
    for part in ("allocatable", "capacity"):
        del node["status"][part][GPU]
    dump.items("pods").remove(dump.pod_on(PLUGIN))


@breaks("nodes/devices", "fail", "only 31 of 32")
def one_efa_missing(dump):
    _allocatable(dump.node(), EFA, "31")


@breaks("nodes/devices", "fail", "32 are registered, more than p5.48xlarge has")
def gpus_are_shared(dump):
    _allocatable(dump.node(), GPU, "32")


@breaks("nodes/instance-type", "fail", "does not launch m7i.large")
def node_of_another_type(dump):
    dump.node()["metadata"]["labels"]["node.kubernetes.io/instance-type"] = "m7i.large"


@breaks("nodes/labels", "fail", "eks-gpu.io/efa", "missing")
def label_of_the_pool_missing(dump):
    del dump.node()["metadata"]["labels"]["eks-gpu.io/efa"]


@breaks("nodes/taints", "fail", "nvidia.com/gpu=present:NoSchedule", "other pods may land there")
def taint_of_the_pool_missing(dump):
    dump.node()["spec"]["taints"] = []


@breaks("nodes/taints", "fail", "example.com/broken:NoSchedule", "not among the pool's")
def foreign_taint(dump):
    dump.node()["spec"]["taints"].append({"key": "example.com/broken", "effect": "NoSchedule"})


@breaks("nodes/ready", "waiting", "cni plugin not initialized", "aws-node")
def network_plugin_missing(dump):
    for condition in dump.node()["status"]["conditions"]:
        if condition["type"] == "Ready":
            message = "container runtime network not ready: cni plugin not initialized"
            condition.update(status="False", reason="KubeletNotReady", message=message)


@breaks("nodes/health", "fail", "AcceleratedHardwareReady False (NvidiaXID79Error)", "after 10 minutes")
def monitoring_agent_sees_a_broken_gpu(dump):
    condition = {"type": "AcceleratedHardwareReady", "status": "False", "reason": "NvidiaXID79Error", "message": ""}
    dump.node()["status"]["conditions"].append(condition)


@breaks("nodes/ready", "fail", "The node has DiskPressure. | DiskPressure True | DiskPressure False | Images and logs")
def disk_is_full(dump):
    for condition in dump.node()["status"]["conditions"]:
        if condition["type"] == "DiskPressure":
            condition.update(status="True", reason="", message="")


@breaks("nodes/ready", "waiting", "is not ready: Kubelet stopped posting node status. |")
def kubelet_is_gone(dump):
    for condition in dump.node()["status"]["conditions"]:
        if condition["type"] == "Ready":
            message = "Kubelet stopped posting node status."
            condition.update(status="Unknown", reason="NodeStatusUnknown", message=message)


@breaks("nodes/capacity", "fail", "capacity of pods is less than calculated")
def max_pods_is_less(dump):
    _allocatable(dump.node(), "pods", "17")


@breaks("nodes/capacity", "fail", "ephemeral-storage is less than calculated")
def small_volume(dump):
    _allocatable(dump.node(), "ephemeral-storage", "20Gi")


@breaks("nodes/driver", "fail", "too old for CUDA 13", "580 or newer")
def old_driver(dump):
    labels = dump.node(GPU_NODE)["metadata"]["labels"]
    labels["nvidia.com/cuda.driver-version.full"] = "550.163.01"
    labels["nvidia.com/cuda.driver.major"] = "550"


@breaks("nodes/labels", "fail", "karpenter.sh/capacity-type has another value than the pool gives it", "spot")
def capacity_type_changed_by_hand(dump):
    dump.node()["metadata"]["labels"]["karpenter.sh/capacity-type"] = "spot"


@breaks("daemonsets/scheduling", "fail", "not predicted to land", "Compare the node's labels and taints")
def plugin_on_a_node_of_another_type(dump):
    dump.node()["metadata"]["labels"]["node.kubernetes.io/instance-type"] = "p5en.48xlarge"


@breaks("nodes/labels", "waiting", "eks-gpu.io/efa", "missing")
def node_not_registered_yet(dump):
    node = dump.node()
    for label in ("karpenter.sh/registered", "karpenter.sh/initialized", "eks-gpu.io/efa"):
        del node["metadata"]["labels"][label]
    node["spec"]["taints"] = [{"key": "karpenter.sh/unregistered", "effect": "NoExecute"}]


@breaks("nodes/taints", "fail", "karpenter.sh/unregistered:NoExecute", "still there")
def node_never_registered(dump):
    node_not_registered_yet(dump)
    dump.node()["metadata"]["creationTimestamp"] = LONG_AGO


# Pods that wait.


@breaks("pods/pending", "waiting", "pool train can host it (p5.48xlarge)", "Insufficient nvidia.com/gpu")
def efa_test_waits(dump):
    message = "0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 node(s) didn't match Pod's node affinity."
    _unschedule(dump.find("pods", "efa-test-pod"), message)
    dump.event("Pod", "efa-test-pod", "FailedScheduling", message, by="default-scheduler", namespace="default")
    dump.logs.pop("efa-test-pod-fi_info")


@breaks("pods/pending", "fail", "pool train can host it", "Karpenter sees no host where the manifests have one")
def karpenter_finds_no_type(dump):
    pod = dump.find("pods", "efa-test-pod")
    _unschedule(pod, "0/3 nodes are available")
    pod["metadata"]["creationTimestamp"] = LONG_AGO
    message = "Failed to schedule pod, no instance type has the required offering"
    dump.event("Pod", "efa-test-pod", "FailedScheduling", message, namespace="default")
    dump.logs.pop("efa-test-pod-fi_info")


@breaks("pods/pending", "fail", "No pool can host it", "insufficient nvidia.com/gpu")
def sixteen_gpus_in_one_pod(dump):
    pod = dump.find("pods", "efa-test-pod")
    for part in ("limits", "requests"):
        pod["spec"]["containers"][0]["resources"][part][GPU] = "16"
    _unschedule(pod, "0/3 nodes are available")
    dump.logs.pop("efa-test-pod-fi_info")


@breaks("pods/pending", "fail", "used up its limit of cpu: 1000 of 1000")
def limit_of_the_pool_used_up(dump):
    dump.find("nodepools", "gpu")["status"]["resources"]["cpu"] = "1000"
    _unschedule(dump.find("pods", "gpu-pod"), "0/3 nodes are available")


# Tests and their logs.


@breaks("smoke-tests/phase", "fail", "exit code 9", "Pod/default/gpu-pod")
def gpu_test_failed(dump):
    pod = dump.find("pods", "gpu-pod")
    pod["status"]["phase"] = "Failed"
    pod["status"]["containerStatuses"][0]["state"] = {"terminated": {"exitCode": 9, "reason": "Error"}}
    dump.logs["gpu-pod"] = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n"


@breaks("smoke-tests/gpus", "fail", "driver does not answer")
def driver_does_not_answer(dump):
    text = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest"
    dump.logs["gpu-pod"] = text


@breaks("smoke-tests/gpus", "fail", "no nvidia-smi")
def runtime_without_gpus(dump):
    dump.logs["gpu-pod"] = "/bin/sh: 1: nvidia-smi: not found\n"


@breaks("smoke-tests/phase", "fail", "UnexpectedAdmissionError", "delete the pod")
def kubelet_had_no_device_left(dump):
    message = (
        "Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0"
    )
    status = {"phase": "Failed", "reason": "UnexpectedAdmissionError", "message": message}
    dump.find("pods", "gpu-pod")["status"] = status
    dump.logs.pop("gpu-pod")


@breaks("smoke-tests/gpus", "fail", "GPU 0 is NVIDIA L4", "a10g")
def other_gpu_than_the_type_has(dump):
    dump.logs["gpu-pod"] = nvidia_smi("NVIDIA L4", memory=23034)


@breaks("smoke-tests/gpus", "fail", "2 uncorrected ECC errors")
def ecc_errors(dump):
    dump.logs["gpu-pod"] = nvidia_smi("NVIDIA A10G", memory=23028, ecc=2)


@breaks("smoke-tests/errors", "fail", "Xid 79", "fallen off the bus")
def xid_in_a_log(dump):
    dump.logs["gpu-pod"] += XID_79


@breaks("smoke-tests/driver", "fail", "serves CUDA 12.4 at most")
def driver_older_than_the_image(dump):
    dump.logs["gpu-pod"] = nvidia_smi("NVIDIA A10G", memory=23028, driver="550.163.01", cuda="12.4")


@breaks("smoke-tests/fabric", "fail", "finds no EFA", "hostPath")
def no_fabric(dump):
    dump.logs["efa-test-pod-fi_info"] = NO_FABRIC


@breaks("smoke-tests/fabric", "fail", "16 EFA devices of the 32")
def half_of_the_fabric(dump):
    dump.logs["efa-test-pod-fi_info"] = fi_info(16)


@breaks("smoke-tests/fabric", "fail", "lists no provider efa", "tcp")
def fabric_without_efa(dump):
    dump.logs["efa-test-pod-fi_info"] = fi_info(2, provider="tcp;ofi_rxm")


# Karpenter.


@breaks("karpenter/version", "fail", "Karpenter 1.8.2 runs")
def older_karpenter(dump):
    container = dump.find("deployments", "karpenter")["spec"]["template"]["spec"]["containers"][0]
    container["image"] = "public.ecr.aws/karpenter/controller:1.8.2@sha256:" + "0" * 64


@breaks("karpenter/running", "fail", "Karpenter does not run")
def karpenter_scaled_to_nothing(dump):
    deployment = dump.find("deployments", "karpenter")
    deployment["spec"]["replicas"] = 0
    deployment["status"] = {"observedGeneration": 2}
