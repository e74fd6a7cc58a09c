"""Add a release of Karpenter to what the project knows: `python tools/releases.py v1.15.1`.

The release is read from the Go module proxy, or from checkouts with `--aws CHECKOUT --core CHECKOUT`. It takes the
place of an older patch release of the same minor. Written are

- `karpenter.json`: the schemas of the CRDs of all releases, equal ones kept once (`tools/schemas.py`);
- `releases.json`: what else each release knows, with the minor version that brought it and the last that had it;
- `imports/crds/`: the CRDs of the newest release, which `make imports` turns into classes.
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

import schemas
import yaml
from karpenter_facts import core_of, release_facts
from upstream import AWS, Checkout, Module, Source

from crds import write_crds

TARGET = Path(__file__).parent.parent / "imports" / "cdk8s_eks_gpu_schemas" / "releases.json"
# What has one value a release; everything else that is known of a release is a list of values.
COMPATIBILITY = "hack/docs/compatibilitymatrix_gen/compatibility.yaml"
_SINGLE = ("tag", "core", "kubernetes")


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, to sort by."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def minor_of(tag: str) -> str:
    """Return the minor version of a tag: `1.14` for `v1.14.3`."""
    return ".".join(tag.removeprefix("v").split(".")[:2])


def expanded(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the facts of each release by its minor version, from the table with what came and went."""
    releases = {minor_of(release["tag"]): dict(release) for release in table.get("karpenter", [])}
    for name, entries in table.items():
        if name in {"karpenter", "kubernetes", "fields"}:
            continue
        for minor, facts in releases.items():
            facts[name] = [entry["value"] for entry in entries if _has(entry, minor)]
    return releases


def _has(entry: dict[str, str], minor: str) -> bool:
    since, until = entry.get("since", "0"), entry.get("until", "99")
    return numbers(since) <= numbers(minor) <= numbers(until)


def span(minors: list[str], having: list[str]) -> dict[str, str]:
    """Return since when and until when something is there, each only where it was not or is not always."""
    first, last = minors.index(having[0]), minors.index(having[-1])
    if having != minors[first : last + 1]:
        raise SystemExit(f"something is in {having} alone: a table of what came and went cannot say that")
    since = {"since": having[0]} if first else {}
    return since | ({"until": having[-1]} if last + 1 < len(minors) else {})


def collapsed(releases: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the table of the releases: what each has alone, and of every value when it came and went."""
    minors = sorted(releases, key=numbers)
    table: dict[str, Any] = {
        "karpenter": [{name: releases[minor][name] for name in _SINGLE} for minor in minors],
    }
    names = sorted({name for facts in releases.values() for name in facts} - {*_SINGLE})
    for name in names:
        values = sorted({value for facts in releases.values() for value in facts.get(name, ())})
        table[name] = [
            {"value": value} | span(minors, [minor for minor in minors if value in releases[minor].get(name, ())])
            for value in values
        ]
    return table


def fields(karpenter: dict[str, Any]) -> list[dict[str, str]]:
    """Return the fields of specs that are not in every release; where a whole group came or went, its parent alone."""
    nodes, releases = karpenter["nodes"], karpenter["releases"]
    minors = [minor_of(release["tag"]) for release in releases]
    known = {
        (kind["apiVersion"], kind["kind"], path)
        for release in releases
        for kind in release["kinds"]
        for path in schemas.paths(nodes, kind["schema"])
        if path[0] == "spec"
    }
    spans = {}
    for api_version, name, path in known:
        having = [
            minor_of(release["tag"])
            for release in releases
            for kind in release["kinds"]
            if (kind["apiVersion"], kind["kind"]) == (api_version, name)
            and schemas.has_field(nodes, kind["schema"], list(path))
        ]
        spans[api_version, name, path] = span(minors, having)
    return [
        {"apiVersion": api_version, "kind": kind, "path": ".".join(path).replace(".[]", "[]")} | came
        for (api_version, kind, path), came in sorted(spans.items())
        if came and spans.get((api_version, kind, path[:-1])) != came
    ]


def kubernetes_since(aws: Source, maximum: str) -> list[dict[str, str]]:
    """Return the versions of Kubernetes, each with the first Karpenter that supports it.

    Karpenter's own table behind its compatibility page has all but the newest release, whose code says the maximum.
    """
    entries = yaml.load(aws.read(COMPATIBILITY), Loader=yaml.BaseLoader)["compatibility"]  # noqa: S506 -- 1.30 is no number
    supported = [(entry["appVersion"].removesuffix(".x"), entry["maxK8sVersion"]) for entry in entries]
    supported = sorted({*supported, (minor_of(aws.tag), maximum)}, key=lambda entry: numbers(entry[0]))
    since: dict[str, str] = {}
    for version, newest in supported:
        for number in range(numbers(newest)[1] + 1):
            since.setdefault(f"1.{number}", version)
    return [{"minor": minor, "since": version} for minor, version in since.items() if numbers(version) >= (1, 0)]


def requirement_operators(karpenter: dict[str, Any], tag: str) -> list[str]:
    """Return the operators that a NodePool's requirement may have, as the CRD lists them."""
    release = next(release for release in karpenter["releases"] if release["tag"] == tag)
    places = {(kind["kind"], kind["apiVersion"]): kind["schema"] for kind in release["kinds"]}
    node = karpenter["nodes"][places["NodePool", "karpenter.sh/v1"]]
    for name in ("spec", "template", "spec", "requirements", "items", "operator"):
        node = karpenter["nodes"][node["items"] if name == "items" else node["properties"][name]]
    return sorted(node["enum"])


def main() -> None:
    """Add the release and write the files anew."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("tag")
    parser.add_argument("--aws", help="a checkout of the AWS provider that has the tag")
    parser.add_argument("--core", help="a checkout of Karpenter's core")
    arguments = parser.parse_args()
    aws: Source = Checkout(arguments.aws, arguments.tag) if arguments.aws else Module(AWS, arguments.tag)
    facts = release_facts(aws, core_of(aws, arguments.core))

    karpenter = schemas.with_release(aws)
    table = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    releases = expanded(table)
    facts["requirementOperators"] = requirement_operators(karpenter, aws.tag)
    releases[minor_of(aws.tag)] = facts
    schemas.write(schemas.TARGET, karpenter)
    kubernetes = table.get("kubernetes", [])
    if karpenter["releases"][-1]["tag"] == aws.tag:
        kubernetes = kubernetes_since(aws, facts["kubernetes"][1])
        write_crds(aws)
    schemas.write(TARGET, collapsed(releases) | {"kubernetes": kubernetes, "fields": fields(karpenter)})


if __name__ == "__main__":
    main()
