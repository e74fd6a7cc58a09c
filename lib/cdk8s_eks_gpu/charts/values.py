"""What the charts of both device plugins call the same: options as plain chart values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import JsonValue

    from cdk8s_eks_gpu.config.containers import Image
    from cdk8s_eks_gpu.config.model import Options


def plain(options: Options) -> dict[str, JsonValue]:
    """Return what the options say, under Kubernetes' names, without what they leave out."""
    return options.model_dump(mode="json", by_alias=True, exclude_none=True)


def plain_list(options: Iterable[Options]) -> list[JsonValue]:
    """Return what each of the options says."""
    return [plain(one) for one in options]


def given(values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the values without those that are None or empty, so that the chart's own stay."""
    return {key: value for key, value in values.items() if value is not None and value not in ({}, [])}


def image_values(image: Image | None, repository: str | None) -> dict[str, JsonValue]:
    """Return the image's values: what the user says of it, else the repository given, else nothing."""
    said = plain(image) if image is not None else {}
    return given({"repository": repository}) | said


def pull_secrets(names: Sequence[str]) -> list[JsonValue]:
    """Return the secrets' names as Kubernetes wants them."""
    return [{"name": name} for name in names]
