"""Build a release and check it, without publishing and without a tag: `python tools/release.py VERSION [REPOSITORY]`.

The version goes into pyproject.toml, the one place that has it; what CHANGELOG.md lists as unreleased becomes the entry
of the release. The repository's address has to be said once; pyproject.toml keeps it. Wheel and source distribution are
built twice, must be the same bytes, and go to build/release/.
"""

import hashlib
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
ADDRESS = re.compile(r"https://[\w.-]+(?:/[\w.-]+)+")
NO_ADDRESS = "https://github.com/OWNER/cdk8s-eks-gpu"
UNRELEASED = "## Unreleased\n"
NOTHING_YET = "Nothing is released yet. What changes for whoever has used the main branch is listed here.\n\n"


def with_version(project: str, version: str) -> str:
    """Return the text of pyproject.toml with the version."""
    changed, count = re.subn(r'(?m)^version = ".*"$', f'version = "{version}"', project)
    if count != 1:
        raise SystemExit("pyproject.toml: there is not one line `version = ...`")
    return changed


def with_repository(project: str, repository: str) -> str:
    """Return the text of pyproject.toml with the repository's address, if it is not there yet."""
    if NO_ADDRESS not in project:
        return project
    if not ADDRESS.fullmatch(repository):
        raise SystemExit(
            f"{repository!r} is no address of the repository, which the README's links need on a package index: "
            "make release VERSION=1.2.3 REPOSITORY=https://github.com/..."
        )
    return project.replace(NO_ADDRESS, repository)


def with_entry(changelog: str, version: str, date: str) -> str:
    """Return the text of CHANGELOG.md, in which what was unreleased is the entry of the version."""
    if f"## {version} " in changelog:
        return changelog  # the release is built again
    before, heading, after = changelog.partition(UNRELEASED)
    if not heading or not re.match(r"\s*[^\s#]|\s*###", after):
        raise SystemExit("CHANGELOG.md: nothing is unreleased")
    before = before.replace(NOTHING_YET, "")
    return f"{before}{UNRELEASED}\n## {version} ({date})\n{after}"


def build(folder: Path, epoch: str) -> dict[str, str]:
    """Build both distributions, and return the sha256 of each by its name."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env=environment)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def main(version: str = "", repository: str = "") -> None:
    """Write the version and the entry, build twice, compare and check."""
    if not VERSION.fullmatch(version):
        raise SystemExit(f"{version!r} is no version such as 1.2.3 or 1.2.3rc1: make release VERSION=1.2.3")
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct")
    date = f"{datetime.fromtimestamp(int(epoch), UTC):%Y-%m-%d}"
    project = with_version((ROOT / "pyproject.toml").read_text("utf-8"), version)
    texts = {
        ROOT / "pyproject.toml": with_repository(project, repository),
        ROOT / "CHANGELOG.md": with_entry((ROOT / "CHANGELOG.md").read_text("utf-8"), version, date),
    }
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")
    folders = [ROOT / "build" / name for name in ("release", "release-again")]
    for folder in folders:
        for old in folder.glob("*"):
            old.unlink()
    first, second = (build(folder, epoch) for folder in folders)
    if first != second:
        raise SystemExit(f"two builds differ:\n{first}\n{second}")
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *map(str, folders[0].iterdir())], check=True)
    for name, digest in first.items():
        sys.stdout.write(f"sha256 {digest}  build/release/{name}\n")
    sys.stdout.write(f"Built with SOURCE_DATE_EPOCH={epoch}. Next: commit, tag v{version}, upload build/release/.\n")


def git(*arguments: str) -> str:
    """Return what git prints."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main(*sys.argv[1:3])
