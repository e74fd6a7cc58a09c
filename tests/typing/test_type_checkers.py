"""What type checkers say of the public names: nothing where all is right, and every slip."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
RIGHT = [HERE / "uses.py", ROOT / "examples/app/app.py"]
MISTAKES = HERE / "mistakes.py"


def mypy(folder, *files):
    """Return the lines with errors by file, as a user without this repository's settings sees them."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", folder, *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    found = re.findall(r"^(.+):(\d+): error: ", done.stdout, re.MULTILINE)
    return {(Path(file).name, int(line)) for file, line in found}


def pyright(folder, *files):
    """Return the lines with errors by file."""
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", "-p", folder, *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in found if each["severity"] == "error"
    }


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_type_checkers_see_all_names_and_every_slip(checker, tmp_path):
    """Right code has no errors, and each slip is found on its line by both."""
    lines = MISTAKES.read_text(encoding="utf-8").splitlines()
    expected = {(MISTAKES.name, number) for number, line in enumerate(lines, 1) if "# mistake: " in line}
    assert len(expected) > 20
    assert checker(tmp_path, *RIGHT, MISTAKES) == expected


def test_what_type_checkers_take_runs(tmp_path):
    """The code that they have nothing to say about writes its manifests."""
    done = subprocess.run([sys.executable, RIGHT[0]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "dist/own.k8s.yaml").is_file()
    assert (tmp_path / "plain/nodes.k8s.yaml").is_file()
