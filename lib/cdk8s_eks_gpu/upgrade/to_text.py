"""An upgrade for people: a heading for each question, and a line for each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk8s_eks_gpu.hints import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cdk8s_eks_gpu.explain import Difference
    from cdk8s_eks_gpu.findings import Finding
    from cdk8s_eks_gpu.upgrade.notes import Note
    from cdk8s_eks_gpu.upgrade.plan import Gate, Upgrade

_FEW = 6  # more names of instance types do not help


def upgrade_text(upgrade: Upgrade) -> str:
    """Return the upgrade as text; questions to which the answer is nothing are left out."""
    before, after = upgrade.before, upgrade.after
    cluster = f"Cluster {after.cluster}: " if after.cluster else ""
    karpenter = f"Karpenter {before.karpenter} ({before.karpenter_from}) -> {after.karpenter}"
    kubernetes = f"Kubernetes {before.kubernetes} ({before.kubernetes_from}) -> {after.kubernetes}"
    lines = [f"{cluster}{karpenter}, {kubernetes}"]
    actions = [
        f"{each.action} (Karpenter {each.since}): {each.purpose}{f', with {each.setting}' if each.setting else ''}"
        for each in upgrade.iam_actions
    ]
    settings = [f"{name}, by default {str(default).lower()}" for name, default in upgrade.settings.items()]
    for title, answers in (
        ("Order", upgrade.order),
        ("Refused", [*upgrade.problems, *map(_finding, upgrade.refused)]),
        ("Nodes that are replaced", map(_note, upgrade.replaced)),
        ("Read otherwise", map(_note, upgrade.readings)),
        ("Instance types", _instance_types(upgrade.instance_types)),
        ("New IAM actions for Karpenter's role", actions),
        ("Feature gates", map(_gate, upgrade.gates)),
        ("New settings", settings),
        ("Findings that begin", map(_finding, upgrade.begin)),
        ("Findings that end", map(_finding, upgrade.end)),
    ):
        lines += _section(title, answers)
    lines += ["", "Something is refused." if upgrade.is_refused else "Nothing is refused."]
    return (
        "\n".join(
            "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line) for line in lines
        )
        + "\n"
    )


def _section(title: str, answers: Iterable[str]) -> Iterator[str]:
    found = list(dict.fromkeys(answers))
    if found:
        yield from ("", f"{title}:", *(f"  - {each}" for each in found))


def _finding(finding: Finding) -> str:
    where = f"{finding.file}:{finding.line}"
    return f"{where}: {finding.severity.value} {finding.rule.id} {finding.place}: {finding.message}"


def _note(note: Note) -> str:
    place = " ".join(filter(None, (f"{note.kind}/{note.name}", note.path)))
    return f"{note.file}:{note.line}: {place}: {note.text}. ({note.source})"


def _instance_types(difference: Difference) -> Iterator[str]:
    named = [*((f"pool {name}", change) for name, change in difference.pools.items()), *difference.workloads.items()]
    for name, change in named:
        for verb, types in (("admits", change.added), ("loses", change.dropped)):
            if types:
                yield f"{name} {verb} {few(types, _FEW)}"


def _gate(gate: Gate) -> str:
    if gate.after is None:
        return f"{gate.name} is gone"
    default = f"by default {'on' if gate.after else 'off'}"
    if gate.before is None:
        return f"{gate.name} is new, {default}: {gate.how}"
    return f"{gate.name} is {default}, where it was {'on' if gate.before else 'off'}: {gate.how}"
