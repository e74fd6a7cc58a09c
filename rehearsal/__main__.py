"""Hold the predictions against the real control plane and the real Karpenter, or record what those answer."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from rehearsal import commands
from rehearsal.versions import KARPENTER, karpenter_releases

PARTS = ("apply", "drift", "argocd", "launches", "scheduling", "between-nodes", "verify", "admission")


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, help="what to rehearse; everything unless it is named")
    parser.add_argument(
        "--suite", action="append", default=[], help="of the launches, only this suite; can be repeated"
    )
    parser.add_argument(
        "--karpenter", default=KARPENTER, choices=[*karpenter_releases().values()], help="which release launches"
    )
    parser.add_argument("--crds", type=Path, help="a folder with CRDs of releases that the module proxy lacks, by tag")
    parser.add_argument("--record", action="store_true", help="write the answers into tests/rehearsal/recorded")
    arguments = parser.parse_args()
    new = 0
    if arguments.part in {None, "apply"}:
        new += commands.applications(arguments.crds, record=arguments.record)
    if arguments.part in {None, "drift"}:
        new += commands.drifts(arguments.karpenter, record=arguments.record)
    if arguments.part in {None, "argocd"}:
        commands.argocd_syncs(arguments.karpenter, record=arguments.record)
    if arguments.part in {None, "launches"}:
        new += commands.launches(arguments.karpenter, arguments.suite, record=arguments.record)
    if arguments.part in {None, "scheduling"}:
        new += commands.placements(record=arguments.record)
    if arguments.part in {None, "verify"}:
        new += commands.verifications(arguments.karpenter, record=arguments.record)
    if arguments.part in {None, "between-nodes"}:
        commands.tests_between_nodes()
    if arguments.part in {None, "admission"}:
        new += commands.admissions(arguments.crds, record=arguments.record)
    if new and not arguments.record:
        sys.exit(f"{new} predictions differ that are not known to: see tests/rehearsal/known")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
