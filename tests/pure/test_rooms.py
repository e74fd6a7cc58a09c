"""The order of imports among the packages: docs/decisions/0050-rooms.md draws it."""

import ast
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / "lib" / "cdk8s_eks_gpu"
FOUNDATIONS = {
    *("durations", "errors", "hints", "junit", "marker", "names", "output", "quantity", "short_lived", "status"),
    "vocabulary",
}
BELOW = {
    "manifests": set(),
    "requirements": {"manifests"},
    "releases": set(),
    "instances": {"requirements", "releases"},
    "findings": {"manifests"},
    "nccl": {"instances"},
    "provisioning": {"manifests", "requirements", "instances", "releases"},
    "admission": {"manifests", "requirements", "releases", "findings"},
    "descriptions": {"instances", "provisioning", "requirements"},
    "explain": {"manifests", "instances", "provisioning", "descriptions"},
    "verify": {"manifests", "requirements", "releases", "instances", "provisioning", "descriptions", "nccl"},
    "report": {"instances", "provisioning", "findings", "explain"},
    "preflight": {
        *("manifests", "requirements", "releases", "instances"),
        *("findings", "provisioning", "admission", "descriptions"),
    },
    "upgrade": {
        *("manifests", "releases", "findings", "provisioning", "admission"),
        *("explain", "preflight"),
    },
}
"""For each package of the domain, those that it may import."""


def imported(package):
    """Return the packages and modules of the project that a package or module imports, at run time or for types."""
    folder = LIB / package
    found = set()
    for file in sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == LIB.name:
                inner = node.module.split(".")[1:2]
                found |= set(inner) if inner else _names(node)
    return found - {package}


def _names(node):
    """Return the modules that `from cdk8s_eks_gpu import ...` names."""
    return {alias.name for alias in node.names}


@pytest.mark.parametrize("package", BELOW)
def test_imports_go_one_way(package):
    """A package imports only those that stand below it; explain and preflight stand side by side."""
    assert imported(package) - FOUNDATIONS <= BELOW[package]


def test_the_order_has_no_circle():
    """Every package can be reached after all that it imports."""
    order = []
    while len(order) < len(BELOW):
        ready = [name for name, below in BELOW.items() if name not in order and below <= {*order}]
        assert ready, f"a circle among {sorted(BELOW.keys() - set(order))}"
        order += ready
