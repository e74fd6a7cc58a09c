"""What the kube-scheduler did on nodes that we predicted, as recorded, against what is predicted of the pods there."""

from collections import defaultdict

import pytest
from rehearsal import recording
from rehearsal.cases.nodes import DIST, scheduling_cases
from rehearsal.comparison import placement_disagreements
from rehearsal.nodes import nodes_of
from tests.rehearsal.known_disagreements import check_against_known

LINES = [*recording.read(recording.FOLDER / "scheduling.jsonl")]


@pytest.fixture(scope="module")
def nodes():
    """The nodes of each case."""
    return {name: nodes for cases in scheduling_cases() for name, nodes in nodes_of(cases).items()}


def test_pods_and_daemon_sets_run_or_wait_as_predicted(nodes):
    """On every recorded node the workloads run that are predicted to, and the others wait for the reason given."""
    found = {}
    for line in LINES:
        question = nodes[line["case"]].question(line["pool"], line["type"])
        differences = placement_disagreements(question, line["start"], line["end"])
        found[f"{line['case']} {line['pool']} {line['type']}"] = "; ".join(differences)
    assert len(found) >= 300
    check_against_known("scheduling", "nodes", found)


def test_every_reason_for_which_the_scheduler_keeps_a_pod_waiting_is_recorded():
    """Taints, labels, ports and resources each keep some pod waiting, and many pods run."""
    reasons = defaultdict(int)
    for line in LINES:
        for workload, why in line["end"].items():
            if workload.startswith("Pod/"):
                reasons[" ".join(why).partition(" ")[0] or "runs"] += 1
    assert reasons.keys() == {"taint", "selector", "ports", "insufficient", "runs"}
    assert reasons["runs"] > 100


def test_the_plugins_of_dist_land_one_after_the_other():
    """A GPU pod on a node of dist/ waits when the node joins, and runs once NFD, and then the plugin, have landed."""
    chains = [line for line in LINES if line["case"] == DIST and line["end"]["Pod/gpu-pod"] == []]
    assert chains
    for line in chains:
        assert line["start"]["DaemonSet/nvdp-nvidia-device-plugin"] == ["not wanted"]
        assert line["start"]["Pod/gpu-pod"] == ["insufficient nvidia.com/gpu"]
        assert line["end"]["DaemonSet/nvdp-nvidia-device-plugin"] == []
