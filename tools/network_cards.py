"""Take the network cards of EC2's instance types from a release of Karpenter: `python tools/network_cards.py v1.15.1`.

Karpenter's Go module carries the limits of the Amazon VPC CNI, a block for each instance type. The Go module proxy has
every release of it, and `go mod download` checks it against Go's checksum database; nothing is compiled, so that any
version of Go will do.
"""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

MODULE = "github.com/aws/karpenter-provider-aws"
LIMITS = "pkg/providers/instancetype/zz_generated.vpclimits.go"
TARGET = Path(__file__).parent.parent / "lib" / "cdk8s_eks_gpu" / "instances" / "network-cards.json"

CARD = re.compile(r"\bMaximumNetworkInterfaces:\s*(\d+),\s*NetworkCardIndex:\s*(\d+),")
INDEX = re.compile(r"\bNetworkCardIndex:")


def read_limits(limits: str) -> dict[str, list[int]]:
    """Return, by instance type, how many network interfaces each of its network cards takes, from card 0."""
    blocks = re.split(r'^\t"([^"]+)": \{$', limits, flags=re.MULTILINE)[1:]
    return {name: _cards(name, body) for name, body in zip(blocks[::2], blocks[1::2], strict=True)}


def _cards(name: str, body: str) -> list[int]:
    """Return the interfaces of each card of one type.

    Raises:
        ValueError: The cards are not numbered from 0: the file has another form than this reads.
    """
    cards = {int(index): int(interfaces) for interfaces, index in CARD.findall(body)}
    if not cards or sorted(cards) != list(range(len(INDEX.findall(body)))):
        raise ValueError(f"{name}: read cards {sorted(cards)} of {len(INDEX.findall(body))} in {LIMITS}")
    return [cards[index] for index in sorted(cards)]


def document(version: str, checksum: str, types: dict[str, list[int]]) -> str:
    """Return the file's text: where the facts come from, then a line for each type."""
    source = {"module": MODULE, "version": version, "file": LIMITS, "sum": checksum}
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(cards)}" for name, cards in sorted(types.items()))
    return f'{{\n  "source": {json.dumps(source)},\n  "types": {{\n{lines}\n  }}\n}}\n'


def main(version: str) -> None:
    """Write the network cards of every instance type that the release knows."""
    command = ["go", "mod", "download", "-json", f"{MODULE}@{version}"]
    # A release that wants a newer Go is downloaded and checked all the same; `go` then says so, and ends with 1.
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    downloaded = json.loads(answer.stdout) if answer.stdout else {}
    if "Zip" not in downloaded:
        raise SystemExit(downloaded.get("Error") or answer.stderr)
    with zipfile.ZipFile(downloaded["Zip"]) as module:
        limits = module.read(f"{MODULE}@{version}/{LIMITS}").decode()
    TARGET.write_text(document(version, downloaded["Sum"], read_limits(limits)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
