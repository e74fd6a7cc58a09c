"""The lists of predictions that are known to be wrong, each of which must still be."""

from pathlib import Path

FOLDER = Path(__file__).parent / "known"


def read_known(name, group):
    """Return what is listed for a group in a list: lines of `group`, a tab and what differs."""
    path = FOLDER / f"{name}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    pairs = [line.split("\t", 1) for line in lines if line and not line.startswith("#")]
    return {what for of, what in pairs if of == group}


def check_against_known(name, group, found):
    """Fail when something differs that is not listed, or when something listed differs no more.

    Args:
        name: The list.
        group: The part of it.
        found: For everything that was compared, how it differs; an empty text where it does not.
    """
    known = read_known(name, group)
    differing = {what: how for what, how in found.items() if how}
    new = [f"{what}: {how}" for what, how in differing.items() if what not in known]
    assert not new, f"{len(new)} of {len(found)} predictions differ:\n" + "\n".join(new)
    right = sorted(known - differing.keys())
    assert not right, f"take these lines out of known/{name}.txt, they have become right:\n" + "\n".join(right)
