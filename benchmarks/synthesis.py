"""How long `python main.py` takes, against a process that imports cdk8s and synthesises an empty app.

Whole processes, in turns, on the same Node.js; medians and their ratio.
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
EMPTY = "import cdk8s; cdk8s.App().synth()"


def seconds(*arguments: str) -> float:
    """Return how long one run of Python takes, writing its output to a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CDK8S_OUTDIR": str(Path(folder, "dist"))}
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True)
        return time.perf_counter() - started


def main() -> None:
    """Print both medians and the ratio."""
    start_node()  # Sets JSII_NODE, so that both run on the same Node.js.
    commands = {"empty cdk8s app": ("-c", EMPTY), "python main.py": ("main.py",)}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, arguments in commands.items():
            times[name].append(seconds(*arguments))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:16} {median:6.3f} s (median of {ROUNDS})")
    print(f"{'ratio':16} {medians['python main.py'] / medians['empty cdk8s app']:6.2f}")


if __name__ == "__main__":
    main()
