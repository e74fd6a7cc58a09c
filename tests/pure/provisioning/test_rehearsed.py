"""Which release of Karpenter the answers for a version were held against."""

import pytest

from cdk8s_eks_gpu.provisioning import REHEARSED_KARPENTER, rehearsed_against


@pytest.mark.parametrize(
    ("karpenter", "release"),
    [
        ("1.9.0", "1.14.1"),
        ("1.14.0", "1.14.1"),
        ("1.14.9", "1.14.1"),
        ("1.15", "1.15.0"),
        ("1.15.2", "1.15.0"),
        ("2.0.0", "1.15.0"),
    ],
)
def test_the_newest_minor_release_that_is_no_newer(karpenter, release, monkeypatch):
    """A version is answered for by the release of its minor version, or the newest before; or else by the oldest."""
    monkeypatch.setattr("cdk8s_eks_gpu.provisioning.REHEARSED_KARPENTER", ("1.14.1", "1.15.0"))
    assert rehearsed_against(karpenter) == release


def test_releases_stand_in_their_order():
    """The newest release comes last."""
    assert list(REHEARSED_KARPENTER) == sorted(REHEARSED_KARPENTER)
