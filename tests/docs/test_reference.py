"""The pages that the code determines."""

import re
import subprocess
import sys
from typing import get_args

from blocks import ROOT

from cdk8s_eks_gpu.findings.rule_ids import RuleId


def test_pages_of_commands_and_options_are_what_the_code_says(tmp_path):
    """A change of an option or of a command's help changes its page, and no page stays: `make api` writes them."""
    subprocess.run([sys.executable, ROOT / "tools/reference_pages.py", tmp_path], check=True)
    written = {file.relative_to(tmp_path): file.read_text(encoding="utf-8") for file in tmp_path.rglob("*.md")}
    files = [ROOT / "docs/options.md", *(ROOT / "docs/commands").iterdir(), *(ROOT / "docs/constructs").iterdir()]
    assert written == {file.relative_to(ROOT / "docs"): file.read_text(encoding="utf-8") for file in files}


def rows(page):
    """Return the rows of the page's tables whose first cell is code, by that code."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return {found[1]: found[0] for found in re.finditer(r"^\| `([a-z-]+)` \|.*$", text, re.MULTILINE)}


def test_the_page_of_check_has_a_row_for_each_group():
    """A group of rules that is not in the table would not be found by who reads docs/check.md."""
    assert {rule.partition("/")[0] for rule in get_args(RuleId)} <= rows("check.md").keys()


def test_the_page_of_verify_names_each_result():
    """Each result that `verify` can give stands in the row of its part, in docs/verify.md."""
    sources = (ROOT / "lib/cdk8s_eks_gpu/verify").rglob("*.py")
    text = "".join(source.read_text(encoding="utf-8") for source in sources)
    results = set(re.findall(r'\bResult\(\s*"([a-z-]+)/([a-z-]+)"', text))
    assert len(results) > 20
    assert [(part, name) for part, name in sorted(results) if f"`{name}`" not in rows("verify.md").get(part, "")] == []
