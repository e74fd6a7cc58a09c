"""Take the facts of EC2's instance types out of a checkout of Karpenter: `python tools/instances.py CHECKOUT TAG`.

Karpenter's reference page has the labels and the allocatable resources of each type; the table of network limits
beside its sources has the network cards. One line a type is written, with `source.json` beside it.
"""

import csv
import hashlib
import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

REPOSITORY = "https://github.com/aws/karpenter-provider-aws"
PAGE = "website/content/en/docs/reference/instance-types.md"
LIMITS = "pkg/providers/instancetype/zz_generated.vpclimits.go"
TARGET = Path(__file__).parent.parent / "lib" / "cdk8s_eks_gpu" / "instances"
NAME = "node.kubernetes.io/instance-type"
CARDS = "network-cards"


def read_page(page: str) -> dict[str, dict[str, str]]:
    """Return label values and, behind `allocatable:`, resources of every instance type on the page, by its name."""
    types: dict[str, dict[str, str]] = {}
    facts: dict[str, str] = {}
    prefix = ""
    for line in page.splitlines():
        if heading := re.fullmatch(r"### `(\S+)`", line):
            facts = types[heading[1]] = {}
        elif line.startswith("#### "):
            prefix = "allocatable:" if line == "#### Resources" else ""
        elif (row := re.fullmatch(r" \|([^|\s]+)\|([^|\s]*)\|", line)) and row[1] != "--":  # not the table's heading
            facts[prefix + row[1]] = row[2]
    return types


def read_network_cards(limits: str) -> dict[str, int]:
    """Return how many network cards each instance type has."""
    blocks = re.split(r'^\t"([^"]+)": \{$', limits, flags=re.MULTILINE)[1:]
    return {
        name: len(re.findall(r"\bNetworkCardIndex:", body))
        for name, body in zip(blocks[::2], blocks[1::2], strict=True)
    }


def table(types: dict[str, dict[str, str]], cards: dict[str, int]) -> str:
    """Return the facts as CSV: the name, the labels, the resources and the network cards, a line a type."""
    columns = sorted({column for facts in types.values() for column in facts} - {NAME}, key=lambda c: (":" in c, c))
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONE)  # a comma in a value would raise
    writer.writerow([NAME, *columns, CARDS])
    for name, facts in sorted(types.items()):
        writer.writerow([name, *(facts.get(column, "") for column in columns), cards.get(name, "")])
    return out.getvalue()


def git(checkout: str, *arguments: str) -> str:
    """Return what git prints for the checkout."""
    return subprocess.run(["git", "-C", checkout, *arguments], check=True, capture_output=True, text=True).stdout


def main(checkout: str, tag: str) -> None:
    """Write the facts of every instance type at the tag, and where they come from."""
    texts = {document: git(checkout, "show", f"{tag}:{document}") for document in (PAGE, LIMITS)}
    types = read_page(texts[PAGE])
    (TARGET / "instance-types.csv").write_text(table(types, read_network_cards(texts[LIMITS])), encoding="utf-8")
    documents = [
        {
            "document": document,
            "date": git(checkout, "log", "-1", "--format=%cs", tag, "--", document).strip(),
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        for document, text in texts.items()
    ]
    source = {"repository": REPOSITORY, "version": tag, "types": len(types), "documents": documents}
    (TARGET / "source.json").write_text(json.dumps(source, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
