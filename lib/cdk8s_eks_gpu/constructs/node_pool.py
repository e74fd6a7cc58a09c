"""A Karpenter NodePool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cdk8s

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.config.pool_profile import expanded_pool
from cdk8s_eks_gpu.constructs.manifest import leave_namespaces
from cdk8s_eks_gpu.constructs.single_object import SingleObject
from cdk8s_eks_gpu.constructs.translate import each, maybe, member
from cdk8s_eks_gpu_crds.sh import karpenter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from cdk8s_eks_gpu.config.disruption import Budget, Disruption
    from cdk8s_eks_gpu.config.node_pool import NodePoolOptions
    from cdk8s_eks_gpu.config.scheduling import Requirement, Taint


class NodePool(SingleObject):
    """A pool of nodes that Karpenter makes on demand."""

    def __init__(self, scope: Construct, id: str, options: NodePoolOptions, *, name: str | None = None) -> None:
        """Make the NodePool. It is named like the construct's id, unless `name` says otherwise."""
        super().__init__(scope, id)
        options = expanded_pool(options)
        made = karpenter.NodePool(
            self,
            "Resource",
            metadata=cdk8s.ApiObjectMetadata(
                name=name or id, labels=options.metadata.labels, annotations=options.metadata.annotations
            ),
            spec=_spec(options),
        )
        leave_namespaces(made)
        self._hold(made)


def _spec(options: NodePoolOptions) -> karpenter.NodePoolSpec:
    return karpenter.NodePoolSpec(
        template=karpenter.NodePoolSpecTemplate(
            metadata=_template_metadata(options),
            spec=karpenter.NodePoolSpecTemplateSpec(
                requirements=[_requirement(requirement) for requirement in options.all_requirements()],
                node_class_ref=karpenter.NodePoolSpecTemplateSpecNodeClassRef(
                    group=vocabulary.NODE_CLASS_GROUP, kind=vocabulary.NODE_CLASS_KIND, name=options.node_class
                ),
                taints=each(_taint, options.taints) or None,
                startup_taints=each(_startup_taint, options.startup_taints),
                expire_after=options.expire_after,
                termination_grace_period=options.termination_grace_period,
            ),
        ),
        disruption=maybe(_disruption, options.disruption),
        limits=maybe(_limits, options.limits),
        weight=options.weight,
        replicas=options.replicas,
    )


def _template_metadata(options: NodePoolOptions) -> karpenter.NodePoolSpecTemplateMetadata | None:
    labels = options.all_labels()
    if labels is None and options.annotations is None:
        return None
    return karpenter.NodePoolSpecTemplateMetadata(labels=labels, annotations=options.annotations)


def _requirement(requirement: Requirement) -> karpenter.NodePoolSpecTemplateSpecRequirements:
    return karpenter.NodePoolSpecTemplateSpecRequirements(
        key=requirement.key,
        operator=member(karpenter.NodePoolSpecTemplateSpecRequirementsOperator)(requirement.operator),
        values=requirement.values,
        min_values=requirement.min_values,
    )


def _taint(taint: Taint) -> karpenter.NodePoolSpecTemplateSpecTaints:
    return karpenter.NodePoolSpecTemplateSpecTaints(
        key=taint.key,
        value=taint.value,
        effect=member(karpenter.NodePoolSpecTemplateSpecTaintsEffect)(taint.effect),
    )


def _startup_taint(taint: Taint) -> karpenter.NodePoolSpecTemplateSpecStartupTaints:
    return karpenter.NodePoolSpecTemplateSpecStartupTaints(
        key=taint.key,
        value=taint.value,
        effect=member(karpenter.NodePoolSpecTemplateSpecStartupTaintsEffect)(taint.effect),
    )


def _limits(limits: Mapping[str, int | str]) -> dict[str, karpenter.NodePoolSpecLimits]:
    made = karpenter.NodePoolSpecLimits
    return {
        resource: made.from_string(value) if isinstance(value, str) else made.from_number(value)
        for resource, value in limits.items()
    }


def _disruption(disruption: Disruption) -> karpenter.NodePoolSpecDisruption:
    policies = karpenter.NodePoolSpecDisruptionConsolidationPolicy
    return karpenter.NodePoolSpecDisruption(
        consolidate_after=disruption.consolidate_after,
        consolidation_policy=maybe(member(policies), disruption.consolidation_policy),
        budgets=each(_budget, disruption.budgets),
    )


def _budget(budget: Budget) -> karpenter.NodePoolSpecDisruptionBudgets:
    return karpenter.NodePoolSpecDisruptionBudgets(
        nodes=budget.nodes,
        reasons=each(member(karpenter.NodePoolSpecDisruptionBudgetsReasons), budget.reasons),
        schedule=budget.schedule,
        duration=budget.duration,
    )
