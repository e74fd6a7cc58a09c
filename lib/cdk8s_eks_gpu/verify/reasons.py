"""Reasons in the conditions and events of Karpenter, with what they mean and what to do.

Read in kubernetes-sigs/karpenter v1.15.0 (pkg/controllers/nodepool, nodeclaim, nodeoverlay; pkg/events) and
aws/karpenter-provider-aws v1.15.0 (pkg/controllers/nodeclass, pkg/errors, pkg/providers/instance), and compared with
v1.0 to v1.14 of both.
"""

from __future__ import annotations

from msgspec import Struct

_POLICY = (
    "Compare the controller's IAM policy with the one of Karpenter's release (its CloudFormation, under reference)."
)


class Explanation(Struct, frozen=True):
    """What a reason means.

    Attributes:
        meaning: What has happened, in one sentence without an end.
        fix: What to do about it.
        is_consequence: Whether another condition beside it has the cause.
        is_final: Whether it stays until a user acts.
    """

    meaning: str
    fix: str = ""
    is_consequence: bool = False
    is_final: bool = True


def _waiting(meaning: str, fix: str) -> Explanation:
    return Explanation(meaning, fix, is_final=False)


REASONS = {
    # EC2NodeClass
    "AMINotFound": Explanation(
        "no AMI fits amiSelectorTerms",
        "Look at alias, id, name, tags and owner; the version of an alias must exist in the region for the cluster's "
        "Kubernetes version: aws ssm get-parameters-by-path --path /aws/service/eks/optimized-ami/VERSION --recursive",
    ),
    "UnsupportedAlias": Explanation(
        "no AMI of the alias exists for the cluster's Kubernetes version",
        "Choose another family: AL2 ends with Kubernetes 1.32, Windows Server 2025 begins with 1.35.",
    ),
    "SubnetsNotFound": Explanation(
        "no subnet fits subnetSelectorTerms",
        "Tag the private subnets as the terms say (karpenter.sh/discovery: CLUSTER), in the region of the cluster.",
    ),
    "SecurityGroupsNotFound": Explanation(
        "no security group fits securityGroupSelectorTerms",
        "Tag the node security group as the terms say (karpenter.sh/discovery: CLUSTER); for EFA it must allow all "
        "traffic from and to itself.",
    ),
    "PlacementGroupNotFound": Explanation(
        "there is no placement group of that name or id",
        "Create it in the region of the cluster, or correct placementGroupSelector.",
    ),
    "PlacementGroupResolutionFailed": Explanation(
        "EC2 could not be asked about the placement group",
        "The controller needs ec2:DescribePlacementGroups. " + _POLICY,
    ),
    "InstanceProfileNotFound": Explanation(
        "the instance profile of spec.instanceProfile does not exist",
        "Create it with the nodes' role in it, or name the role instead: spec.role.",
    ),
    "CreateFleetAuthCheckFailed": Explanation(
        "the controller may not call ec2:CreateFleet",
        "Allow it, also by service control policies and boundaries. " + _POLICY,
    ),
    "CreateLaunchTemplateAuthCheckFailed": Explanation(
        "the controller may not call ec2:CreateLaunchTemplate",
        "Allow it, also by service control policies and boundaries. " + _POLICY,
    ),
    "RunInstancesAuthCheckFailed": Explanation(
        "the controller may not call ec2:RunInstances",
        "Allow it, iam:PassRole for the nodes' role included, and the use of the volumes' KMS key. " + _POLICY,
    ),
    "DependenciesNotReady": Explanation(
        "AMIs, subnets, security groups or the instance profile are not resolved", is_consequence=True
    ),
    "TagValidationFailed": Explanation(
        "spec.tags has a tag that Karpenter sets itself",
        "Take it out of spec.tags (karpenter.sh/*, eks:eks-cluster-name).",
    ),
    "UserDataSizeLimitExceeded": Explanation(
        "the user data is larger than the 16 KiB that EC2 takes", "Shorten spec.userData; fetch the rest at boot."
    ),
    "InvalidKubeletConfiguration": Explanation("spec.kubelet cannot be read", "Fix the field that the message names."),
    "KubeletExpressionInvalid": Explanation("an expression in spec.kubelet is no good CEL", "Fix the expression."),
    "KubeletExpressionEvaluationFailed": Explanation(
        "an expression in spec.kubelet fails for some instance types",
        "Fix the expression so that it holds for all types.",
    ),
    "KubeletExpressionsDisabled": Explanation(
        "spec.kubelet has expressions, which need the feature gate NodeClassCEL",
        "Turn the gate on in Karpenter's chart, or write numbers.",
    ),
    "UnsupportedKubeletConfiguration": Explanation(
        "spec.kubelet has fields that the AMI family does not take", "Take them out, or change the AMI family."
    ),
    "NVIDIAConsumableCapacityInvalid": Explanation(
        "the annotation karpenter.k8s.aws/nvidia-consumable-capacity cannot be read", "Fix the annotation."
    ),
    "DRADisabled": Explanation(
        "the annotation karpenter.k8s.aws/nvidia-consumable-capacity needs the feature gate DRANVIDIAGPU",
        "Turn the gate on in Karpenter's chart, or take the annotation away.",
    ),
    "DryRunDisabled": _waiting("the controller does not try its permissions", ""),
    # NodePool
    "NodeClassNotFound": Explanation(
        "there is no node class of that name", "Apply the EC2NodeClass, or correct spec.template.spec.nodeClassRef."
    ),
    "NodeClassTerminating": Explanation(
        "the node class is being deleted, which waits for its nodes", "Apply the EC2NodeClass again when it is gone."
    ),
    "NodeClassReadinessUnknown": _waiting(
        "Karpenter has not looked at the node class yet", "Is the controller running?"
    ),
    "NodePoolValidationFailed": Explanation(
        "the NodePool has something that Karpenter refuses at run time", "Fix the field that the message names."
    ),
    "RegistrationFailed": Explanation(
        "instances start and do not join the cluster",
        "Look at the instance's console output: the nodes' role needs an access entry (EC2_LINUX) or its place in "
        "aws-auth; subnets need a way to the EKS endpoint and ECR; user data must not break the bootstrap.",
    ),
    # Of a NodeClaim that is not launched
    "LaunchFailed": Explanation("EC2 refused to launch the instance", "The message has EC2's own words."),
    "InsufficientCapacityError": _waiting(
        "EC2 has no such instance free in the zones that are allowed",
        "Allow more instance types, zones or capacity types; for P types a capacity reservation or a capacity block.",
    ),
    "SubnetResolutionFailed": Explanation("EC2 could not be asked about subnets", _POLICY),
    "LaunchTemplateNotFound": _waiting("a launch template was deleted under Karpenter", "Karpenter makes it again."),
    "InstanceTypeResolutionFailed": Explanation("EC2 could not be asked about instance types", _POLICY),
    "Unauthorized": Explanation(
        "the controller may not launch the instance", "Allow what the message names. " + _POLICY
    ),
    "AMIAuthorizationFailure": Explanation(
        "the account may not use the AMI", "Have the AMI shared with the account, or choose another."
    ),
    "SpotSLRCreationFailed": Explanation(
        "the account has no service-linked role for spot",
        "Create it once: aws iam create-service-linked-role --aws-service-name spot.amazonaws.com",
    ),
    "SecurityGroupSubnetVPCMismatch": Explanation(
        "subnets and security groups are of different VPCs", "Have the selector terms find those of one VPC."
    ),
    "InstanceProfileNameInvalid": Explanation(
        "the instance profile of the node class does not exist",
        "Karpenter makes it from spec.role; see its permissions.",
    ),
    "InvalidAMIID": Explanation("the AMI's identifier is malformed", "Fix amiSelectorTerms."),
    "RequestLimitExceeded": _waiting(
        "EC2 limits the controller's calls", "It tries again; ask AWS for a higher limit."
    ),
    "InternalError": _waiting("EC2 had an internal error", "Karpenter tries again."),
    "FleetQuotaExceeded": Explanation("the account's quota of fleets is used up", "Ask AWS for a higher quota."),
    "AccountPendingVerification": Explanation("AWS still verifies the account for the region", "Wait for AWS's mail."),
    "SpotQuotaExceeded": Explanation(
        "the account's quota of spot instances of the class (G and VT, P) is used up",
        "Ask AWS for a higher quota; it is counted in vCPUs.",
    ),
    "VCPULimitExceeded": Explanation(
        "the account's quota of vCPUs of the class (G and VT, P) is used up",
        "Ask AWS for a higher quota: 'Running On-Demand P instances' or 'G and VT'; a p5.48xlarge counts 192.",
    ),
    "InsufficientFreeAddressesInSubnet": Explanation(
        "the subnets have no free addresses left",
        "Use larger subnets or more of them; `efa: ip-optimized` takes one address a node.",
    ),
    "FreeTierIneligible": Explanation("the account's free plan has no such instance", "Upgrade the account's plan."),
    # Of a NodeClaim that is not registered
    "NodeNotFound": _waiting(
        "the instance has not joined the cluster",
        "It has 15 minutes, then Karpenter replaces it. See the instance's console output: access entry or aws-auth "
        "of the nodes' role, the way to the EKS endpoint, user data.",
    ),
    "MultipleNodesFound": Explanation(
        "two nodes have the same provider ID", "Delete the one that is not there any more."
    ),
    "RegistrationHookPending": _waiting("Karpenter waits for something before it registers the node", ""),
    "UnregisteredTaintMissing": Explanation(
        "the node joined without the taint karpenter.sh/unregistered, so pods can land before its labels are there",
        "Have the kubelet register with it: the AMI families of Karpenter do so; user data of a Custom AMI family must "
        "set --register-with-taints=karpenter.sh/unregistered=:NoExecute.",
    ),
    # Of a NodeClaim that is not initialized
    "NodeNotReady": _waiting(
        "the kubelet says that the node is not ready",
        "kubectl describe node: mostly the VPC CNI (aws-node) does not run there, or the kubelet lost the API server.",
    ),
    "StartupTaintsExist": _waiting(
        "a startup taint is still on the node",
        "What is to remove it does not run there or does not tolerate the taints; if nothing does, take it out of "
        "startupTaints.",
    ),
    "KnownEphemeralTaintsExist": _waiting(
        "a taint that Kubernetes sets on new nodes is still there",
        "not-ready: the VPC CNI does not run there; uninitialized: the cloud controller does not see the node.",
    ),
    "ResourceNotRegistered": _waiting(
        "a device that a pod asks for is not registered on the node, for which Karpenter waits without end",
        "Look at the device plugin on that node: does it land there, is it ready, what does its log say?",
    ),
    "DRADriverPoolsNotPublished": _waiting(
        "a DRA driver has not published its devices", "Look at the driver's pod there."
    ),
    "ConsistencyCheckFailed": Explanation(
        "the node is not what Karpenter launched: less of a resource, or a taint that is missing",
        "The NodeClaim's event FailedConsistencyCheck says what.",
    ),
    "FailedConsistencyCheck": Explanation(
        "the node is not what Karpenter launched", "The instance has less than its type says: replace it."
    ),
    # Of NodeOverlays, and in events
    "RuntimeValidation": Explanation("the NodeOverlay is refused at run time", "Fix the field that the message names."),
    "Conflict": Explanation("another NodeOverlay of the same weight says otherwise", "Give the two different weights."),
    "NoCompatibleInstanceTypes": Explanation(
        "no instance type is left that fits the pool's requirements and is offered",
        "eks-gpu explain says which requirement leaves out what; also look at zones and capacity types.",
    ),
    "NodeClassNotReady": Explanation(
        "a node could not be launched, since the node class is not ready", "Fix the EC2NodeClass.", is_consequence=True
    ),
    "ZonalShiftActive": _waiting("a zonal shift keeps Karpenter out of a zone", "End the shift, or wait."),
    "NodeRepairBlocked": Explanation("too many nodes are unhealthy for Karpenter to repair them", "Look at the nodes."),
    "FailedDraining": _waiting(
        "a node cannot be drained", "A PodDisruptionBudget or do-not-disrupt keeps a pod there."
    ),
}


def explanation(reason: str) -> Explanation | None:
    """Return what a reason means; None for one that is not known here."""
    return REASONS.get(reason)
