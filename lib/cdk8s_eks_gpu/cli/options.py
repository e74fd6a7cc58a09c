"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    default=Path("cluster.yaml"),
    show_default=True,
    help="The configuration file.",
)
