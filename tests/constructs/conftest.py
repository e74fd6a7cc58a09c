import cdk8s
import pytest
from pydantic import BaseModel

from cdk8s_eks_gpu.constructs.node import start_node

start_node()


@pytest.fixture
def chart():
    """Return a chart to put constructs in. Its namespace would be stamped on every object."""
    return cdk8s.Chart(cdk8s.Testing.app(), "chart", namespace="stamped")


@pytest.fixture
def manifests():
    """Return the function that gives a chart's manifests by kind and name."""
    return lambda chart: {f"{one['kind']}/{one['metadata']['name']}": one for one in cdk8s.Testing.synth(chart)}


@pytest.fixture
def assert_every_option_is_set():
    """Return the function that fails when no one of the given options, or of their nested models, sets some field."""

    def check(*options):
        unset = set()
        for model, instances in _by_model(options).items():
            for field in model.model_fields:
                if not any(_differs(instance, field) for instance in instances):
                    unset.add(f"{model.__name__}.{field}")
        assert unset == set()

    return check


def _differs(instance, field):
    """Whether the instance says something of the field, and something else than its default."""
    info = type(instance).model_fields[field]
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    return field in instance.model_fields_set and getattr(instance, field) != default


def _by_model(values):
    """Collect the models in the values, however deep, by their type."""
    found = {}
    for value in values:
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        if isinstance(value, BaseModel):
            found.setdefault(type(value), []).append(value)
            children = [getattr(value, field) for field in type(value).model_fields]
        for model, instances in _by_model(children).items():
            found.setdefault(model, []).extend(instances)
    return found
