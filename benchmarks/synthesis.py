"""How long `python main.py` takes, against a process that imports cdk8s and synthesises an empty app.

Whole processes, in turns, on the same Node.js; medians and their ratios. `python main.py` is measured twice: as it is
run day by day, with the verdict on the same manifests remembered, and with manifests that were never judged.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cdk8s_eks_gpu.constructs.node import start_node

ROOT = Path(__file__).parent.parent
ROUNDS = 15
EMPTY = "empty cdk8s app"
COMMANDS = {
    EMPTY: ("-c", "import cdk8s; cdk8s.App().synth()"),
    "python main.py": ("main.py",),
    "... never judged": ("main.py",),
}


def seconds(name: str, folder: str) -> float:
    """Return how long one run takes, with its output and its cache in the folder."""
    cache = tempfile.mkdtemp(dir=folder) if name == "... never judged" else folder
    environment = {**os.environ, "CDK8S_OUTDIR": f"{folder}/dist", "XDG_CACHE_HOME": cache}
    started = time.perf_counter()
    subprocess.run([sys.executable, *COMMANDS[name]], cwd=ROOT, env=environment, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Print the medians and their ratios to the empty app."""
    start_node()  # Sets JSII_NODE, so that all run on the same Node.js.
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS + 1):
            for name, measured in times.items():
                measured.append(seconds(name, folder))
    for name, measured in times.items():
        median, base = (statistics.median(values[1:]) for values in (measured, times[EMPTY]))
        print(f"{name:16} {median:6.3f} s (median of {ROUNDS}), ratio {median / base:4.2f}")


if __name__ == "__main__":
    main()
