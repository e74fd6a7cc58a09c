"""GPU and EFA node pools for Amazon EKS, as typed cdk8s constructs with manifests that are proven before they cost.

The rooms of the package say what they hold: `config` what a user may write, `constructs` what a cdk8s app composes,
`charts` how a pinned Helm chart becomes manifests, `manifests` how YAML is read, `instances` and `requirements` what
EC2 and Karpenter know, `explain` which machines one gets, `preflight` the checks, `vocabulary` the names of Kubernetes,
Karpenter and AWS. Only `constructs` touches cdk8s; importing this package alone costs nothing.
"""
