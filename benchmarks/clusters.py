"""What several clusters of one base cost: `python benchmarks/clusters.py`.

Absolute times depend on the machine; what should hold anywhere is the last column, the time for twice as many clusters
over the time for once as many: at most 2, since what the clusters have in common is worked out once.
"""

import json
import tempfile
from pathlib import Path
from time import process_time

from click.testing import CliRunner

from cdk8s_eks_gpu.cli import main as eks_gpu
from cdk8s_eks_gpu.provisioning import cluster

ROOT = Path(__file__).parent.parent
CLUSTERS = 100
COMMANDS = {
    "check": ["check", "{clusters}", "--format", "json"],
    "explain": ["explain", "{clusters}", "--format", "json"],
    "explain --diff": ["explain", "{clusters}", "--diff", "{clusters}", "--format", "json"],
}


def write(folder: Path, count: int) -> Path:
    """Write so many clusters on top of the repository's cluster.yaml, and return their folder."""
    clusters = folder / str(count) / "clusters"
    clusters.mkdir(parents=True)
    (clusters.parent / "base.yaml").write_bytes((ROOT / "cluster.yaml").read_bytes())
    for number in range(count):
        data = {"extends": "../base.yaml", "cluster": {"name": f"c{number}"}}
        data |= {"nodePools": {"gpu": {"limits": {"cpu": 1_000 + number}}}}
        (clusters / f"{number:03}.yaml").write_text(json.dumps(data), encoding="utf-8")
    return clusters


def seconds(command: list[str], clusters: Path) -> float:
    """Return the CPU time of a command on the clusters, of which nothing is known yet."""
    cluster._TYPES.clear()  # noqa: SLF001 -- as in a process of its own
    started = process_time()
    done = CliRunner().invoke(eks_gpu, [each.format(clusters=clusters) for each in command])
    if done.exit_code != 0:
        raise SystemExit(done.output)
    return process_time() - started


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        half, whole = (write(Path(name), count) for count in (CLUSTERS // 2, CLUSTERS))
        print(f"{'CPU seconds':<16}{CLUSTERS // 2:>10}{CLUSTERS:>10}{'ratio':>10}")
        for command, arguments in COMMANDS.items():
            seconds(arguments, half)  # imports, and what is read once
            once, twice = seconds(arguments, half), seconds(arguments, whole)
            print(f"{command:<16}{once:>10.2f}{twice:>10.2f}{twice / once:>10.2f}")


if __name__ == "__main__":
    main()
