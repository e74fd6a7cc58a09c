"""Durations in the form of Go's time.ParseDuration."""

import pytest

from cdk8s_eks_gpu.durations import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("0s", 0),
        ("45s", 45),
        ("2m", 120),
        ("1h", 3600),
        ("1h30m10s", 5410),
        ("1.5h", 5400),
        ("1.h.5m", 3630),
        ("+90s", 90),
        ("500ms", 0.5),
        ("1us", 1e-6),
        ("1µs", 1e-6),
        ("1ns", 1e-9),
    ],
)
def test_a_duration(text, seconds):
    """A duration is a sum of numbers with units, in any order, and zero needs none."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "s", ".", ".s", "-5s", "5 s", "5d", "5s\n", "1h30", "Never", "٣s"])
def test_no_duration(text):
    """What Go does not read, and what is less than nothing, is no duration."""
    assert seconds_of(text) is None


def test_a_very_long_text():
    """A number of many digits takes no long time, and is as large as numbers can be."""
    assert seconds_of("9" * 100_000 + "h") == float("inf")
    assert seconds_of("9" * 100_000) is None
