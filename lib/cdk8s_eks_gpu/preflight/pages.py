"""The page of each rule: what it means, why it matters, its fix, and manifests that show it.

`tools/rule_pages.py` writes them to docs/rules; the wheel carries them beside this package.
"""

from __future__ import annotations

from pathlib import Path

from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.preflight.rules import ALL_RULES

_PACKAGE = Path(__file__).parents[1]
# In the wheel, and in a checkout of the project.
_FOLDERS = (_PACKAGE / "rule_pages", _PACKAGE.parents[1] / "docs" / "rules")


def rule_page(rule: str) -> str:
    """Return the page of a rule in Markdown; an empty text where the pages are not there.

    Raises:
        UnknownNameError: There is no such rule.
    """
    if rule not in ALL_RULES:
        raise UnknownNameError("rule", rule, ALL_RULES, "`eks-gpu rule` lists all of them.")
    for folder in _FOLDERS:
        page = folder / f"{rule}.md"
        if page.is_file():
            return page.read_text(encoding="utf-8")
    return ""
