"""Manifests with one or two mistakes, made by seed from manifests that have none."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rehearsal.api import Manifest

Path = tuple[str | int, ...]
JUNK: tuple[Any, ...] = (
    None, "", " ", "x", "X_y", "a/b/c", "true", "1", "-1", 0, 1, -1, 3, 1.5, 2147483648, 10**18, True, False, [], {},
    ["x"], {"x": "y"}, [None], [{}], "é", "a" * 64, "a" * 260, "10Gi", "1.5.2", "500m", "5%", "1h", "abcGi", "Exists",
    "In", "NoSchedule", "UPPER", "kubernetes.io/x", "http://x", "0x10", "1e3", "\n", "a b", "-a", "a.", "..", "720h",
    "1d", "Always", "8 ",
)  # fmt: skip
WEIGHTS = {"NodePool": 6, "EC2NodeClass": 6, "Pod": 5, "DaemonSet": 4, "Deployment": 2, "Job": 2}
SECOND_MISTAKE = 0.15
ADDRESS = {("apiVersion",), ("kind",), ("metadata", "namespace")}
"""What says where a manifest is sent: a mistake there is one of the request."""


@dataclass(frozen=True)
class Edit:
    """A value in a manifest set to another one, or taken out where there is no value.

    Attributes:
        path: Where it is.
        value: The value in a tuple; an empty tuple to take it out.
    """

    path: Path
    value: tuple[Any, ...]

    def apply(self, manifest: Manifest) -> None:
        """Change the manifest."""
        *parents, last = self.path
        node: Any = manifest
        for part in parents:
            node = node[part]
        if self.value:
            node[last] = copy.deepcopy(self.value[0])
        else:
            del node[last]


@dataclass(frozen=True)
class Mutant:
    """A manifest with mistakes.

    Attributes:
        base: KIND/NAME of the manifest without them.
        edits: The mistakes.
    """

    base: str
    edits: tuple[Edit, ...]

    def manifest(self, bases: dict[str, Manifest]) -> Manifest:
        """Return the manifest with the mistakes made."""
        mutant = copy.deepcopy(bases[self.base])
        for edit in self.edits:
            edit.apply(mutant)
        return mutant

    def line(self) -> list[Any]:
        """Return the mutant as data: its base, and for each edit the path, with the value where there is one."""
        return [self.base, *([list(edit.path), *edit.value] for edit in self.edits)]

    @staticmethod
    def of(line: Sequence[Any]) -> Mutant:
        """Return the mutant of a line."""
        base, *edits = line
        return Mutant(base, tuple(Edit(tuple(path), tuple(value)) for path, *value in edits))


def by_name(manifests: list[Manifest]) -> dict[str, Manifest]:
    """Return manifests by KIND/NAME."""
    return {f"{manifest['kind']}/{manifest['metadata']['name']}": manifest for manifest in manifests}


def mutants(bases: dict[str, Manifest], seed: int, count: int) -> list[Mutant]:
    """Return that many different mutants; some kinds of manifests are taken more often than others."""
    rng = random.Random(seed)
    words = _words(bases.values())
    kinds = sorted({base.partition("/")[0] for base in bases})
    found: dict[str, Mutant] = {}
    while len(found) < count:
        kind = rng.choices(kinds, [WEIGHTS.get(kind, 1) for kind in kinds])[0]
        base = rng.choice(sorted(name for name in bases if name.startswith(f"{kind}/")))
        edits: list[Edit] = []
        for _ in range(2 if rng.random() < SECOND_MISTAKE else 1):
            now = Mutant(base, tuple(edits)).manifest(bases)
            edits += _mistake(rng, now, words)
        mutant = Mutant(base, tuple(edits))
        manifest = mutant.manifest(bases)
        if edits and manifest != bases[base]:
            found.setdefault(json.dumps([base, manifest], sort_keys=True), mutant)
    return [*found.values()]


def _mistake(rng: random.Random, manifest: Manifest, words: dict[str, list[Any]]) -> list[Edit]:
    """Return one mistake as edits; none where the kind of mistake does not suit the place."""
    places = [path for path in paths(manifest) if path and path not in ADDRESS]
    if not places:
        return []
    path = rng.choice(places)
    here, parent = at(manifest, path), at(manifest, path[:-1])
    kind = rng.choice(
        ("drop", "junk", "junk", "near", "near", "near", "unknown", "word", "rename", "repeat", "graft", "wrap")
    )
    if kind == "drop":
        return [Edit(path, ())]
    if kind == "unknown" and isinstance(here, dict):
        key = rng.choice(["unknownField", *words["keys"]])
        return [Edit((*path, key), (rng.choice(["x", 1, {}, [], True, *words["values"][:50]]),))]
    if kind == "rename" and isinstance(parent, dict):
        name = str(path[-1])
        key = rng.choice([name + "s", name.capitalize(), name[:-1] or "x", rng.choice(words["keys"])])
        return [Edit(path, ()), Edit((*path[:-1], key), (here,))]
    make: dict[str, Callable[[], Any]] = {
        "junk": lambda: rng.choice(JUNK),
        "near": lambda: _near(rng, here),
        "word": lambda: rng.choice(words["values"]),
        "repeat": lambda: [*here, rng.choice(here)] if isinstance(here, list) and here else rng.choice(JUNK),
        "graft": lambda: at(manifest, rng.choice(places)),
        "wrap": lambda: rng.choice(
            [[here], {"value": here}, str(here) if not isinstance(here, (dict, list)) else [here]]
        ),
    }
    value = make.get(kind, make["junk"])()
    return [Edit(path, (copy.deepcopy(value),))]


def _near(rng: random.Random, value: Any) -> Any:
    """Return a value close to the one that is there."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice([value + 1, -value, value * 1000, str(value), value + 0.5])
    if isinstance(value, str):
        place = rng.randrange(len(value) + 1)
        before, after = value[:place], value[place:]
        return rng.choice(
            [
                value.upper(),
                before,
                value * 2,
                value + "x",
                f"{before} {after}",
                value + "1",
                value[::-1],
                f"{before}/{after}",
                f"{before}-{after}",
            ]
        )
    if isinstance(value, list):
        return rng.choice([value + value[:1], value[1:], value[::-1], value * 40])
    if isinstance(value, dict):
        return rng.choice(
            [
                [*value.values()],
                {key.upper(): each for key, each in value.items()},
                {**value, "": "x"},
                {**value, "UPPER Case": "x"},
            ]
        )
    return "x"


def paths(node: Any, here: Path = ()) -> Iterator[Path]:
    """Yield the path of every value."""
    yield here
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        yield from paths(value, (*here, key))


def at(node: Any, path: Path) -> Any:
    """Return the value at a path."""
    for part in path:
        node = node[part]
    return node


def _words(manifests: Iterable[Manifest]) -> dict[str, list[Any]]:
    """Return the keys and the scalar values that the manifests use."""
    keys, values = set(), set()
    for manifest in manifests:
        for path in paths(manifest):
            value = at(manifest, path)
            if path and isinstance(path[-1], str):
                keys.add(path[-1])
            if not isinstance(value, (dict, list)):
                values.add(json.dumps(value))
    return {"keys": sorted(keys), "values": [json.loads(value) for value in sorted(values)]}
