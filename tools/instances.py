"""Gather the facts of EC2's instance types: `python tools/instances.py --aws CHECKOUT`.

EC2's own description of each type (DescribeInstanceTypes) is in the PyPI package moto, which records it. Karpenter's
own code says what labels and resources it makes of that (`tools/instance_facts`, a Go program: ten minutes of building
at its first run). Types that the record lacks are taken from Karpenter's reference page, in the newest of its versions
in the checkout that has them. One line a type is written, with `source.json` beside it.
"""

import argparse
import csv
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from upstream import AWS, Checkout, Module, Source, go

PAGES = "website/content/en"
PAGE = "reference/instance-types.md"
LIMITS = "pkg/providers/instancetype/zz_generated.vpclimits.go"
PROGRAM = Path(__file__).parent / "instance_facts"
TARGET = Path(__file__).parent.parent / "lib" / "cdk8s_eks_gpu" / "instances"
NAME = "node.kubernetes.io/instance-type"
# The labels that follow from the region, the account and the pool, not from the type.
_NOT_THE_TYPES = ("topology.", "karpenter.sh/", "karpenter.k8s.aws/instance-tenancy")
# What is known of a type beside its labels and resources; the columns at the end.
_OTHERS = ("instance-store", "nested-virtualization", "spot", "ena", "network-cards", "interfaces", "since", "source")

Facts = dict[str, str]


def read_page(page: str) -> dict[str, Facts]:
    """Return label values and, behind `allocatable:`, resources of every instance type on the page, by its name."""
    types: dict[str, Facts] = {}
    facts: Facts = {}
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
    """Return how many network cards each instance type has, from the table that Karpenter is built with."""
    blocks = re.split(r'^\t"([^"]+)": \{$', limits, flags=re.MULTILINE)[1:]
    return {
        name: len(re.findall(r"\bNetworkCardIndex:", body))
        for name, body in zip(blocks[::2], blocks[1::2], strict=True)
    }


def of_record(record: dict[str, Any]) -> Facts:
    """Return what EC2 says of a type and Karpenter does not make a label of."""
    features = record["ProcessorInfo"].get("SupportedFeatures", ())
    return {
        "instance-store": str(record.get("InstanceStorageInfo", {}).get("TotalSizeInGB", "")),
        "nested-virtualization": str("nested-virtualization" in features).lower(),
        "spot": str("spot" in record["SupportedUsageClasses"]).lower(),
        "ena": str(record["NetworkInfo"]["EnaSupport"] != "unsupported").lower(),
        "network-cards": str(record["NetworkInfo"]["MaximumNetworkCards"]),
        "interfaces": " ".join(str(card["MaximumNetworkInterfaces"]) for card in record["NetworkInfo"]["NetworkCards"]),
        "source": "ec2",
    }


def of_karpenter(result: dict[str, Any]) -> Facts:
    """Return the labels and the allocatable resources that Karpenter made of a record."""
    facts = {
        key: values[0]
        for key, values in result["labels"].items()
        if len(values) == 1 and not key.startswith(_NOT_THE_TYPES)
    }
    return facts | {f"allocatable:{name}": value for name, value in result["allocatable"].items() if value != "0"}


def launchable(record: dict[str, Any]) -> bool:
    """Return whether Karpenter asks EC2 for such a type at all: not the Macs."""
    return bool({"x86_64", "arm64"} & set(record["ProcessorInfo"]["SupportedArchitectures"]))


def run_karpenter(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what Karpenter's own code makes of the records."""
    environment = os.environ | {"GOFLAGS": "-mod=mod"}
    text = json.dumps(records).encode()
    command = [go(), "run", "."]
    done = subprocess.run(command, input=text, cwd=PROGRAM, env=environment, check=True, stdout=subprocess.PIPE)
    return [json.loads(line) for line in done.stdout.splitlines()]


def table(types: dict[str, Facts]) -> str:
    """Return the facts as CSV: the name, the labels, the resources and what else is known, a line a type."""
    found = {column for facts in types.values() for column in facts} - {NAME, *_OTHERS}
    columns = [*sorted(found, key=lambda column: (":" in column, column)), *_OTHERS]
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONE)  # a comma in a value would raise
    writer.writerow([NAME, *columns])
    for name, facts in sorted(types.items()):
        writer.writerow([name, *(facts.get(column, "") for column in columns)])
    return out.getvalue()


def pages(checkout: str) -> list[tuple[str, dict[str, Facts], dict[str, str]]]:
    """Return the two newest reference pages of the checkout with their facts and their sources, newest first."""
    head = Checkout(checkout, "HEAD")
    folders = [path for path in head.files(PAGES) if re.fullmatch(r"v\d+\.\d+", path.rpartition("/")[2])]
    found = []
    # A type that left the newest page may still run somewhere; one that left it long ago is gone from EC2.
    for folder in sorted(folders, key=lambda path: [int(part) for part in re.findall(r"\d+", path)])[:-3:-1]:
        path = f"{folder}/{PAGE}"
        text = head.read(path)
        date = head.git("log", "-1", "--format=%cs", "HEAD", "--", path).decode().strip()
        source = {"document": path, "date": date, "sha256": hashlib.sha256(text).hexdigest()}
        found.append((folder.rpartition("/")[2], read_page(text.decode()), source))
    return found


def since(name: str, limits: dict[str, dict[str, int]]) -> str:
    """Return the first Karpenter whose own tables (network interfaces, bandwidth) have the type."""
    return next((minor for minor, known in limits.items() if name in known), "")


def main() -> None:
    """Write the facts of every instance type, and where they come from."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--aws", required=True, help="a checkout of the AWS provider")
    arguments = parser.parse_args()
    records, record_source = recorded()
    types = {record["InstanceType"]: of_record(record) for record in records}
    for result in run_karpenter(records):
        types[result["name"]] |= of_karpenter(result)
    documents = [record_source]
    for version, page, source in pages(arguments.aws):
        missing = page.keys() - types.keys()
        types |= {name: page[name] | {"source": version} for name in missing}
        if missing:
            documents.append(source)
    limits = _limits(arguments.aws)
    newest = list(limits.values())[-1]
    for name, facts in types.items():
        facts["since"] = since(name, limits)
        facts.setdefault("network-cards", str(newest[name]) if name in newest else "")
    (TARGET / "instance-types.csv").write_text(table(types), encoding="utf-8")
    tag = re.search(rf"{AWS} (v\S+)", (PROGRAM / "go.mod").read_text(encoding="utf-8"))
    source_facts = {
        "repository": f"https://{AWS}",
        "version": tag[1] if tag else "",
        "types": len(types),
        "documents": documents,
    }
    (TARGET / "source.json").write_text(json.dumps(source_facts, indent=2) + "\n", encoding="utf-8")


def recorded() -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return EC2's records of the types that Karpenter launches, and their source, out of moto's newest wheel."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "moto"]
        subprocess.run(command, check=True)
        (wheel,) = Path(folder).glob("moto-*.whl")
        with ZipFile(wheel) as archive:
            entry = archive.getinfo("moto/ec2/resources/instance_types.json.gz")
            content = archive.read(entry)
    year, month, day, *_ = entry.date_time
    source = {
        "document": f"EC2 DescribeInstanceTypes, as recorded in moto {wheel.name.split('-')[1]}",
        "date": f"{year}-{month:02}-{day:02}",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return [record for record in json.loads(gzip.decompress(content)).values() if launchable(record)], source


def _limits(checkout: str) -> dict[str, dict[str, int]]:
    """Return the network cards of the types in the tables of each Karpenter release, oldest first."""
    releases = json.loads((TARGET.parent.parent.parent / "imports/cdk8s_eks_gpu_schemas/releases.json").read_bytes())
    found = {}
    for release in releases["karpenter"]:
        sources: tuple[Source, ...] = (Checkout(checkout, release["tag"]), Module(AWS, release["tag"]))
        for source in sources:
            try:
                text = source.read(LIMITS).decode()
            except (SystemExit, subprocess.CalledProcessError):
                continue
            found[".".join(release["tag"].removeprefix("v").split(".")[:2])] = read_network_cards(text)
            break
        else:
            sys.exit(f"the tables of {release['tag']} are not to be had")
    return found


if __name__ == "__main__":
    main()
