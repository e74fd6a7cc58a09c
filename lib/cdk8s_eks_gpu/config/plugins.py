"""Which device plugins to install."""

from pydantic import Field

from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions


class Plugins(Options):
    """The device plugins to install: `nvidia: {}` installs one with its defaults, leaving it out does not."""

    nvidia: NvidiaDevicePluginOptions | None = Field(default=None, description="NVIDIA's device plugin.")
    efa: EfaDevicePluginOptions | None = Field(default=None, description="The EFA device plugin.")
