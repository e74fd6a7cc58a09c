"""What a NodePool says of the end of its nodes, with Karpenter's defaults."""

from math import inf

import pytest

from cdk8s_eks_gpu.manifests import Cursor
from cdk8s_eks_gpu.provisioning.disruption import Budget, Disruption, read_disruption


def read(disruption=None, **template):
    """Return what a NodePool with these fields says."""
    return read_disruption(Cursor({"spec": {"disruption": disruption or {}, "template": {"spec": template}}}))


def test_defaults():
    """A pool that says nothing has the CRD's defaults: consolidation at once, a tenth of the nodes, 30 days."""
    said = Disruption("WhenEmptyOrUnderutilized", "0s", (Budget("10%"),), "720h", "")
    assert read() == said
    assert said.consolidates
    assert not said.only_when_empty
    assert said.expires


def test_all_that_a_pool_can_say():
    """Each field is read from where the CRD has it."""
    budgets = [{"nodes": "2", "reasons": ["Drifted"]}, {"schedule": "0 9 * * *", "duration": "8h"}]
    disruption = {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "Never", "budgets": budgets}
    said = read(disruption, expireAfter="Never", terminationGracePeriod="1h")
    assert said == Disruption(
        "WhenEmpty", "Never", (Budget("2", ("Drifted",)), Budget("10%", is_scheduled=True)), "Never", "1h"
    )
    assert not said.consolidates
    assert said.only_when_empty
    assert not said.expires
    assert said.consolidation_delay == inf


@pytest.mark.parametrize("nodes", ["ten", "10 %", "1" * 10, ""])
def test_a_budget_that_is_none(nodes):
    """A number of nodes that does not read as one counts as the default: the API server refuses it anyway."""
    assert read({"budgets": [{"nodes": nodes}]}).budgets == (Budget("10%"),)


def test_no_budgets():
    """An empty list holds nothing back, as none at all is the default."""
    assert read({"budgets": []}).at_once("Empty") == inf
    assert read({"budgets": None}).at_once("Empty") == 0.1


@pytest.mark.parametrize(
    ("nodes", "of", "share"),
    [
        ("25%", None, 0.25),
        ("25%", 8, 0.25),
        ("100%", None, 1),
        ("0", None, 0),
        ("0", 10, 0),
        ("3", 4, 0.75),
        ("5", 4, 1.25),
        ("1", None, 0.5),
        ("7", None, 0.5),
        ("7", 0, 0.5),
    ],
)
def test_the_share_of_the_nodes_that_a_budget_allows(nodes, of, share):
    """A number counts against the pool's nodes; where these are not known, it is taken for half of them at most."""
    assert Budget(nodes).allows(of) == share


def test_the_budget_that_counts():
    """The smallest budget that is for the reason holds; one with a schedule does not hold at other times."""
    scheduled, drifted, any_reason = Budget("0", is_scheduled=True), Budget("1", ("Drifted",)), Budget("50%")
    said = Disruption("WhenEmpty", "0s", (scheduled, any_reason, drifted), "720h", "")
    assert said.budget_for("Drifted", 10) == drifted
    assert said.budget_for("Empty", 10) == any_reason
    assert (said.at_once("Drifted", 10), said.at_once("Empty", 10)) == (0.1, 0.5)
    only_drift = Disruption("WhenEmpty", "0s", (scheduled, drifted), "720h", "")
    assert only_drift.budget_for("Empty") is None
    assert only_drift.at_once("Empty") == inf


@pytest.mark.parametrize(
    ("written", "delay"), [("Never", inf), ("0s", 0), ("45s", 45), ("1h30m10s", 5410), ("soon", 0), (None, 0)]
)
def test_the_delay_of_consolidation(written, delay):
    """It is said in hours, minutes and seconds; what cannot be read counts as the default, no delay at all."""
    assert read({"consolidateAfter": written}).consolidation_delay == delay
