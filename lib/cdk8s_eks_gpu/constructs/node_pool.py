"""A Karpenter NodePool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cdk8s
from cdk8s_eks_gpu_crds.sh import karpenter
from constructs import Construct

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.constructs.enums import member
from cdk8s_eks_gpu.constructs.manifest import leave_namespaces

if TYPE_CHECKING:
    from cdk8s_eks_gpu.config.node_pool import Disruption, NodePoolOptions
    from cdk8s_eks_gpu.config.scheduling import Requirement, Taint


class NodePool(Construct):
    """A pool of nodes that Karpenter makes on demand."""

    def __init__(self, scope: Construct, id: str, options: NodePoolOptions, *, name: str | None = None) -> None:
        """Make the NodePool. It is named like the construct's id, unless `name` says otherwise."""
        super().__init__(scope, id)
        self._resource = karpenter.NodePool(
            self,
            "Resource",
            metadata=cdk8s.ApiObjectMetadata(
                name=name or id, labels=options.metadata.labels, annotations=options.metadata.annotations
            ),
            spec=_spec(options),
        )
        leave_namespaces(self._resource)

    @property
    def resource(self) -> cdk8s.ApiObject:
        """The NodePool as a cdk8s object."""
        return self._resource

    @property
    def name(self) -> str:
        """The NodePool's name: the value of the label karpenter.sh/nodepool on its nodes."""
        return self._resource.name


def _spec(options: NodePoolOptions) -> karpenter.NodePoolSpec:
    return karpenter.NodePoolSpec(
        template=karpenter.NodePoolSpecTemplate(
            metadata=_template_metadata(options),
            spec=karpenter.NodePoolSpecTemplateSpec(
                requirements=[_requirement(requirement) for requirement in options.all_requirements()],
                node_class_ref=karpenter.NodePoolSpecTemplateSpecNodeClassRef(
                    group=vocabulary.NODE_CLASS_GROUP, kind=vocabulary.NODE_CLASS_KIND, name=options.node_class
                ),
                taints=[_taint(taint) for taint in options.taints] or None,
                startup_taints=options.startup_taints and [_startup_taint(taint) for taint in options.startup_taints],
                expire_after=options.expire_after,
                termination_grace_period=options.termination_grace_period,
            ),
        ),
        disruption=options.disruption and _disruption(options.disruption),
        limits=options.limits and {resource: _limit(value) for resource, value in options.limits.items()},
        weight=options.weight,
        replicas=options.replicas,
    )


def _template_metadata(options: NodePoolOptions) -> karpenter.NodePoolSpecTemplateMetadata | None:
    if options.labels is None and options.annotations is None:
        return None
    return karpenter.NodePoolSpecTemplateMetadata(labels=options.labels, annotations=options.annotations)


def _requirement(requirement: Requirement) -> karpenter.NodePoolSpecTemplateSpecRequirements:
    return karpenter.NodePoolSpecTemplateSpecRequirements(
        key=requirement.key,
        operator=member(karpenter.NodePoolSpecTemplateSpecRequirementsOperator, requirement.operator),
        values=requirement.values,
        min_values=requirement.min_values,
    )


def _taint(taint: Taint) -> karpenter.NodePoolSpecTemplateSpecTaints:
    return karpenter.NodePoolSpecTemplateSpecTaints(
        key=taint.key,
        value=taint.value,
        effect=member(karpenter.NodePoolSpecTemplateSpecTaintsEffect, taint.effect),
        time_added=taint.time_added,
    )


def _startup_taint(taint: Taint) -> karpenter.NodePoolSpecTemplateSpecStartupTaints:
    return karpenter.NodePoolSpecTemplateSpecStartupTaints(
        key=taint.key,
        value=taint.value,
        effect=member(karpenter.NodePoolSpecTemplateSpecStartupTaintsEffect, taint.effect),
        time_added=taint.time_added,
    )


def _disruption(disruption: Disruption) -> karpenter.NodePoolSpecDisruption:
    policy = disruption.consolidation_policy
    return karpenter.NodePoolSpecDisruption(
        consolidate_after=disruption.consolidate_after,
        consolidation_policy=policy and member(karpenter.NodePoolSpecDisruptionConsolidationPolicy, policy),
        budgets=disruption.budgets
        and [
            karpenter.NodePoolSpecDisruptionBudgets(
                nodes=budget.nodes,
                reasons=budget.reasons
                and [member(karpenter.NodePoolSpecDisruptionBudgetsReasons, reason) for reason in budget.reasons],
                schedule=budget.schedule,
                duration=budget.duration,
            )
            for budget in disruption.budgets
        ],
    )


def _limit(value: float | str) -> karpenter.NodePoolSpecLimits:
    if isinstance(value, str):
        return karpenter.NodePoolSpecLimits.from_string(value)
    return karpenter.NodePoolSpecLimits.from_number(value)
