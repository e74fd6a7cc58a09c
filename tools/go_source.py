"""Constants, sets and maps of strings out of Go source text.

Karpenter says what it knows of labels in package-level constants and in `sets.New(...)` of them, so reading those needs
no compiler. A name that is not known stops the run: no fact may be lost in silence.
"""

import re

# What Karpenter's packages take from Kubernetes' API and EC2's SDK.
_FOREIGN = {
    "LabelArchStable": "kubernetes.io/arch",
    "LabelFailureDomainBetaRegion": "failure-domain.beta.kubernetes.io/region",
    "LabelFailureDomainBetaZone": "failure-domain.beta.kubernetes.io/zone",
    "LabelHostname": "kubernetes.io/hostname",
    "LabelInstanceType": "beta.kubernetes.io/instance-type",
    "LabelInstanceTypeStable": "node.kubernetes.io/instance-type",
    "LabelNamespaceNodeRestriction": "node-restriction.kubernetes.io",
    "LabelNamespaceSuffixNode": "node.kubernetes.io",
    "LabelOSStable": "kubernetes.io/os",
    "LabelTopologyRegion": "topology.kubernetes.io/region",
    "LabelTopologyZone": "topology.kubernetes.io/zone",
    "LabelWindowsBuild": "node.kubernetes.io/windows-build",
    "TenancyDedicated": "dedicated",
    "TenancyDefault": "default",
}
_CONSTANT = re.compile(r'^\t?(?:const )?(\w+)(?: +[\w.]+)? += ((?:[\w.]+ \+ )?"[^"\n]*")$', re.MULTILINE)
_STRING = re.compile(r'"[^"]*"|[\w.]+(?:\([\w.]+\))?')


def without_comments(text: str) -> str:
    """Return the text without its line comments."""
    return re.sub(r"(?m)(^|\s)//.*$", "", text)


class Names:
    """What the names of Karpenter's two packages stand for."""

    def __init__(self) -> None:
        """Start with what comes from elsewhere."""
        self._values = dict(_FOREIGN)
        self._group = ""

    def read(self, text: str, group: str) -> None:
        """Add the string constants and variables of a file, in which `apis.Group` means the group."""
        self._group = group
        for name, expression in _CONSTANT.findall(without_comments(text)):
            self._values[name] = "".join(self.value(part) for part in expression.split(" + "))

    def value(self, expression: str) -> str:
        """Return the string that a literal or a name means."""
        if expression.startswith('"'):
            return expression.strip('"')
        package, _, name = expression.removeprefix("string(").removesuffix(")").rpartition(".")
        if name in {"Group", "CompatibilityGroup"}:
            group = "karpenter.sh" if package == "coreapis" else self._group
            return group if name == "Group" else f"compatibility.{group}"
        if name not in self._values:
            raise SystemExit(f"the Go source names {expression}, whose value is not known")
        return self._values[name]

    def listed(self, text: str, opening: str) -> list[str]:
        """Return the strings of the list that opens with the regular expression, in order; none where there is none."""
        text = without_comments(text)
        found = re.search(opening, text)
        if found is None:
            return []
        rest = text[found.end() :]
        closing = r"^\t*[)}]" if rest.startswith("\n") else r"[)}]$"
        end = re.search(closing, rest, re.MULTILINE)
        if end is None:
            raise SystemExit(f"the list after {opening} has no end")
        return [self.value(part) for part in _STRING.findall(rest[: end.start()])]
