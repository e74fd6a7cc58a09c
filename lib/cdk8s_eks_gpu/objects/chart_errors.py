"""What is wrong with the chart of a device plugin, at the option of the configuration that is why."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.charts.plugins import PLUGINS
from cdk8s_eks_gpu.errors import ChartError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.config.extends import Layers


@contextmanager
def at_its_option(file: str, layers: Layers) -> Iterator[None]:
    """Have what a plugin's `version` or `values` is wrong with reported as a problem of the configuration file.

    Raises:
        ConfigError: The version or the values cannot be had; the problem has their line.
    """
    try:
        yield
    except ChartError as error:
        if not error.chart:
            raise
        option = next(option for option, plugin in PLUGINS.items() if plugin.name == error.chart)
        raise ConfigError(file, [layers.problem(("plugins", option, error.option), str(error))]) from None
