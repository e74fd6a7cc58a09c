"""Node.js is started beside the imports, and called by one thread at a time."""

import subprocess
import sys

import pytest

_WATCHED = """
import threading, time
from jsii._kernel.providers.process import _NodeProcess

send, calls = _NodeProcess.send, threading.Lock()

def watched(*args):
    free = calls.acquire(blocking=False)
    if not free:
        print("two threads call Node.js at once")
        calls.acquire()
    try:
        time.sleep(0.2)  # so that the other thread comes by, if there is one
        return send(*args)
    finally:
        calls.release()

_NodeProcess.send = watched
"""


@pytest.mark.parametrize(
    "imports", ["from cdk8s_eks_gpu import GpuStack", "from cdk8s_eks_gpu import cdk8s; cdk8s.App()"]
)
def test_node_js_is_called_by_one_thread_at_a_time(imports):
    """Jsii loses a reply, and waits for it forever, when two threads call Node.js at once."""
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED + imports], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
