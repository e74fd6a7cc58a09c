"""Run an app of tools/construct_examples, and show it and the manifests that it writes on its construct's page."""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

EXAMPLES = Path(__file__).parent / "construct_examples"
LONGEST = 160
"""A file with more lines is shown as a list of its objects."""
SHOWN = {"NvidiaDevicePlugin": "ConfigMap/nvidia/nvdp-nvidia-device-plugin-configs"}
"""The object of a longer file that the options are about."""


def example_of(construct: str) -> str:
    """Return the part of a construct's page that shows its example: the app, the files it reads, what it writes."""
    app = EXAMPLES / f"{re.sub('(?<=[a-z])(?=[A-Z])', '_', construct).lower()}.py"
    text = _text(app)
    read = [file for file in sorted(EXAMPLES.glob("*.yaml")) if f'"{file.name}"' in text]
    with tempfile.TemporaryDirectory() as folder:
        _run(app, Path(folder))
        written = {file.relative_to(folder).as_posix(): _text(file) for file in sorted(Path(folder).rglob("*.yaml"))}
    parts = [
        f"## Example\n\n```python\n{text}```\n",
        *(f"With `{file.name}`:\n\n```yaml\n{_text(file)}```\n" for file in read),
        *(f"`dist/{name}`{_manifests(each, SHOWN.get(construct))}" for name, each in written.items()),
    ]
    return "\n".join(parts)


def _run(app: Path, output: Path) -> None:
    """Run the app as its reader does, in the folder of its files."""
    environment = {"PATH": "", "CDK8S_OUTDIR": str(output), "EKS_GPU_CHARTS": "frozen"}
    run = subprocess.run(
        [sys.executable, app], cwd=EXAMPLES, env=environment, capture_output=True, text=True, check=False
    )
    if run.returncode != 0 or "warning" in run.stderr:
        raise SystemExit(f"{app.name} is no example to copy:\n{run.stderr}")


def _manifests(text: str, shown: str | None) -> str:
    """Return how a page goes on behind a file's name: the manifests, or what there are, and the one that is shown."""
    if text.count("\n") <= LONGEST:
        return f":\n\n```yaml\n{text}```\n"
    documents = {_name(yaml.safe_load(each)): each for each in text.split("---\n")}
    counted = Counter(name.partition("/")[0] for name in documents)
    kinds = ", ".join(f"{kind} ({count})" for kind, count in counted.items())
    found = f"\n`{shown}` is what the options say:\n\n```yaml\n{documents[shown]}```\n" if shown in documents else ""
    return f" has {len(documents)} objects: {kinds}.\n{found}"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _name(manifest: dict[str, dict[str, str]]) -> str:
    metadata = manifest["metadata"]
    return "/".join(filter(None, [str(manifest["kind"]), metadata.get("namespace"), metadata["name"]]))
