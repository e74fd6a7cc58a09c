"""Write what the examples make: `python tools/examples.py [FOLDER...]`, all of them unless some are named.

Each folder below examples/ with a cluster.yaml gets its dist/, and one with clusters/ a dist/ with a folder for each.
The Kustomize overlay gets its output, if a kubectl is there.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cdk8s_eks_gpu.charts.store import project_store
from cdk8s_eks_gpu.constructs import GpuApp, GpuStack, load_cluster

EXAMPLES = Path(__file__).parent.parent / "examples"
OVERLAY = EXAMPLES / "kustomize" / "production"
RENDERED = EXAMPLES / "kustomize" / "production.yaml"


def write(config: Path, output: Path) -> None:
    """Write the manifests of a configuration."""
    app = GpuApp(str(output))
    GpuStack(app, load_cluster(config), smoke_tests=app.smoke_tests, chart_store=project_store(config))
    app.synth()


def outputs(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the configurations below a folder, each with the place of its manifests."""
    for config in folder.rglob("cluster.yaml"):
        yield config, config.parent / "dist"
    for config in folder.rglob("clusters/*.yaml"):
        yield config, config.parent.parent / "dist" / config.stem


def kustomized() -> str | None:
    """Return what the overlay makes of its base; None where there is no kubectl."""
    kubectl = shutil.which("kubectl", path=f"{EXAMPLES.parent / '.cache' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if kubectl is None:
        return None
    return subprocess.run([kubectl, "kustomize", str(OVERLAY)], check=True, capture_output=True, text=True).stdout


def main(*names: str) -> None:
    """Write what the named examples make."""
    folders = [EXAMPLES / name for name in names] or [EXAMPLES]
    for config, output in sorted(pair for folder in folders for pair in outputs(folder)):
        write(config, output)
        print(output.relative_to(EXAMPLES))  # noqa: T201
    if text := kustomized():
        RENDERED.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
