"""The same stack made in other ways, side by side: `python benchmarks/compare.py [--rounds 5]`.

Whole processes, in turns, on the same Node.js: medians with the spread from the smallest to the largest, the ratio to
ours checked, and the peak memory of all their processes together. What is not here is left out, with the reason. The
result is a table, which `--markdown FILE` writes too, and `--plot FILE` draws.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cdk8s_eks_gpu.constructs.node import start_node

ROOT = Path(__file__).parent.parent
TYPESCRIPT = ROOT / ".cache" / "benchmark-typescript"
SIZES = (1, 10, 100, 1_000)
CHECKED, CHECKED_BEFORE = "cdk8s-eks-gpu, checked", "cdk8s-eks-gpu, checked before"
EMPTY = "empty app in Python"
PLUGINS = "both plugins"


@dataclass
class Way:
    """One way to make the stack.

    Attributes:
        name: What it is called in the table.
        command: What is run.
        environment: What it has in its environment beside ours.
        cold: Whether each run has an empty cache for the preflight's reports.
        seconds: How long the runs took.
        megabytes: The most memory that its processes had together, in each run.
    """

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    cold: bool = False
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        """Run it once."""
        cache = tempfile.mkdtemp(dir=folder) if self.cold else str(folder / "cache")
        environment = {
            **os.environ,
            "CDK8S_OUTDIR": str(folder / "dist"),
            "XDG_CACHE_HOME": cache,
            "PYTHONDONTWRITEBYTECODE": "",  # as where packages are installed: compiled once
            **self.environment,
        }
        started = time.perf_counter()
        process = psutil.Popen(
            self.command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        most = 0
        while process.poll() is None:
            most = max(most, _memory(process))
            time.sleep(0.005)
        self.seconds.append(time.perf_counter() - started)
        self.megabytes.append(most / 1e6)
        if process.returncode:
            raise SystemExit(f"{self.name} failed: {' '.join(self.command)}")


def _memory(process: psutil.Popen) -> int:
    """Return what the process and those that it started have in memory now."""
    try:
        return sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))
    except psutil.Error:  # one of them has just ended
        return 0


def configuration(pools: int, folder: Path, *, plugins: bool = False) -> str:
    """Write a cluster.yaml of so many pools, and return its path; JSON is YAML."""
    pool = {
        "nodeClass": "gpu",
        "architectures": ["amd64"],
        "capacityTypes": ["spot", "on-demand"],
        "instanceTypes": ["p5.48xlarge"],
    }
    cluster = {
        "cluster": {"name": "training", "kubernetesVersion": "1.34", "karpenterVersion": "1.14.1"},
        "nodeClasses": {"gpu": {"role": "nodes", "ami": "al2023@v20251112", "discovery": "training"}},
        "nodePools": {
            f"pool-{number}": {**pool, "labels": {"team": f"team-{number}"}, "limits": {"cpu": 1_000 + number}}
            for number in range(pools)
        },
        "plugins": {"nvidia": {"version": "0.18.0"}, "efa": {"version": "v0.5.30"}} if plugins else {},
    }
    path = folder / f"{pools}{'-plugins' if plugins else ''}.yaml"
    path.write_text(json.dumps(cluster), encoding="utf-8")
    return str(path)


def prepare_typescript() -> bool:
    """Install and compile the TypeScript app once; return whether that worked."""
    built = TYPESCRIPT / "build" / "main.js"
    if built.exists() and built.stat().st_mtime > (ROOT / "benchmarks/typescript/main.ts").stat().st_mtime:
        return True
    shutil.copytree(ROOT / "benchmarks" / "typescript", TYPESCRIPT, dirs_exist_ok=True)
    path = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    crds = [str(ROOT / "imports" / "crds" / name) for name in ("karpenter.sh.yaml", "karpenter.k8s.aws.yaml")]
    steps = [
        ["npm", "install", "--silent", "--no-audit", "--no-fund"],
        *(["node_modules/.bin/cdk8s", "import", "--no-check-upgrade", "--language", "typescript", crd] for crd in crds),
        ["node_modules/.bin/tsc", "--project", "."],
    ]
    return all(
        subprocess.run(step, cwd=TYPESCRIPT, env=path, stdout=subprocess.DEVNULL, check=False).returncode == 0
        for step in steps
    )


def ways(pools: int, folder: Path, *, typescript: bool) -> list[Way]:
    """Return the ways to make a node class and so many pools."""
    python, node = sys.executable, os.environ["JSII_NODE"]
    config = configuration(pools, folder)
    found = [
        Way(CHECKED, [python, "main.py", config], cold=True),
        Way(CHECKED_BEFORE, [python, "main.py", config]),
        Way("cdk8s-eks-gpu, not checked", [python, "main.py", config], {"EKS_GPU_PREFLIGHT": "off"}),
        Way("generated classes in Python", [python, "benchmarks/generated.py", str(pools)]),
    ]
    if pools == 1:
        found.append(Way(EMPTY, [python, "-c", "import cdk8s; cdk8s.App().synth()"]))
    if typescript:
        compiled, source = str(TYPESCRIPT / "build" / "main.js"), str(TYPESCRIPT / "main.ts")
        ts_node = str(TYPESCRIPT / "node_modules" / "ts-node" / "dist" / "bin.js")
        project = {"TS_NODE_PROJECT": str(TYPESCRIPT / "tsconfig.json")}
        found.append(Way("TypeScript, compiled", [node, compiled, str(pools)]))
        found.append(Way("TypeScript, ts-node", [node, ts_node, source, str(pools)], project))
    return found


def ways_with_plugins(pools: int, folder: Path, archives: tuple[str, str] | None, *, typescript: bool) -> list[Way]:
    """Return the ways to make so many pools with both device plugins, those with Helm if there are archives."""
    config = configuration(pools, folder, plugins=True)
    command = [sys.executable, "main.py", config]
    found = [Way(CHECKED, command, cold=True), Way(CHECKED_BEFORE, command)]
    if archives is None:
        return found
    if typescript:
        app = [os.environ["JSII_NODE"], str(TYPESCRIPT / "build" / "main.js"), str(pools), *archives]
        found.append(Way("TypeScript, compiled, with Helm", app))
    if pools > 1:  # Neither Helm nor kubectl has anything to do with pools.
        return found
    nvidia, efa = archives
    flags = "--include-crds --no-hooks"
    script = f"helm template nvdp {nvidia} -n nvidia {flags} && helm template efa {efa} -n kube-system"
    if shutil.which("kubectl"):
        kustomization = folder / "kustomize"
        kustomization.mkdir()
        (kustomization / "kustomization.yaml").write_text("resources: [plugins.yaml]\n", encoding="utf-8")
        script = f"({script}) > {kustomization}/plugins.yaml && kubectl kustomize {kustomization}"
    found.append(Way(f"helm template{' and kubectl kustomize' if 'kustomize' in script else ''}", ["sh", "-c", script]))
    return found


def _archives() -> tuple[str, str] | None:
    folder = os.environ.get("EKS_GPU_CHART_DIR")
    names = ("nvidia-device-plugin-0.18.0.tgz", "aws-efa-k8s-device-plugin-v0.5.30.tgz")
    if folder is None or shutil.which("helm") is None:
        return None
    found = [str(path) for name in names for path in sorted(Path(folder).rglob(name))[:1]]
    return (found[0], found[1]) if len(found) == len(names) else None


def table(results: dict[str, list[Way]]) -> str:
    """Return the results as Markdown."""
    lines = [
        "| pools | way | seconds (from, to) | ratio | MB |",
        "| --- | --- | --- | --- | --- |",
    ]
    for size, measured in results.items():
        base = statistics.median(measured[0].seconds)
        for way in measured:
            median = statistics.median(way.seconds)
            spread = f"{median:.2f} ({min(way.seconds):.2f}, {max(way.seconds):.2f})"
            memory = statistics.median(way.megabytes)
            lines.append(f"| {size} | {way.name} | {spread} | {median / base:.2f} | {memory:.0f} |")
    return "\n".join(lines) + "\n"


def plot(results: dict[str, list[Way]], path: Path) -> None:
    """Draw seconds over pools, both on logarithmic axes."""
    import matplotlib as mpl  # noqa: PLC0415 -- only a plot needs it

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "benchmark", "font.size": 11})
    from matplotlib import pyplot as plt  # noqa: PLC0415 -- after the choice of how to draw

    figure, axes = plt.subplots(figsize=(8, 4.5))
    by_name: dict[str, list[tuple[int, float]]] = {}
    for size, measured in results.items():
        if size.isdecimal():
            for way in measured:
                by_name.setdefault(way.name, []).append((int(size), statistics.median(way.seconds)))
    for name, points in by_name.items():
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="node pools", ylabel="seconds, whole process")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend(fontsize=9)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure all, and print the table."""
    parser = argparse.ArgumentParser(description="Measure the same stack made in several ways.")
    parser.add_argument(
        "--rounds", type=int, default=5, help="How often each is run, after one run that is not counted."
    )
    parser.add_argument("--markdown", type=Path, help="A file for the table.")
    parser.add_argument("--plot", type=Path, help="A file for the plot, as SVG.")
    arguments = parser.parse_args()
    start_node()  # Sets JSII_NODE, so that all run on the same Node.js.
    typescript = prepare_typescript()
    if not typescript:
        print("Left out, TypeScript: its packages could not be installed or compiled.\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = {str(size): ways(size, folder, typescript=typescript) for size in SIZES}
        archives = _archives()
        if archives is None:
            print("Left out, what needs Helm: there is no Helm 4, or EKS_GPU_CHART_DIR names no charts.\n")
        for size in (1, 10):
            results[f"{size}, {PLUGINS}"] = ways_with_plugins(size, folder, archives, typescript=typescript)
        for number in range(arguments.rounds + 1):
            for measured in results.values():
                for way in measured:
                    way.run(folder)
                    if number == 0:
                        way.seconds.clear()
                        way.megabytes.clear()
    written = table(results)
    print(written)
    if arguments.markdown:
        arguments.markdown.write_text(written, encoding="utf-8")
    if arguments.plot:
        plot(results, arguments.plot)


if __name__ == "__main__":
    main()
