"""The manifest of the test of one whole node: a Job that sees all of its GPUs and all of its EFA devices, and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.objects.fields import plain
from cdk8s_eks_gpu.objects.pods import DO_NOT_DISRUPT, IPC_LOCK, metadata_of, shared_memory
from cdk8s_eks_gpu.objects.whole_nodes import efa_interfaces, gpus, labels, scheduling

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.whole_nodes import NodeTestOptions

# Both are counted, whatever comes of the first. libfabric lists a device once for each fabric and type of endpoint, by
# names such as rdmap16s27-rdm and rdmap16s27-dgrm.
_SCRIPT = """\
failed=0
nvidia-smi || failed=1
gpus=$(nvidia-smi -L | grep -c '^GPU ')
[ "$gpus" -eq "$GPUS" ] || failed=1
echo "found $gpus GPUs, expected $GPUS"
if [ "$EFAS" -gt 0 ]; then
  fi_info -p efa || failed=1
  efas=$(fi_info -p efa | sed -n 's/^ *domain: *//p' | sed 's/-[a-z]*$//' | sort -u | grep -c .)
  [ "$efas" -eq "$EFAS" ] || failed=1
  echo "found $efas EFA devices, expected $EFAS"
fi
exit $failed
"""


def node_test(options: NodeTestOptions) -> dict[str, Any]:
    """Return the Job. It asks for all that a node has, so that it lands where all of that is registered.

    Raises:
        MissingOptionError: The options name no instance type, or one without GPUs.
        UnknownNameError: The instance type is not known.
    """
    count, efas = gpus(options), efa_interfaces(options)
    volume, mount = shared_memory(f"{count}Gi")
    metadata = metadata_of(options, labels(options))
    container = {
        "name": options.name,
        "image": options.image,
        "command": ["/bin/sh", "-c", _SCRIPT],
        "env": [{"name": "GPUS", "value": str(count)}, {"name": "EFAS", "value": str(efas)}],
        "resources": {"limits": {vocabulary.GPU: count, vocabulary.EFA: efas or None}},
        "securityContext": IPC_LOCK if efas else None,
        "volumeMounts": [mount],
    }
    manifest: dict[str, Any] = plain(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": metadata,
            "spec": {
                "activeDeadlineSeconds": options.active_deadline_seconds,
                "backoffLimit": 0,
                "template": {
                    "metadata": {"labels": metadata["labels"], "annotations": DO_NOT_DISRUPT},
                    "spec": {
                        **scheduling(options),
                        "restartPolicy": "Never",
                        "containers": [container],
                        "volumes": [volume],
                    },
                },
            },
        }
    )
    return manifest
