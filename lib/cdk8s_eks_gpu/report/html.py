"""The page as one HTML file that needs nothing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from cdk8s_eks_gpu.report.page import Page


def to_html(page: Page) -> str:
    """Return the page as HTML with its styles and drawings, and without scripts. All text in it is escaped."""
    environment = Environment(
        loader=PackageLoader("cdk8s_eks_gpu.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(page=page) + "\n"
