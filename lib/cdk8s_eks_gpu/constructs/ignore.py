"""Ignoring a rule of the preflight for objects of an app."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import cdk8s

from cdk8s_eks_gpu.constructs.places import identity
from cdk8s_eks_gpu.errors import EksGpuError, UnknownNameError
from cdk8s_eks_gpu.findings.rule import ignore_annotation
from cdk8s_eks_gpu.findings.rule_ids import RuleId
from cdk8s_eks_gpu.objects.ignore import is_meant, unknown_object

if TYPE_CHECKING:
    from constructs import IConstruct


def ignore(scope: IConstruct, rule: RuleId, *, reason: str, object: str = "*") -> None:  # noqa: A002 -- as in cluster.yaml
    """Ignore a rule of the preflight for the objects that are in a scope now; each is annotated with the reason.

    Args:
        scope: A construct of ours, an object, a chart, or a whole app.
        rule: The rule's id, as the report names it: `ami/latest`.
        reason: Why the finding is accepted, for the next reviewer.
        object: Which of the scope's objects, as the report names them: `NodePool/gpu`. A * stands for any text.

    Raises:
        UnknownNameError: There is no such rule, or no such object in the scope.
        EksGpuError: There is no reason.
    """
    if rule not in get_args(RuleId):
        raise UnknownNameError("rule", rule, get_args(RuleId), "docs/rules/README.md lists them.")
    if not reason.strip():
        raise EksGpuError(f"{rule} cannot be ignored without a reason: say why it is meant to be so.")
    objects = [each for each in scope.node.find_all() if isinstance(each, cdk8s.ApiObject)]
    identities = [identity(each) for each in objects]
    meant = [each for each, names in zip(objects, identities, strict=True) if is_meant(object, *names)]
    if not meant:
        raise unknown_object(object, identities, f"to ignore {rule} for")
    for each in meant:
        each.metadata.add_annotation(ignore_annotation(rule), reason)
