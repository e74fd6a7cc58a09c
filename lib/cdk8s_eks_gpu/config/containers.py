"""Container images, and how a container's resources are asked for: what both device plugins let a user set."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from cdk8s_eks_gpu.config.model import Options
from cdk8s_eks_gpu.config.scalars import IMAGE_TAG, REPOSITORY, Quantity


class Image(Options):
    """An image in place of the chart's own. What is left out stays as it is in the chart."""

    repository: Annotated[str, Field(pattern=REPOSITORY)] | None = Field(
        default=None,
        description="Registry and path of the image. What stands here, `cluster.imageRegistry` leaves alone.",
    )
    tag: Annotated[str, Field(pattern=IMAGE_TAG)] | None = Field(
        default=None, description="The image's tag, with its digest behind it if you pin that."
    )


class ContainerResources(Options):
    """What a container asks for, and the most that it gets."""

    requests: Mapping[str, Quantity] | None = Field(
        default=None, description="What the scheduler keeps for the container: `cpu: 50m`, `memory: 64Mi`."
    )
    limits: Mapping[str, Quantity] | None = Field(default=None, description="The most that the container gets.")
