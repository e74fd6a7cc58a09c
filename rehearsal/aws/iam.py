"""IAM: instance profiles, which Karpenter makes for a node class's role."""

from __future__ import annotations

from typing import Any

from rehearsal.aws.network import ACCOUNT
from rehearsal.aws.wire import RefusedError

DATE = "2026-01-01T00:00:00Z"


class Iam:
    """The state of IAM: the instance profiles that were made."""

    def __init__(self) -> None:
        """Start with none."""
        self._profiles: dict[str, dict[str, Any]] = {}

    def answer(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to an action; what changes nothing here is done without a word.

        Raises:
            RefusedError: There is no such instance profile.
        """
        name = request.get("InstanceProfileName", "")
        match action:
            case "CreateInstanceProfile":
                self._profiles[name] = {
                    "Path": request.get("Path", "/"),
                    "InstanceProfileName": name,
                    "InstanceProfileId": "AIPA1",
                    "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/{name}",
                    "CreateDate": DATE,
                    "Roles": [],
                }
            case "AddRoleToInstanceProfile":
                self._profiles[name]["Roles"] = [_role(request["RoleName"])]
            case "RemoveRoleFromInstanceProfile":
                self._profiles[name]["Roles"] = []
            case "DeleteInstanceProfile":
                self._profiles.pop(name, None)
            case "ListInstanceProfiles":
                return {"InstanceProfiles": [*self._profiles.values()], "IsTruncated": False}
            case "GetRole":
                return {"Role": _role(request["RoleName"])}
        if action in {"GetInstanceProfile", "CreateInstanceProfile"}:
            if name not in self._profiles:
                raise RefusedError("NoSuchEntity", f"Instance Profile {name} cannot be found.", 404)
            return {"InstanceProfile": self._profiles[name]}
        return {}


def _role(name: str) -> dict[str, str]:
    return {
        "Path": "/",
        "RoleName": name,
        "RoleId": "AROA1",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "CreateDate": DATE,
    }
