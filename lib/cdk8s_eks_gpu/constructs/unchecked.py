"""cdk8s's own constructs, without the type checks of their Python constructors.

Those import typeguard, which takes a tenth of a synthesis. mypy has checked the same for what is written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cdk8s
import jsii

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct


def create_app(app: cdk8s.App, outdir: str) -> None:
    """Do what the constructor of an app does."""
    jsii.create(type(app), app, [{"outdir": outdir}])


def app(outdir: str) -> cdk8s.App:
    """Return a new app."""
    new = cdk8s.App.__new__(cdk8s.App)
    create_app(new, outdir)
    return new


def chart(scope: Construct, id: str, labels: Mapping[str, str]) -> cdk8s.Chart:
    """Return a new chart."""
    new = cdk8s.Chart.__new__(cdk8s.Chart)
    jsii.create(cdk8s.Chart, new, [scope, id, {"labels": labels}])
    return new
