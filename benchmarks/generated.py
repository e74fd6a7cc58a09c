"""The stack of compare.py on the classes that cdk8s-cli generates for Python, without ours: it checks nothing."""

import sys

import cdk8s

from cdk8s_eks_gpu_crds.aws.k8s.karpenter import (
    Ec2NodeClass,
    Ec2NodeClassSpec,
    Ec2NodeClassSpecAmiSelectorTerms,
    Ec2NodeClassSpecSecurityGroupSelectorTerms,
    Ec2NodeClassSpecSubnetSelectorTerms,
)
from cdk8s_eks_gpu_crds.sh.karpenter import (
    NodePool,
    NodePoolSpec,
    NodePoolSpecLimits,
    NodePoolSpecTemplate,
    NodePoolSpecTemplateMetadata,
    NodePoolSpecTemplateSpec,
    NodePoolSpecTemplateSpecNodeClassRef,
    NodePoolSpecTemplateSpecRequirements,
    NodePoolSpecTemplateSpecRequirementsOperator,
    NodePoolSpecTemplateSpecTaints,
    NodePoolSpecTemplateSpecTaintsEffect,
)


def requirement(key: str, *values: str) -> NodePoolSpecTemplateSpecRequirements:
    """Return a requirement."""
    operator = NodePoolSpecTemplateSpecRequirementsOperator.IN
    return NodePoolSpecTemplateSpecRequirements(key=key, operator=operator, values=list(values))


def main(pools: int) -> None:
    """Write a node class and so many pools."""
    app = cdk8s.App()
    chart = cdk8s.Chart(app, "node-pools")
    tags = {"karpenter.sh/discovery": "training"}
    Ec2NodeClass(
        chart,
        "class",
        metadata=cdk8s.ApiObjectMetadata(name="gpu"),
        spec=Ec2NodeClassSpec(
            role="nodes",
            ami_selector_terms=[Ec2NodeClassSpecAmiSelectorTerms(alias="al2023@v20251112")],
            subnet_selector_terms=[Ec2NodeClassSpecSubnetSelectorTerms(tags=tags)],
            security_group_selector_terms=[Ec2NodeClassSpecSecurityGroupSelectorTerms(tags=tags)],
        ),
    )
    for number in range(pools):
        spec = NodePoolSpecTemplateSpec(
            node_class_ref=NodePoolSpecTemplateSpecNodeClassRef(
                group="karpenter.k8s.aws", kind="EC2NodeClass", name="gpu"
            ),
            requirements=[
                requirement("kubernetes.io/arch", "amd64"),
                requirement("karpenter.sh/capacity-type", "spot", "on-demand"),
                requirement("node.kubernetes.io/instance-type", "p5.48xlarge"),
            ],
            taints=[
                NodePoolSpecTemplateSpecTaints(
                    key="nvidia.com/gpu", value="present", effect=NodePoolSpecTemplateSpecTaintsEffect.NO_SCHEDULE
                )
            ],
        )
        NodePool(
            chart,
            f"pool-{number}",
            metadata=cdk8s.ApiObjectMetadata(name=f"pool-{number}"),
            spec=NodePoolSpec(
                limits={"cpu": NodePoolSpecLimits.from_string(str(1000 + number))},
                template=NodePoolSpecTemplate(
                    metadata=NodePoolSpecTemplateMetadata(labels={"team": f"team-{number}"}), spec=spec
                ),
            ),
        )
    app.synth()


if __name__ == "__main__":
    main(int(sys.argv[1]))
