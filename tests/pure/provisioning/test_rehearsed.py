"""Which release of Karpenter the answers for a version were held against."""

from pathlib import Path

import pytest

from cdk8s_eks_gpu.provisioning import REHEARSED_KARPENTER, REHEARSED_KUBERNETES, rehearsed_against

PAGE = Path(__file__).parents[3] / "docs/rehearsed.md"


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


def test_the_releases_are_those_of_the_page():
    """What the documentation says of the rehearsal names them."""
    page = PAGE.read_text("utf-8")
    assert f"| Karpenter's controller for AWS, unmodified | {' and '.join(REHEARSED_KARPENTER)} |" in page
    assert f"| kube-apiserver, kube-controller-manager, kube-scheduler | {REHEARSED_KUBERNETES} |" in page
