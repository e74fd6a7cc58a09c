"""The CRDs of the newest Karpenter release, which cdk8s-cli makes the typed classes from.

Structure, types, enums, patterns, bounds, defaults and CEL rules are facts and stay. Descriptions and
rule messages are somebody's sentences and go. One file a CRD group is written, since cdk8s-cli lets a
second import of the same group overwrite the first, with `sources.json` beside it.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml
from upstream import Source

from cdk8s_eks_gpu.charts.manifests import without_descriptions

REPOSITORY = "https://github.com/aws/karpenter-provider-aws"
UPSTREAM = "pkg/apis/crds"
GROUPS = ("karpenter.sh", "karpenter.k8s.aws")
TARGET = Path(__file__).parent.parent / "imports" / "crds"


def crd_facts(crd: dict[str, Any]) -> dict[str, Any]:
    """Return the CRD with each version's schema reduced to its facts."""
    for version in crd["spec"]["versions"]:
        for column in version.get("additionalPrinterColumns", []):
            column.pop("description", None)
        schema = version["schema"]
        schema["openAPIV3Schema"] = without_descriptions(schema["openAPIV3Schema"], keep_messages=False)
    return crd


def write_crds(source: Source) -> None:
    """Write the facts of every CRD of the release, a file a group, and where they come from."""
    groups: dict[str, list[dict[str, Any]]] = {}
    files = []
    for path in source.files(UPSTREAM):
        content = source.read(path)
        crd = crd_facts(yaml.safe_load(content))
        if crd["spec"]["group"] not in GROUPS:
            continue
        groups.setdefault(crd["spec"]["group"], []).append(crd)
        files.append({"path": path, "sha256": hashlib.sha256(content).hexdigest()})
    TARGET.mkdir(parents=True, exist_ok=True)
    for group, crds in groups.items():
        text = yaml.safe_dump_all(crds, sort_keys=False, width=120)
        (TARGET / f"{group}.yaml").write_text(text, encoding="utf-8")
    record = {"repository": REPOSITORY, "tag": source.tag, "files": files}
    (TARGET / "sources.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
