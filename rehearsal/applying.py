"""`kubectl apply` of dist/ and the example: every object is accepted, and nothing differs afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from rehearsal import build
from rehearsal.api import ATTEMPTS
from rehearsal.versions import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.api import Api, Manifest

DIST = ROOT / "dist"
SMOKE_TESTS = DIST / "smoke-tests"
DELIVERIES = {
    "kubectl": "",
    "postSync": "delivery: {argocd: {syncWaves: true, smokeTests: postSync}}",
    "application": "delivery: {argocd: {syncWaves: true, smokeTests: application}}",
}
"""Sections of cluster.yaml, by what the smoke tests are in them."""
EXAMPLE = ROOT / "examples" / "app" / "app.py"


def apply(api: Api, folder: Path) -> int:
    """Apply a folder, see that nothing differs then, apply it again, and return how many objects it has.

    Of some objects kubectl says that the second time has configured them: NVIDIA's chart writes fields that the server
    drops because they say what is so anyway (`hostNetwork: false`, `annotations: {}`), and nothing changes.

    Raises:
        ValueError: Something is refused, or differs from what is on the server.
    """
    applied = _kubectl(api, "apply", "-f", str(folder))
    for _ in range(2):
        _kubectl(api, "diff", "-f", str(folder))
        _kubectl(api, "apply", "-f", str(folder))
    return len(applied)


def create(api: Api, folder: Path) -> int:
    """Create the objects of a folder, and return how many there are.

    Raises:
        ValueError: Something is refused.
    """
    return len(_kubectl(api, "create", "-f", str(folder)))


def synthesize_example(folder: Path) -> None:
    """Write the manifests of the example's app into a folder.

    Raises:
        ValueError: The app fails.
    """
    _run([sys.executable, str(EXAMPLE)], {"CDK8S_OUTDIR": str(folder)})


def synthesize_delivery(folder: Path, delivery: str) -> None:
    """Write the manifests of cluster.yaml with one of the deliveries into a folder.

    Raises:
        ValueError: Synthesis fails.
    """
    config = folder / "cluster.yaml.txt"  # no manifest, for those who read the folder
    config.write_text(
        f"{(ROOT / 'cluster.yaml').read_text(encoding='utf-8')}\n{DELIVERIES[delivery]}\n", encoding="utf-8"
    )
    _run(
        [sys.executable, "-m", "cdk8s_eks_gpu", "synth", "--config", str(config), "--output", str(folder / "dist")], {}
    )


def apply_objects(api: Api, objects: list[Manifest], file: Path) -> None:
    """Apply objects with kubectl, through a file; those of kinds whose CRD is among them in a second go.

    Raises:
        ValueError: Something is refused.
    """
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    for attempt in range(ATTEMPTS):
        try:
            _kubectl(api, "apply", "-f", str(file))
        except ValueError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(2)
        else:
            return


def run_script(api: Api, script: str, folder: Path) -> None:
    """Run a shell script that calls kubectl; the folder is its argument.

    Raises:
        ValueError: It fails.
    """
    programs = folder / "bin"
    programs.mkdir()
    kubectl = programs / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec {build.kubernetes()} kubectl "$@"\n')
    kubectl.chmod(0o755)
    (folder / "dump.sh").write_text(script)
    path = f"{programs}:{os.environ['PATH']}"
    _run(["/bin/sh", str(folder / "dump.sh"), str(folder)], {"KUBECONFIG": str(api.kubeconfig), "PATH": path})


def _kubectl(api: Api, *arguments: str) -> list[str]:
    return _run([str(build.kubernetes()), "kubectl", *arguments], {"KUBECONFIG": str(api.kubeconfig)})


def _run(command: list[str], environment: dict[str, str]) -> list[str]:
    ended = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, cwd=ROOT
    )
    if ended.returncode:
        raise ValueError(f"{' '.join(command[1:])}: {ended.stderr or ended.stdout}")
    return ended.stdout.splitlines()
