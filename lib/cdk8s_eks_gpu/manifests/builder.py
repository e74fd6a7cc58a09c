"""From the parser's events to data, without recursion, and with the limits that go-yaml sets on aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from cdk8s_eks_gpu.manifests.scalars import MERGE, Scalar, plain, tagged

if TYPE_CHECKING:
    from collections.abc import Iterator

# PyYAML built without libyaml gives the same answers, only slower.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# No manifest comes near; Kubernetes itself stops at 10,000, and Python's own stack far earlier.
DEEPEST = 200
_FEW_NODES, _MANY_NODES = 400_000, 4_000_000


def _fault(problem: str, event: Any) -> yaml.MarkedYAMLError:  # noqa: ANN401 -- events of either parser
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


def scalar(event: yaml.ScalarEvent) -> Scalar:
    """Return the value of a scalar event.

    Raises:
        yaml.MarkedYAMLError: It is tagged as binary and is not base64, or is a number that JSON does not have.
    """
    text: str = event.value
    if event.tag is None:
        value = plain(text) if event.implicit[0] else text
    else:
        try:
            value = tagged(text, event.tag)
        except ValueError as error:
            raise _fault(str(error), event) from None
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):  # noqa: PLR0124 -- NaN is the value that differs from itself
        raise _fault(f"{text} is no JSON number", event)
    return value


def key_text(value: Scalar) -> str:
    """Return the string that a scalar becomes as a key of JSON: `yes` is "true", 1 is "1"."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class _Frame:
    """A mapping or sequence that is being filled."""

    __slots__ = ("anchor", "container", "inherited", "key", "merging", "size")

    def __init__(self, container: dict[str, Any] | list[Any], anchor: str | None) -> None:
        self.container = container
        self.anchor = anchor
        self.size = 1
        self.key: str | None = None
        self.merging = False
        # Mappings merged in with `<<`: their keys give way to those written out.
        self.inherited: list[dict[str, Any]] | None = None


class _Builder:
    """One document's stack, its anchors, and the count of what its aliases add."""

    def __init__(self) -> None:
        self.root: Any = None
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.aliased = 0
        self.nodes = 0

    def add(self, value: Any, size: int, event: yaml.Event) -> None:  # noqa: ANN401 -- any YAML value
        """Put a finished value where it belongs."""
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        frame.size += size
        if isinstance(frame.container, list):
            frame.container.append(value)
        elif frame.key is None:
            self._take_key(frame, value, event)
        elif frame.merging:
            self._merge(frame, value, event)
            frame.key, frame.merging = None, False
        else:
            frame.container[frame.key] = value
            frame.key = None

    @staticmethod
    def _take_key(frame: _Frame, value: Any, event: yaml.Event) -> None:  # noqa: ANN401
        if value is None or isinstance(value, dict | list):
            raise _fault("a key must be a string", event)
        key = key_text(value)
        is_merge = isinstance(event, yaml.ScalarEvent) and (
            event.tag == MERGE or (key == "<<" and event.tag is None and event.implicit[0])
        )
        if is_merge:
            frame.merging = True
        elif key in frame.container:
            raise _fault(f"key {key!r} is there twice", event)
        frame.key = key

    @staticmethod
    def _merge(frame: _Frame, value: Any, event: yaml.Event) -> None:  # noqa: ANN401
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            raise _fault("`<<` merges mappings only", event)
        frame.inherited = [*(frame.inherited or []), *sources]

    def open(self, container: dict[str, Any] | list[Any], event: yaml.CollectionStartEvent) -> None:
        """Begin a mapping or a sequence."""
        if len(self.stack) >= DEEPEST:
            raise _fault(f"nested deeper than {DEEPEST} levels", event)
        self.nodes += 1
        if event.anchor:
            self.anchors.pop(event.anchor, None)
        self.stack.append(_Frame(container, event.anchor))

    def close(self, event: yaml.Event) -> None:
        """End the innermost mapping or sequence."""
        frame = self.stack.pop()
        if frame.inherited is not None and isinstance(frame.container, dict):
            for source in frame.inherited:
                for key, value in source.items():
                    frame.container.setdefault(key, value)
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.container, frame.size)
        self.add(frame.container, frame.size, event)

    def alias(self, event: yaml.AliasEvent) -> None:
        """Put what an anchor named once more, unless the document would grow out of proportion."""
        if event.anchor not in self.anchors:
            problem = f"alias {event.anchor!r} has no anchor before it, or contains itself"
            raise _fault(problem, event)
        value, size = self.anchors[event.anchor]
        self.nodes += size
        self.aliased += size
        if self.aliased > 100 and self.nodes > 1000 and self.aliased > self._allowed_share() * self.nodes:  # noqa: PLR2004 -- go-yaml's own limits
            raise _fault("its aliases expand it excessively", event)
        self.add(value, size, event)

    def _allowed_share(self) -> float:
        """Return which share of a document may come from aliases: nearly all of a small one, a tenth of a huge one."""
        if self.nodes <= _FEW_NODES:
            return 0.99
        if self.nodes >= _MANY_NODES:
            return 0.10
        return 0.99 - 0.89 * (self.nodes - _FEW_NODES) / (_MANY_NODES - _FEW_NODES)


def build(text: str) -> Iterator[Any]:
    """Yield the data of each document in the text.

    Raises:
        yaml.YAMLError: The text is not YAML, or not what Kubernetes takes.
    """
    parser = LOADER(text)
    builder = _Builder()
    while (event := parser.get_event()) is not None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            value = scalar(event)
            builder.nodes += 1
            if event.anchor:
                builder.anchors[event.anchor] = (value, 1)
            builder.add(value, 1, event)
        elif kind is yaml.MappingStartEvent:
            builder.open({}, event)
        elif kind is yaml.SequenceStartEvent:
            builder.open([], event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            builder.close(event)
        elif kind is yaml.AliasEvent:
            builder.alias(event)
        elif kind is yaml.DocumentEndEvent:
            yield builder.root
            builder = _Builder()
