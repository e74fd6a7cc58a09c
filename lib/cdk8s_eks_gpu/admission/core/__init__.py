"""What an API server checks of Kubernetes' own kinds beyond their schemas, as far as GPU stacks use them.

Source: `pkg/apis/core/validation` and `pkg/apis/apps/validation` of kubernetes/kubernetes. What has the wrong type is
passed over here, since the schema says so.
"""
