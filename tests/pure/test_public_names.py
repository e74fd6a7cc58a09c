"""What users import stays where it is: docs/api.md lists it with its signatures, which tests/constructs hold."""

import ast
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys

import pytest

import cdk8s_eks_gpu
from cdk8s_eks_gpu import errors
from cdk8s_eks_gpu.config.model import Options


def modules():
    """Yield the modules of the package, but for those that start Node.js and the one that runs the command."""
    for module in pkgutil.walk_packages(cdk8s_eks_gpu.__path__, "cdk8s_eks_gpu."):
        if not module.name.endswith("__main__") and not module.name.startswith("cdk8s_eks_gpu.constructs"):
            yield importlib.import_module(module.name)


def models(base=Options):
    """Yield all option models."""
    for model in base.__subclasses__():
        yield model
        yield from models(model)


def test_type_checkers_see_what_there_is():
    """The imports for type checkers, the modules of the names and `__all__` say the same."""
    tree = ast.parse(inspect.getsource(cdk8s_eks_gpu))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    typed = {node.module.removeprefix("cdk8s_eks_gpu."): tuple(each.name for each in node.names) for node in imports}
    assert typed == cdk8s_eks_gpu._HOMES  # noqa: SLF001 -- the two lists in the one file
    assert set(cdk8s_eks_gpu.__all__) == {name for names in typed.values() for name in names} | {"cdk8s"}
    assert set(cdk8s_eks_gpu.__all__) <= set(dir(cdk8s_eks_gpu))


def test_every_option_model_is_public():
    """Whoever writes options in Python finds the models of all of them in the package itself."""
    assert len(list(modules())) > 100
    assert {model.__name__ for model in models()} <= set(cdk8s_eks_gpu.__all__)
    assert all(getattr(cdk8s_eks_gpu, model.__name__) is model for model in models())


def test_every_error_is_public():
    """Whoever catches one finds it in the package itself."""
    found = {name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, Exception)}
    assert found <= set(cdk8s_eks_gpu.__all__)


@pytest.mark.parametrize("name", ["ClusterConfig", "load_cluster", "check_paths", "Severity", "EksGpuError"])
def test_what_is_no_construct_starts_no_node_js(name):
    """Options, checks, reports and errors can be had where there is no Node.js."""
    code = f"import json, sys; from cdk8s_eks_gpu import {name}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"cdk8s", "jsii", "constructs"} & set(json.loads(done.stdout)) == set()


def test_a_name_that_is_not_there_is_the_usual_error():
    """A slip is an AttributeError of the module, as from any other."""
    with pytest.raises(AttributeError, match="module 'cdk8s_eks_gpu' has no attribute 'NodePol'"):
        _ = cdk8s_eks_gpu.NodePol


def test_the_preflight_is_a_module_of_its_own_too():
    """`check` and `check_paths` are functions of the package, not of a module in it."""
    preflight = importlib.import_module("cdk8s_eks_gpu.preflight")
    assert {"check", "check_paths", "Report", "Finding"} <= set(preflight.__all__)


def test_every_error_that_a_user_can_mend_is_on_one_screen():
    """All of them are in `errors`, and one `except EksGpuError` catches them."""
    for module in modules():
        for name, found in vars(module).items():
            if isinstance(found, type) and issubclass(found, errors.EksGpuError):
                assert found.__module__ == "cdk8s_eks_gpu.errors", f"{module.__name__}.{name}"
