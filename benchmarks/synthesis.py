"""How long `python main.py` takes, against a process that imports cdk8s and synthesises an empty app.

Whole processes, in turns, on the same Node.js; medians and their ratios. `python main.py` is measured twice, for the
cluster.yaml of this repository and for one with a thousand pools: as it is run day by day, with the preflight's report
on the same manifests in the report cache, and with an empty cache.
"""

import json
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
POOLS = 1_000
EMPTY = "empty cdk8s app"
EMPTY_CACHE = ", empty cache"


def many_pools() -> str:
    """Return a configuration of a thousand different pools; JSON is YAML."""
    node_class = {"role": "nodes", "ami": "al2023@v20251112", "discovery": "training"}
    pool = {"nodeClass": "gpu", "architectures": ["amd64"], "capacityTypes": ["spot", "on-demand"]}
    pools = {
        f"pool-{number}": {
            **pool,
            "instanceTypes": ["p5.48xlarge"],
            "labels": {"team": f"team-{number}"},
            "limits": {"cpu": 1_000 + number},
        }
        for number in range(POOLS)
    }
    cluster = {"name": "training", "kubernetesVersion": "1.34", "karpenterVersion": "1.14.1"}
    return json.dumps({"cluster": cluster, "nodeClasses": {"gpu": node_class}, "nodePools": pools})


def seconds(arguments: list[str], folder: str, cache: str) -> float:
    """Return how long one run takes, with its output in the folder: that of each configuration has its own place."""
    # cdk8s was compiled when it was installed; where this is set, our own code would be compiled at each run.
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}
    environment = {
        **os.environ,
        **compiled,
        "CDK8S_OUTDIR": f"{folder}/dist/{Path(arguments[1]).stem}",
        "XDG_CACHE_HOME": cache,
    }
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Print the medians and their ratios to the empty app."""
    start_node()  # Sets JSII_NODE, so that all run on the same Node.js.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pools.yaml").write_text(many_pools(), encoding="utf-8")
        commands = {EMPTY: ["-c", "import cdk8s; cdk8s.App().synth()"]}
        for name, config in (("cluster.yaml", "cluster.yaml"), (f"{POOLS:,} pools", f"{folder}/pools.yaml")):
            commands |= {name: ["main.py", config], name + EMPTY_CACHE: ["main.py", config]}
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS + 1):
            for name, measured in times.items():
                cache = tempfile.mkdtemp(dir=folder) if name.endswith(EMPTY_CACHE) else folder
                measured.append(seconds(commands[name], folder, cache))
    for name, measured in times.items():
        median, base = (statistics.median(values[1:]) for values in (measured, times[EMPTY]))
        print(f"{name:26} {median:6.3f} s (median of {ROUNDS}), ratio {median / base:5.2f}")


if __name__ == "__main__":
    main()
