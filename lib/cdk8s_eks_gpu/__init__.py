"""GPU and EFA node pools for Amazon EKS, as typed cdk8s constructs with manifests that are proven before they cost.

The rooms of the package say what they hold: `config` what a user may write, `constructs` what a cdk8s app composes,
`charts` how a pinned Helm chart becomes manifests, `objects` how options do, `manifests` how YAML is read,
`instances`, `releases` and `requirements` what EC2 and Karpenter know, `provisioning` which instance types a pool
launches, `explain` the same as an answer to read, `admission` what is refused of one object, `preflight` the checks
over all of them, `findings` how they are reported, `vocabulary` the names of Kubernetes, Karpenter and AWS. Only
`constructs` touches cdk8s; importing this package alone costs nothing.
"""
