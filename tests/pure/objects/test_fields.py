import pytest

from cdk8s_eks_gpu.config import ec2, load, scheduling
from cdk8s_eks_gpu.objects.fields import plain


@pytest.mark.parametrize(
    "options",
    [
        load.load_cluster("cluster.yaml"),
        ec2.Kubelet(eviction_hard={"memory.available": "5%"}, cluster_dns=("10.0.0.10",), cpu_cfs_quota=False),
        ec2.Ebs(kms_key_id="key", iops=0),
        scheduling.Taint(key="a", effect="NoSchedule"),
    ],
    ids=lambda options: type(options).__name__,
)
def test_options_become_what_pydantic_would_make_of_them(options):
    """Names are Kubernetes', what is None is left out, and what is false or 0 is not."""
    assert plain(options) == options.model_dump(mode="json", by_alias=True, exclude_none=True)


def test_a_manifest_loses_what_is_none():
    """A field that a chart writes as null says nothing to the API server."""
    assert plain({"a": None, "b": [{"c": None, "d": 0}], "e": {}}) == {"b": [{"d": 0}], "e": {}}
