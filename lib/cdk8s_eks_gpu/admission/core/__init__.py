"""What an API server checks of Kubernetes' own kinds beyond their schemas, as far as GPU stacks use them.

Source: `pkg/apis/*/validation` of kubernetes/kubernetes v1.34.4, with the defaults of `pkg/apis/*/v1`.
"""
