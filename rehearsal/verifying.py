"""`eks-gpu verify` on a real control plane with the real Karpenter: nodes join, plugins do their work, things break.

Karpenter launches for the smoke tests of `tests/verify/cluster.yaml`. What a node and its kubelet would do is played:
joining, the labels of feature discovery, the devices that plugins register, the status of pods.
"""

from __future__ import annotations

import json
import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from cdk8s_eks_gpu.charts.store import project_store
from cdk8s_eks_gpu.config.load import load_cluster
from cdk8s_eks_gpu.objects.stack import all_objects
from cdk8s_eks_gpu.verify import Promise, Status, verify
from cdk8s_eks_gpu.verify.live import LiveCluster
from cdk8s_eks_gpu.verify.script import dump_script
from cdk8s_eks_gpu.verify.snapshot import objects_of_data
from rehearsal import applying
from rehearsal.api import wait_for
from rehearsal.breaking import POOL, breaks
from rehearsal.karpenter import GATES
from rehearsal.stage import whole
from rehearsal.staged_cluster import PATIENCE, StagedCluster, karpenter_deployment
from rehearsal.versions import KUBERNETES, ROOT, minor

if TYPE_CHECKING:
    from rehearsal.api import Api, Manifest

CONFIG = ROOT / "tests" / "verify" / "cluster.yaml"
GOOD, APPLIED = ROOT / "tests" / "verify" / "good", ROOT / "tests" / "verify" / "applied.json"


def rehearse(version: str, *, record: bool) -> tuple[int, int]:
    """Set a cluster up, have `verify` look at it, and break it in one way after the other.

    Returns:
        How many ways it was broken in, and in how many of these verify said something else than it should.
    """
    config = load_cluster(CONFIG)
    store = project_store(CONFIG)
    objects = all_objects(config, store)
    stack, tests = ([*chain(*charts.values())] for charts in (objects.stack, objects.smoke_tests))
    promise = Promise(objects_of_data("rehearsal", [*stack, *tests]), minor(version), minor(KUBERNETES))
    with whole(version) as (karpenter, _), tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        api = karpenter.api
        staged = StagedCluster(api)
        staged.apply([karpenter_deployment(version, GATES)])
        staged.join_system_node()
        place = Path(folder)
        applying.apply_objects(api, stack, place / "stack.json")
        karpenter.start()
        applying.apply_objects(api, tests, place / "tests.json")
        staged.join_claims(2)
        staged.work()
        if not staged.await_initialized():
            raise TimeoutError("Karpenter does not see the nodes as initialized")
        staged.work(2)
        live = LiveCluster(kubeconfig=str(api.kubeconfig))
        wrong = _differences("a good cluster", staged, live, promise, ())
        if record:
            _record(api, promise, [*stack, *tests])
        node = staged.node_of(POOL)
        done = breaks()
        for each in done:
            each.do(api, node)
            wrong += _differences(each.name, staged, live, promise, each.finds)
            each.undo(api, node)
            wait_for(lambda: not _bad(staged, live, promise), PATIENCE, 2)
        karpenter.processes.check()
    return len(done), wrong


def _differences(name: str, staged: StagedCluster, live: LiveCluster, promise: Promise, finds: tuple[str, ...]) -> int:
    """Return 1, and print why, where verify does not come to say what it should; a good cluster is to have no fault."""

    def said() -> bool:
        found = _bad(staged, live, promise)
        return finds in found if finds else not found

    if wait_for(said, PATIENCE, 2):
        print(f"  {name}: {' '.join(finds) or 'nothing fails'}", flush=True)
        return 0
    print(f"  {name}: expected {finds or 'nothing'}, verify says {sorted(_bad(staged, live, promise))}", flush=True)
    return 1


def _bad(staged: StagedCluster, live: LiveCluster, promise: Promise) -> set[tuple[str, str]]:
    """Return the checks that fail or wait, each with its status."""
    staged.start_pods()
    report = verify(promise, live.snapshot(promise))
    bad = {Status.FAIL, Status.WAITING}
    return {(result.check, result.status.value) for result in report.results if result.status in bad}


def _record(api: Api, promise: Promise, applied: list[Manifest]) -> None:
    """Write the dumps that the script collects into the folder of the tests, an object a line, and what was applied."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        applying.run_script(api, dump_script(promise), Path(folder))
        GOOD.mkdir(exist_ok=True)
        for old in GOOD.glob("*.json"):
            old.unlink()
        for file in sorted(Path(folder).glob("*.json")):
            data = json.loads(file.read_text())
            text = _lines(data) if data.get("kind") == "List" else json.dumps(data, separators=(",", ":")) + "\n"
            (GOOD / file.name).write_text(text)
    APPLIED.write_text(_lines({"apiVersion": "v1", "items": applied, "kind": "List"}))


def _lines(data: Manifest) -> str:
    items = ",\n".join(json.dumps(each, separators=(",", ":"), sort_keys=True) for each in data["items"])
    return f'{{"apiVersion":"v1","items":[\n{items}\n],"kind":"List"}}\n'
