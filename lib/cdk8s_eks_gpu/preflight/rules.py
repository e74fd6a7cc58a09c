"""Every rule by its id, and its page; each rule stands beside the check that reports it.

`tools/rule_pages.py` writes the pages to docs/rules; the wheel carries them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.admission import cel, objects
from cdk8s_eks_gpu.admission.core import errors, jobs, labels, pods, resources, scheduling, workloads
from cdk8s_eks_gpu.admission.runtime import kubelet, validate
from cdk8s_eks_gpu.admission.schema import fields, metadata, structure
from cdk8s_eks_gpu.errors import UnknownNameError
from cdk8s_eks_gpu.findings import Rule
from cdk8s_eks_gpu.preflight import reading
from cdk8s_eks_gpu.preflight.checks import CHECKS

if TYPE_CHECKING:
    from types import ModuleType

_PACKAGE = Path(__file__).parents[1]
# Where their pages are: in the wheel, and in a checkout of the project.
_FOLDERS = (_PACKAGE / "rule_pages", _PACKAGE.parents[1] / "docs" / "rules")

# In the order of their groups: manifest, schema, cel, runtime, core, then those of the checks.
_SHAPE = (reading, fields, structure, metadata, objects)
_CORE = (errors, labels, workloads, resources, scheduling, pods, jobs)


def _in(*modules: ModuleType) -> list[Rule]:
    """Return the rules that are defined in the modules: a rule needs no entry in any list."""
    return [value for module in modules for value in vars(module).values() if isinstance(value, Rule)]


ALL_RULES = {rule.id: rule for rule in (*_in(*_SHAPE), *cel.RULES, *_in(validate, kubelet, *_CORE, *CHECKS))}
"""The rules by their ids."""

GROUPS = tuple(dict.fromkeys(rule.group for rule in ALL_RULES.values()))
"""The groups, in the order in which they are checked."""


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
