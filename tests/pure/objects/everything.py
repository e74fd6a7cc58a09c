"""All that a configuration leads to, for tests that do not ask in which chart it stands."""

from itertools import chain

from cdk8s_eks_gpu.objects.stack import all_charts


def all_objects(config):
    """Return all manifests of a configuration, smoke tests last."""
    return [*chain(*all_charts(config).values())]
