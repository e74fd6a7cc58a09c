"""An upgrade as plain data for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from cdk8s_eks_gpu.explain.to_json import difference_data

if TYPE_CHECKING:
    from cdk8s_eks_gpu.findings import CheckedFor
    from cdk8s_eks_gpu.releases.changes import IamAction
    from cdk8s_eks_gpu.upgrade.plan import Upgrade


def upgrade_data(upgrade: Upgrade) -> dict[str, Any]:
    """Return the upgrade as data, in the names that `--format json` prints."""
    return {
        "cluster": upgrade.after.cluster,
        "from": _versions(upgrade.before),
        "to": _versions(upgrade.after),
        "isRefused": upgrade.is_refused,
        "order": list(upgrade.order),
        "refused": [finding.as_dict() for finding in upgrade.refused],
        "problems": list(upgrade.problems),
        "readDifferently": [asdict(note) for note in upgrade.readings],
        "instanceTypes": difference_data(upgrade.instance_types),
        "replaced": [asdict(note) for note in upgrade.replaced],
        "iamActions": list(map(_action, upgrade.iam_actions)),
        "featureGates": [
            {"name": gate.name, "before": gate.before, "after": gate.after, "turnOnBy": gate.how}
            for gate in upgrade.gates
        ],
        "settings": dict(upgrade.settings),
        "findings": {
            "begin": [finding.as_dict() for finding in upgrade.begin],
            "end": [finding.as_dict() for finding in upgrade.end],
        },
    }


def _versions(versions: CheckedFor) -> dict[str, str]:
    return {
        "karpenter": versions.karpenter,
        "karpenterFrom": versions.karpenter_from,
        "kubernetes": versions.kubernetes,
        "kubernetesFrom": versions.kubernetes_from,
    }


def _action(action: IamAction) -> dict[str, str]:
    return {
        "action": action.action,
        "since": action.since,
        "purpose": action.purpose,
        "setting": action.setting,
        "source": action.source,
    }
