"""What a run checked and what it did not, in one line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdk8s_eks_gpu.manifests import Sources
    from cdk8s_eks_gpu.manifests.folder import NotChecked

_NAMED = 3  # what has advice is named up to here


class Scope(Struct, frozen=True):
    """What was checked and what was met beside it.

    Attributes:
        objects: How many objects were checked.
        files: How many files they are in; 0 for the objects of an app.
        kustomizations: The folders of the kustomizations that were built.
        not_checked: What was met and not checked.
        beside: The file whose pools the pods were checked with, where they have none of their own beside them.
    """

    objects: int = 0
    files: int = 0
    kustomizations: tuple[str, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    beside: str = ""

    @property
    def checked_text(self) -> str:
        """What was checked: `3 objects in 1 file, 2 kustomizations built`."""
        files = f" in {counted(self.files, 'file')}" if self.files else ""
        text = f"{counted(self.objects, 'object')}{files}"
        if self.kustomizations:
            text += f", {counted(len(self.kustomizations), 'kustomization')} built"
        if self.beside:
            text += f", with the pools of {self.beside}"
        return text

    @property
    def not_checked_text(self) -> str:
        """What was not checked, in words; empty for nothing."""
        return not_checked_text(self.not_checked)


def not_checked_text(not_checked: Sequence[NotChecked]) -> str:
    """Return what was not checked, by what it is, with the way to check it where there is one; empty for nothing."""
    parts = []
    for what, count in Counter(each.what for each in not_checked).items():
        advised = [each for each in not_checked if each.what == what and each.advice]
        named = "; ".join(f"{each.path}: {each.advice}" for each in advised[:_NAMED])
        more = f"; and {len(advised) - _NAMED} more" if len(advised) > _NAMED else ""
        parts.append(f"{counted(count, what)}{f' ({named}{more})' if named else ''}")
    return ", ".join(parts)


def scope_of(sources: Sources) -> Scope:
    """Return what of the sources is checked."""
    files = {each.file for each in sources.objects} | {each.file for each in sources.unreadable}
    return Scope(len(sources.objects), len(files), sources.kustomizations, sources.not_checked)


def joined(scopes: Sequence[Scope]) -> Scope:
    """Return the scope of several runs; what each of them met is named once."""
    return Scope(
        sum(each.objects for each in scopes),
        sum(each.files for each in scopes),
        tuple(dict.fromkeys(folder for each in scopes for folder in each.kustomizations)),
        tuple(dict.fromkeys(met for each in scopes for met in each.not_checked)),
        ", ".join(dict.fromkeys(each.beside for each in scopes if each.beside)),
    )


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: `1 file`, `2 files`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun}{'es' if noun.endswith('ch') else 's'}"
