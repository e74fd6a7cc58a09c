"""The pages that the code determines."""

import subprocess
import sys

from blocks import ROOT


def test_pages_of_commands_and_options_are_what_the_code_says(tmp_path):
    """A change of an option or of a command's help changes its page, and no page stays: `make api` writes them."""
    subprocess.run([sys.executable, ROOT / "tools/reference_pages.py", tmp_path], check=True)
    written = {file.relative_to(tmp_path): file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.md")}
    files = [ROOT / "docs/options.md", *(ROOT / "docs/commands").iterdir(), *(ROOT / "docs/constructs").iterdir()]
    assert written == {file.relative_to(ROOT / "docs"): file.read_text(encoding="utf-8") for file in files}
