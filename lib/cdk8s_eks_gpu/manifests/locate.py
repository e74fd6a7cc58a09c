"""Where in a text a value stands. Asked only for what is reported, so reading pays nothing for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from cdk8s_eks_gpu.manifests.builder import LOADER, key_text, scalar

if TYPE_CHECKING:
    from collections.abc import Sequence


def find_line(text: str, path: Sequence[str | int]) -> int:
    """Return the line, counted from 1, of the value at the path, or of its nearest parent that is there.

    The value of a mapping is found at its key. What comes in through an alias or a merge is found at the alias.
    """
    events = yaml.parse(text, LOADER)
    best = 1
    wanted = list(path)
    depth = 0  # how many parts of the path are matched
    level = 0  # how many containers are open
    # For each open container: the index of its next item, or -1 for a mapping, and whether the next scalar is a key.
    stack: list[list[int | bool]] = []
    on_path = True  # the node that begins now lies on the path
    try:
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                line = event.start_mark.line + 1
                if stack and level == depth + 1:
                    frame = stack[-1]
                    if frame[0] == -1 and frame[1]:  # a key of the mapping that the path leads into
                        frame[1] = False
                        on_path = isinstance(event, yaml.ScalarEvent) and key_text(scalar(event)) == wanted[depth]
                        if on_path:
                            best = line
                        if isinstance(event, yaml.CollectionStartEvent):
                            return best
                        continue
                    if frame[0] == -1:
                        frame[1] = True
                    else:
                        on_path = frame[0] == wanted[depth]
                        frame[0] = int(frame[0]) + 1
                        if on_path:
                            best = line
                    if on_path:
                        depth += 1
                        if depth == len(wanted) or isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
                            return best
                elif not stack:
                    best = line
                    if not wanted:
                        return best
                if isinstance(event, yaml.CollectionStartEvent):
                    level += 1
                    stack.append([-1 if isinstance(event, yaml.MappingStartEvent) else 0, True])
            elif isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
                level -= 1
                if level <= depth:
                    return best
    except yaml.YAMLError:
        return best
    return best
