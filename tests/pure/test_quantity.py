from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk8s_eks_gpu.errors import QuantityError
from cdk8s_eks_gpu.quantity import format_quantity, parse_quantity


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0"),
        ("1", "1"),
        ("+1", "1"),
        ("-1", "-1"),
        ("-0", "0"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("500m", "0.5"),
        ("100u", "0.0001"),
        ("1n", "0.000000001"),
        ("1k", "1000"),
        ("1.5M", "1500000"),
        ("2G", "2000000000"),
        ("1T", "1e12"),
        ("1P", "1e15"),
        ("1E", "1e18"),
        ("1Ki", "1024"),
        ("1.5Gi", "1610612736"),
        ("1Ti", str(2**40)),
        ("1Pi", str(2**50)),
        ("1Ei", str(2**60)),
        ("1e3", "1000"),
        ("1E3", "1000"),
        ("12e-1", "1.2"),
        ("1e+2", "100"),
        ("1e-12", "1e-9"),
        ("-1e-12", "-1e-9"),
        ("0.1n", "1e-9"),
        ("1.0000000001", "1.000000001"),
        ("9223372036854775808", str(2**63 - 1)),
        ("-10Ei", str(1 - 2**63)),
        ("1e999999999", str(2**63 - 1)),
        ("0e999999999", "0"),
        (" 8 ", "8"),
        ("Gi", "0"),
        ("n", "0"),
        ("-", "0"),
        (".", "0"),
    ],
)
def test_quantities(text, amount):
    """Every form of Kubernetes' quantities is read exactly, rounded up to a billionth and capped at 64 bits."""
    assert parse_quantity(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("1 Gi", "it holds a space"),
        (" ", "it is empty"),
        ("1..2", "not a number followed by at most one unit"),
        ("--1", "not a number followed by at most one unit"),
        ("1_000", "not a number followed by at most one unit"),
        ("\uff11", "not a number followed by at most one unit"),
        ("1e3Gi", "not a number followed by at most one unit"),
        ("5gi", r"unknown unit 'gi'; did you mean 'Gi'\?"),
        ("5GB", r"unknown unit 'GB'; did you mean 'G'\?"),
        ("1K", r"unknown unit 'K'; did you mean 'k'\?"),
        ("1MiB", r"unknown unit 'MiB'; did you mean 'Mi'\?"),
        ("1e", r"unknown unit 'e'; did you mean 'E'\?"),
        ("1cores", "unknown unit 'cores'; known are n u m k M"),
        ("1" * 65, "longer than 64 characters"),
    ],
)
def test_malformed_quantities(text, reason):
    """What is no quantity is refused with the reason, and never taken for zero."""
    with pytest.raises(QuantityError, match=reason):
        parse_quantity(text)


@pytest.mark.parametrize("text", ["0", "8", "7910m", "14103Mi", "17Gi", "1Ti", "1500", "1Ki", "2500m"])
def test_format(text):
    """A quantity is shown as Kubernetes writes it."""
    assert format_quantity(parse_quantity(text)) == text


@given(st.integers(0, 2**62), st.sampled_from(["", "m", "k", "Mi", "Gi"]))
def test_shown_and_read_again(number, suffix):
    """What is shown reads as the same amount again."""
    amount = parse_quantity(f"{number}{suffix}")
    assert parse_quantity(format_quantity(amount)) == amount
