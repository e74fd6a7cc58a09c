"""AWS's query protocols: requests as flat parameters, answers as XML in the shapes of botocore's models."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape


class RefusedError(Exception):
    """AWS refuses a request."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Say why, with AWS's own code."""
        super().__init__(message)
        self.code = code
        self.status = status


def read_query(body: str) -> tuple[str, dict[str, Any]]:
    """Return the action and its parameters: `A.1.B=c` is {"A": [{"B": "c"}]}."""
    root: dict[str, Any] = {}
    for key, value in urllib.parse.parse_qsl(body, keep_blank_values=True):
        *parents, last = key.split(".")
        at = root
        for parent in parents:
            at = at.setdefault(parent, {})
        at[last] = value
    root.pop("Version", None)
    return root.pop("Action"), _lists(root)


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isdigit() for key in node):
        return [_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _lists(value) for key, value in node.items()}


def write_answer(service: str, operation: OperationModel, result: dict[str, Any]) -> str:
    """Return the document that answers an operation of EC2 or IAM."""
    name, shape = operation.name, operation.output_shape
    if service == "ec2":
        inner = _members(shape, result) if shape else ""
        return f"<{name}Response><requestId>1</requestId>{inner}</{name}Response>"
    inner = f"<{name}Result>{_members(shape, result)}</{name}Result>" if shape else ""
    return f"<{name}Response>{inner}<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{name}Response>"


def write_refusal(service: str, refused: RefusedError) -> str:
    """Return the document that refuses a request to EC2 or IAM."""
    error = f"<Code>{refused.code}</Code><Message>{escape(str(refused))}</Message>"
    if service == "ec2":
        return f"<Response><Errors><Error>{error}</Error></Errors><RequestID>1</RequestID></Response>"
    return f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>1</RequestId></ErrorResponse>"


def _members(shape: Any, value: dict[str, Any]) -> str:
    return "".join(
        _element(member, value[name], member.serialization.get("name", name))
        for name, member in shape.members.items()
        if value.get(name) is not None
    )


def _element(shape: Shape | Any, value: Any, name: str) -> str:
    match shape.type_name:
        case "structure":
            text = _members(shape, value)
        case "list":
            item = shape.member.serialization.get("name", "member")
            text = "".join(_element(shape.member, each, item) for each in value)
        case "boolean":
            text = str(value).lower()
        case _:
            text = escape(str(value))
    return f"<{name}>{text}</{name}>"
