"""Write what the examples make: `python tools/examples.py [FOLDER...]`, all of them unless some are named.

Each folder below examples/ with a cluster.yaml or an app.py gets its dist/, and one with clusters/ a dist/ with a
folder for each. The Kustomize overlay gets its output, if a kubectl is there.
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


def write(source: Path, output: Path) -> None:
    """Write the manifests of a configuration, or of an app, which runs without a Node.js on the PATH."""
    if source.name == "app.py":
        shutil.rmtree(output, ignore_errors=True)
        environment = {"PATH": "", "CDK8S_OUTDIR": str(output)}
        subprocess.run([sys.executable, source], cwd=source.parent, env=environment, check=True)
        return
    app = GpuApp(str(output))
    GpuStack(app, load_cluster(source), smoke_tests=app.smoke_tests, chart_store=project_store(source))
    app.synth()


def outputs(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the configurations and apps below a folder, each with the place of its manifests."""
    for source in (*folder.rglob("cluster.yaml"), *folder.rglob("app.py")):
        yield source, source.parent / "dist"
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
    for source, output in sorted(pair for folder in folders for pair in outputs(folder)):
        write(source, output)
        print(output.relative_to(EXAMPLES))  # noqa: T201
    if text := kustomized():
        RENDERED.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
