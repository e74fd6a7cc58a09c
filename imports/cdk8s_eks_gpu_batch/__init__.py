from __future__ import annotations

from pkgutil import extend_path
__path__ = extend_path(__path__, __name__)

import abc
import builtins
import datetime
import enum
import typing

import jsii
import publication
import typing_extensions

from jsii._type_checking import cached_type_hints, check_type


from ._jsii import *

class _LazyImport:
    def __init__(self, module_name: str) -> None:
        self._module_name = module_name
        self._module: typing.Any = None
    def __getattr__(self, name: str) -> typing.Any:
        if self._module is None:
            import importlib
            self._module = importlib.import_module(self._module_name)
        return getattr(self._module, name)

if typing.TYPE_CHECKING:

    import constructs as _constructs_77d1e7e8
else:

    _constructs_77d1e7e8 = _LazyImport("constructs")


class Batch(metaclass=jsii.JSIIMeta, jsii_type="cdk8s_eks_gpu_batch.Batch"):
    '''Kubernetes objects that come from Python in one call, however many they are.'''

    @jsii.member(jsii_name="add")
    @builtins.classmethod
    def add(
        cls,
        scope: "_constructs_77d1e7e8.Construct",
        groups: builtins.str,
    ) -> typing.List["_constructs_77d1e7e8.Construct"]:
        '''Make constructs with the objects in them.

        :param scope: where the constructs go.
        :param groups: the constructs, as JSON.

        :return: each construct, followed by its objects.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__ae7d8fdd11f3244368d3c34d3b2f887baa091c4f6d54c24b4c453b9e5fb27800)
            check_type(argname="argument scope", value=scope, expected_type=type_hints["scope"])
            check_type(argname="argument groups", value=groups, expected_type=type_hints["groups"])
        return typing.cast(typing.List["_constructs_77d1e7e8.Construct"], jsii.sinvoke(cls, "add", [scope, groups]))


__all__ = [
    "Batch",
]

publication.publish()

def _typecheckingstub__ae7d8fdd11f3244368d3c34d3b2f887baa091c4f6d54c24b4c453b9e5fb27800(
    scope: _constructs_77d1e7e8.Construct,
    groups: builtins.str,
) -> None:
    """Type checking stubs"""
    pass
