"""What one release of Karpenter knows beside its CRDs: labels, values, gates, settings, versions of Kubernetes."""

import re
from typing import Any

import yaml
from go_source import Names, without_comments
from upstream import AWS, CORE, Checkout, Module, Source

LABELS = "pkg/apis/v1/labels.go"
OPTIONS = "pkg/operator/options/options.go"
KUBELET_VALIDATION = "pkg/apis/v1/kubeletconfiguration_validation.go"
CHART_VALUES = "charts/karpenter/values.yaml"
VERSIONS = "pkg/providers/version/version.go"
_CORE_GROUP, _AWS_GROUP = "karpenter.sh", "karpenter.k8s.aws"


def core_of(aws: Source, checkout: str | None) -> Source:
    """Return the release of Karpenter's core that a release of the AWS provider is built with.

    The module proxy does not serve every patch release; the newest before it of the same minor then takes its place,
    and is what the table says that the facts were read from.
    """
    found = re.search(rf"{re.escape(CORE)} (v\S+)", aws.read("go.mod").decode())
    if found is None:
        raise SystemExit(f"{aws.tag} does not say which core it is built with")
    commit = re.search(r"-([0-9a-f]{12})$", found[1])
    if checkout is not None:
        return Checkout(checkout, commit[1] if commit else found[1])
    minor, _, patch = found[1].partition("-")[0].rpartition(".")
    for earlier in range(int(patch), -1, -1):
        module = Module(CORE, f"{minor}.{earlier}")
        try:
            module.read("go.mod")
        except SystemExit:
            continue
        return module
    raise SystemExit(f"no {minor} of {CORE} is to be had")


def label_facts(core: Source, aws: Source) -> dict[str, Any]:
    """Return the labels that Karpenter knows, and the values that it knows of them."""
    of_core, of_aws = core.read(LABELS).decode(), aws.read(LABELS).decode()
    names = Names()
    names.read(of_core, _CORE_GROUP)
    well_known = names.listed(of_core, r"\bWellKnownLabels\s+= sets.New\(")
    capacity_types = re.findall(r'CapacityType(?:Spot|OnDemand|Reserved)\s+= "([^"]+)"', of_core)
    names.read(of_aws, _AWS_GROUP)
    well_known += names.listed(of_aws, r"\bWellKnownLabels.Insert\(")
    tenancies = names.listed(of_aws, r"WellKnownValuesForRequirements\[LabelInstanceTenancy\] = sets.New\(")
    checked = ["karpenter.sh/capacity-type"] if "WellKnownValuesForRequirements" in of_core else []
    return {
        "wellKnownLabels": sorted(set(well_known)),
        "labelsWithCheckedValues": checked + (["karpenter.k8s.aws/instance-tenancy"] if tenancies else []),
        "capacityTypes": sorted(capacity_types),
    }


def gate_facts(core: Source, aws: Source) -> list[str]:
    """Return the feature gates as `SETTING:helm.value:Name=default`."""
    settings = yaml.safe_load(aws.read(CHART_VALUES))["settings"]
    gates = []
    for source, setting, group in (
        (core, "FEATURE_GATES", "featureGates"),
        (aws, "AWS_FEATURE_GATES", "awsFeatureGates"),
    ):
        text = source.read(OPTIONS).decode()
        flag = re.search(rf'"{setting}", (?:"([^"]*)"|\w+\(\))', text)
        if flag is None:
            continue
        found = flag[1].split(",") if flag[1] else []
        if not found:
            declared = re.findall(r'FeatureGate{\s+Name:\s+"(\w+)",\s+Default:\s+(true|false),', text)
            found = [f"{name}={default}" for name, default in declared]
        if not found:
            raise SystemExit(f"the gates of {setting} are not where they used to be")
        values = {value.lower(): value for value in settings.get(group, {})}
        for gate in found:
            value = values.get(gate.partition("=")[0].lower())
            gates.append(f"{setting}:{f'settings.{group}.{value}' if value else ''}:{gate}")
    return sorted(gates)


def setting_facts(core: Source, aws: Source) -> list[str]:
    """Return the settings that are on or off, as `NAME=default`."""
    texts = (source.read(OPTIONS).decode() for source in (core, aws))
    pattern = r'BoolVarWithEnv\([^,]+, "[^"]+", "([A-Z_]+)", (true|false),'
    return sorted(f"{name}={default}" for text in texts for name, default in re.findall(pattern, text))


def kubelet_facts(aws: Source) -> list[str]:
    """Return the fields of the kubelet's configuration as `name:type`, where Karpenter reads any of them (1.15).

    Their types are Go's; of a type that is a struct of its own only `object` is kept, of a list `array`.
    """
    if KUBELET_VALIDATION not in aws.files("pkg/apis/v1"):
        return []
    found = re.search(r"k8s.io/kubelet (v\S+)", aws.read("go.mod").decode())
    if found is None:
        raise SystemExit(f"{aws.tag} does not say which kubelet it is built with")
    text = Module("k8s.io/kubelet", found[1]).read("config/v1beta1/types.go").decode()
    struct = re.search(r"^type KubeletConfiguration struct {\n(.*?)^}", text, re.MULTILINE | re.DOTALL)
    if struct is None:
        raise SystemExit("the kubelet's configuration is not where it used to be")
    fields = re.findall(r'^\t\w+ +(\S+) +`json:"(\w+)', without_comments(struct[1]), re.MULTILINE)
    strings = set(re.findall(r"^type (\w+) string", text, re.MULTILINE))
    return sorted(f"{name}:{_json_type(kind, strings)}" for kind, name in fields)


def _json_type(go_type: str, strings: set[str]) -> str:
    kind = go_type.removeprefix("*")
    plain = {
        "bool": "boolean",
        "int32": "integer",
        "int64": "integer",
        "float64": "number",
        "metav1.Duration": "string",
    }
    if kind == "string" or kind in strings:
        return "string"
    if kind == "map[string]string":
        return "strings"
    return plain.get(kind, "array" if kind.startswith("[]") else "object")


def release_facts(aws: Source, core: Source) -> dict[str, Any]:
    """Return everything that is known of the release beside its CRDs."""
    supported = dict(re.findall(r'(Min|Max)K8sVersion\s+= "([^"]+)"', aws.read(VERSIONS).decode()))
    return {
        "tag": aws.tag,
        "core": core.tag,
        "kubernetes": [supported["Min"], supported["Max"]],
        "featureGates": gate_facts(core, aws),
        "settings": setting_facts(core, aws),
        "kubeletFields": kubelet_facts(aws),
        **label_facts(core, aws),
    }


__all__ = ["AWS", "core_of", "release_facts"]
