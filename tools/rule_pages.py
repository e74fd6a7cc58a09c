"""Write a page for each rule of the preflight: `python tools/rule_pages.py [FOLDER]`, docs/rules by default.

Without a folder it also writes the ids as a type, and the JSON Schema of cluster.yaml, which lists them.

The pages say what the code says (`RULES` beside each check), so that neither can be changed without the other. They
show manifests of tools/rule_examples/GROUP/RULE, which tests hold: bad.yaml, in which the rule finds something, and
good.yaml, in which it does not. A first line `# eks-gpu check --karpenter 1.14` says for which versions.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from cdk8s_eks_gpu.findings import Rule
from cdk8s_eks_gpu.preflight.rules import ALL_RULES, GROUPS

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "rules"
RULE_IDS = ROOT / "lib" / "cdk8s_eks_gpu" / "findings" / "rule_ids.py"
EXAMPLES = Path(__file__).parent / "rule_examples"
TITLES = {
    "manifest": "Files",
    "schema": "Schemas",
    "cel": "CEL rules of Karpenter's CRDs",
    "runtime": "What Karpenter refuses at run time",
    "core": "What Kubernetes refuses beyond its schemas",
    "versions": "Versions and feature gates",
    "scheduling": "Scheduling: device plugins and pods",
    "dra": "Dynamic resource allocation",
    "efa": "EFA",
    "capacity": "Capacity: reservations, placement groups, static pools, limits",
    "disruption": "Disruption: consolidation, drift, expiry",
    "instances": "Instance types",
    "ami": "AMIs",
    "nodes": "Node start-up: volumes, user data, roles",
    "apply": "Applying the manifests",
}
OF_FILES = {"manifest/invalid-yaml", "manifest/not-an-object", "manifest/unreadable"}
"""Rules about files, in which there is no object whose annotation could ignore them."""
INTRODUCTION = """What [`eks-gpu check`](../check.md) looks for. An error is something that does not work. A warning
works, but costs money or breaks later. A note is something that was not checked, or is worth knowing.

`eks-gpu check --only efa,capacity` checks some of the groups; `eks-gpu rule efa/zones` prints the page of a rule."""


def page(rule: Rule) -> str:
    """Return the page of one rule."""
    return f"""# {rule.id}

**{rule.severity.value.capitalize()}.** {rule.summary}

## Why it matters

{rule.why}

Source: <{rule.source}>

## Fix

{rule.fix}
{examples(rule)}
## Ignore it

{how_to_ignore(rule)}
"""


def how_to_ignore(rule: Rule) -> str:
    """Return what to do about findings that are meant to be so."""
    if rule.id in OF_FILES:
        return "There is no object that could have an annotation. Name the files and folders to check without this one."
    return f"""Give the reason in an annotation of the object. The report then lists the finding as ignored.

```yaml
metadata:
  annotations:
    ignore.eks-gpu/{rule.id.replace("/", ".")}: "the reason"
```

[`ignore`](../../app.md#ignore-a-finding) in cluster.yaml and in an app write this annotation for you."""


def examples(rule: Rule) -> str:
    """Return the manifests that show what the rule finds, and how they are right; empty where there are none."""
    folder = EXAMPLES / rule.id
    blocks = [
        f"\n## {title}\n\n```yaml\n{(folder / file).read_text(encoding='utf-8')}```\n"
        for title, file in (("Example", "bad.yaml"), ("Fixed", "good.yaml"))
        if (folder / file).exists()
    ]
    return "".join(blocks)


def index() -> str:
    """Return the page that lists all rules."""
    lines = ["# Rules", "", INTRODUCTION]
    for group in GROUPS:
        lines += ["", f"## {TITLES[group]} (`{group}`)", "", "| rule | severity | meaning |", "| --- | --- | --- |"]
        lines += [
            f"| [{rule.id}]({rule.id}.md) | {rule.severity.value} | {rule.summary} |"
            for rule in ALL_RULES.values()
            if rule.group == group
        ]
    return "\n".join(lines) + "\n"


def write(target: Path) -> None:
    """Write all pages into the folder; pages of rules that are gone do not linger."""
    shutil.rmtree(target, ignore_errors=True)
    for rule in ALL_RULES.values():
        file = target / f"{rule.id}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(rule), encoding="utf-8")
    (target / "README.md").write_text(index(), encoding="utf-8")


def rule_ids() -> str:
    """Return the module that has the ids as a type."""
    ids = "\n".join(f'    "{rule}",' for rule in sorted(ALL_RULES))
    return f'''"""The ids of all rules, for type checkers and cluster.yaml: written by tools/rule_pages.py."""

from typing import Literal

RuleId = Literal[
{ids}
]
"""The id of a rule: its group, a slash, and what is wrong."""
'''


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write(Path(sys.argv[1]))
    else:
        write(TARGET)
        RULE_IDS.write_text(rule_ids(), encoding="utf-8")
        for name, options in (("cluster", []), ("cluster-part", ["--part"])):
            command = [sys.executable, "-m", "cdk8s_eks_gpu", "schema", *options]
            schema = subprocess.run(command, check=True, capture_output=True)
            (ROOT / f"{name}.schema.json").write_bytes(schema.stdout)
