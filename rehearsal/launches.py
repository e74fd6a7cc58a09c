"""What Karpenter does with cases: the instance types of the NodeClaim it makes, or why it makes none."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.api import wait_for
from rehearsal.cases.case import CASE, POOL, TYPE
from rehearsal.karpenter import NODE_CLAIMS, NODE_OVERLAYS, NODE_POOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rehearsal.api import Api, Manifest
    from rehearsal.aws.ec2 import Ec2
    from rehearsal.cases.case import Case

PODS = "/api/v1/namespaces/default/pods"
DAEMON_SETS = "/apis/apps/v1/namespaces/default/daemonsets"
EVENTS = "/api/v1/namespaces/default/events"
AT_ONCE = 40
"""Cases that are asked together: more make the controller's loops long."""
PATIENCE = 60.0
LIMITED = "exceed limits for nodepool"
MESSAGE = 300
"""How much of a message is kept."""
EVERY_TYPE = 600
"""How many types a NodeClaim names at most, the cheapest first."""


@dataclass
class Outcome:
    """What became of a case.

    Attributes:
        pool: The NodePool whose NodeClaim was made; empty when none was.
        types: The instance types of the NodeClaim, sorted.
        reason: Why there is none: `refused` by the API server, `not-ready` node class or pool, `unschedulable`, or
            `silent` when Karpenter says nothing.
        message: What was said, in the words of who said it.
    """

    pool: str = ""
    types: list[str] = field(default_factory=list)
    reason: str = ""
    message: str = ""


def play(api: Api, ec2: Ec2, cases: Sequence[Case]) -> Iterator[tuple[Case, Outcome]]:
    """Yield the outcome of each case, some of them asked at once."""
    for start in range(0, len(cases), AT_ONCE):
        batch = cases[start : start + AT_ONCE]
        outcomes = _Batch(api, ec2, batch).play()
        yield from ((case, outcomes[case.name]) for case in batch)


class _Batch:
    def __init__(self, api: Api, ec2: Ec2, cases: Sequence[Case]) -> None:
        self.api = api
        self.ec2 = ec2
        self.cases = cases
        self.outcomes: dict[str, Outcome] = {}
        self.case_of_pool = {pool: case.name for case in cases for pool in case.pools}

    def play(self) -> dict[str, Outcome]:
        for case in self.cases:
            self._create(case, [each for each in case.manifests if each["kind"] not in {"Pod", "NodeOverlay"}])
        self._await_pools()
        # Overlays last: while node classes are not ready, their controller waits longer after each attempt.
        for case in self.cases:
            self._create(case, case.of_kind("NodeOverlay"))
        self._await_overlays()
        for case in self.cases:
            if case.name not in self.outcomes:
                self._create(case, case.of_kind("Pod"))
        self._await_claims()
        for case in self.cases:
            self.outcomes.setdefault(case.name, Outcome(reason="silent"))
        self._clean()
        return self.outcomes

    def _create(self, case: Case, manifests: list[Manifest]) -> None:
        for manifest in manifests:
            answer = self.api.create(manifest)
            shared = manifest["kind"] == "EC2NodeClass" and answer.body.get("reason") == "AlreadyExists"
            if not answer.accepted and not shared:
                self.outcomes[case.name] = Outcome(reason="refused", message=_short(answer.message))
                return

    def _await_pools(self) -> None:
        """Wait until Karpenter has judged every pool; what is not ready then will never be."""
        end = time.monotonic() + PATIENCE
        waiting: dict[str, str] = {}
        while time.monotonic() < end:
            waiting = {}
            undecided = False
            for pool in self.api.items(NODE_POOLS):
                ready, nodes = condition(pool, "Ready"), condition(pool, "NodeClassReady")
                if ready.get("status") != "True":
                    waiting[pool["metadata"]["name"]] = _short(nodes.get("message") or ready.get("message", ""))
                    undecided |= ready.get("status") != "False" or "Unknown" in nodes.get("message", "")
            if not waiting or (not undecided and time.monotonic() > end - PATIENCE + 10):
                break
            time.sleep(0.5)
        for case in self.cases:
            unready = sorted(case.pools & waiting.keys())
            if unready and len(unready) == len(case.pools):
                self.outcomes.setdefault(case.name, Outcome(reason="not-ready", message=waiting[unready[0]]))

    def _await_overlays(self) -> None:
        """Wait until Karpenter has judged every overlay, which it does right before it applies them all at once."""
        if any(case.of_kind("NodeOverlay") for case in self.cases):
            wait_for(lambda: all(condition(each, "Ready").get("status") for each in self.api.items(NODE_OVERLAYS)))
            time.sleep(2)

    def _await_claims(self) -> None:
        end = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < end and len(self.outcomes) < len(self.cases):
            for claim in sorted(self.api.items(NODE_CLAIMS), key=lambda claim: claim["metadata"]["creationTimestamp"]):
                pool = claim["metadata"]["labels"].get("karpenter.sh/nodepool", "")
                types = _types(claim) or self._fleet(pool)
                if types and (name := self.case_of_pool.get(pool)):
                    self.outcomes.setdefault(name, Outcome(pool=pool, types=types))
            for event in self.api.items(f"{EVENTS}?limit=5000"):
                by = event.get("reportingComponent") or event.get("source", {}).get("component")
                about = event["involvedObject"]
                if by == "karpenter" and event["reason"] == "FailedScheduling" and about["kind"] == "Pod":
                    message = _own_part(event["message"], self._pools(about["name"]))
                    self.outcomes.setdefault(about["name"], Outcome(reason="unschedulable", message=message))
            time.sleep(0.4)

    def _fleet(self, pool: str) -> list[str]:
        """Return the types that EC2 was asked for: the NodeClaims of a static pool name none themselves."""
        asked = set()
        for fleet in self.ec2.fleets:
            tags = {tag["Key"]: tag["Value"] for spec in fleet["TagSpecification"] for tag in spec["Tag"]}
            if tags.get(POOL) == pool:
                asked |= {
                    item["InstanceType"] for config in fleet["LaunchTemplateConfigs"] for item in config["Overrides"]
                }
        return sorted(asked)

    def _pools(self, name: str) -> set[str]:
        return next((case.pools for case in self.cases if case.name == name), set())

    def _clean(self) -> None:
        for path in (PODS, DAEMON_SETS, NODE_POOLS, NODE_OVERLAYS, NODE_CLAIMS):
            self.api.delete_all(path)
        self.api.request("DELETE", EVENTS)
        end = time.monotonic() + PATIENCE / 2
        while time.monotonic() < end and (
            self.api.items(NODE_CLAIMS) or self.api.items(NODE_POOLS) or self.api.items(PODS)
        ):
            time.sleep(0.3)


def condition(manifest: Manifest, kind: str) -> dict[str, Any]:
    """Return a condition of an object's status; an empty one when it has none."""
    conditions = (manifest.get("status") or {}).get("conditions") or []
    return next((item for item in conditions if item["type"] == kind), {})


def _types(claim: Manifest) -> list[str]:
    """Return the instance types that a NodeClaim names, each value of a requirement that may say In only."""
    requirements = claim["spec"]["requirements"]
    return sorted(value for item in requirements if item["key"] == TYPE for value in item.get("values", []))


def _own_part(message: str, pools: set[str]) -> str:
    """Return what an event says of the case's own pools: it speaks of every pool that there is."""
    parts = message.removeprefix("Failed to schedule pod, ").split("; ")
    others = [part for part in parts if any(f"key {key}" in part for key in (POOL, CASE))]
    limited = [part for part in parts if LIMITED in part and not any(f"NodePool={pool})" in part for pool in pools)]
    own = [part for part in parts if part not in others and part not in limited]
    return _short("; ".join(sorted(set(own))) or "no pool is left for the pod")


def _short(message: str) -> str:
    return message if len(message) <= MESSAGE else message[: MESSAGE - 3] + "..."
