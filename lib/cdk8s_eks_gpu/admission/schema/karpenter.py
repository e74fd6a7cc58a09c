"""An object of one of Karpenter's kinds, as the API server and Karpenter see it for one Karpenter release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cdk8s_eks_gpu.admission.runtime.validate import runtime_errors
from cdk8s_eks_gpu.admission.schema.fields import NEWER_FIELD, UNKNOWN_FIELD
from cdk8s_eks_gpu.admission.schema.history import brought_by, field_history, kind_history
from cdk8s_eks_gpu.admission.schema.metadata import metadata_errors
from cdk8s_eks_gpu.admission.schema.old_objects import old_object_errors
from cdk8s_eks_gpu.admission.schema.structure import ENUM
from cdk8s_eks_gpu.admission.schema.validation import Validator
from cdk8s_eks_gpu.manifests import Cursor, KubernetesObject
from cdk8s_eks_gpu.releases import karpenter_release
from cdk8s_eks_gpu.releases.old_kinds import old_kind
from cdk8s_eks_gpu.requirements import WELL_KNOWN_LABELS
from cdk8s_eks_gpu.requirements.labels import likely_meant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.admission.field_error import FieldError
    from cdk8s_eks_gpu.admission.schema.releases import Kind, Release


# The status has an endpoint of its own: on creation the server drops what a manifest says there.
_ELSEWHERE = ("apiVersion", "kind", "metadata", "status")
_KARPENTERS_LABELS = ("cel/label-karpenter-sh", "cel/label-karpenter-k8s-aws")
_VALIDATOR = Validator(null_is_zero=False)


def karpenter_errors(manifest: KubernetesObject, release: Release) -> Iterator[FieldError]:
    """Yield everything that is wrong with an object of one of Karpenter's API groups."""
    kind = (manifest.api_version, manifest.kind)
    schema = release.schema(kind)
    if schema is None:
        old = old_kind(*kind)
        yield from [kind_history(manifest, release)] if old is None else old_object_errors(manifest, old)
        return
    yield from metadata_errors(manifest.cursor["metadata"])
    data = {key: value for key, value in manifest.data.items() if key not in _ELSEWHERE}
    validated = _VALIDATOR.validate(data, schema)
    for error in validated.errors:
        yield _dated(error, kind, release)
    reported = {error.path for error in validated.errors if error.rule.group != "cel"}
    for error in runtime_errors(manifest.kind, Cursor(validated.value)["spec"], karpenter_release(release.minor)):
        if error.path not in reported:
            yield error


def _dated(error: FieldError, kind: Kind, release: Release) -> FieldError:
    """Return the error, with the version that would accept the value where there is one."""
    if error.rule is UNKNOWN_FIELD:
        return field_history(error.path, error.value, kind, release)
    if error.rule is not ENUM and error.rule.group != "cel":
        return error
    minor = brought_by(kind, error.path, release, error)
    if minor is None:
        return _with_hint(error)
    if error.rule is ENUM:
        detail = f"{error.value} came with Karpenter {minor}; this is {release.minor}"
        return replace(error, rule=NEWER_FIELD, problem="", detail=detail, fix=f"Upgrade Karpenter to {minor}.")
    return replace(error, fix=f"{error.rule.fix} Karpenter {minor} accepts it.")


def _with_hint(error: FieldError) -> FieldError:
    """Return the error of a label key with the well-known label that was probably meant."""
    is_slip = error.rule.id in _KARPENTERS_LABELS and isinstance(error.value, str)
    match = likely_meant(error.value, sorted(WELL_KNOWN_LABELS)) if is_slip else None
    return replace(error, fix=f"Did you mean {match}? {error.rule.fix}") if match else error
