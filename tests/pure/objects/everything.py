"""All that a configuration leads to, for tests that do not ask for all of it, or not in which chart it stands."""

from itertools import chain

from cdk8s_eks_gpu.objects import stack


def all_objects(config):
    """Return all manifests of a configuration, smoke tests last."""
    return [*chain(*stack.all_charts(config).values())]


def stack_objects(config):
    """Return the manifests of a configuration by their charts, those of the smoke tests aside."""
    return stack.all_objects(config).stack


def smoke_test_objects(config):
    """Return the manifests of the smoke tests by their charts."""
    return stack.all_objects(config).smoke_tests
