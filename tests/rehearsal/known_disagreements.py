"""The lists of predictions that are known to be wrong, each of which must still be."""

from rehearsal.recording import read_known


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
