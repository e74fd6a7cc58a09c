"""Node.js boots in a thread of its own, while Python imports the rest."""

import subprocess
import sys

from cdk8s_eks_gpu.constructs.node import ASSEMBLIES

# Without the thread, what the main thread loads into Node.js, in its order.
CODE = """
import sys, threading
threading.Thread.start = lambda _: None
import cdk8s_eks_gpu.constructs
print(*[name.removesuffix("._jsii") for name in sys.modules if name.endswith("._jsii")])
"""


def test_two_threads_never_ask_node_at_the_same_time():
    """The thread loads what the main thread loads, in its order: each waits for the other, and no answer gets lost."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["constructs", *ASSEMBLIES]
