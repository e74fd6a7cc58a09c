"""A report as SARIF 2.1.0, which code scanning takes (GitHub, Azure DevOps, editors).

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from typing import Any

from cdk8s_eks_gpu.findings import Finding, Report, Rule, Severity
from cdk8s_eks_gpu.preflight.rules import rule_page

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def to_sarif(report: Report) -> str:
    """Return the report as a SARIF log with one run."""
    rules = list({finding.rule.id: finding.rule for finding in report.findings}.values())
    places = {rule.id: place for place, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "eks-gpu check",
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, places) for finding in report.findings],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "helpUri": rule.source,
        "help": {"text": f"{rule.fix}\n\n{rule.source}", "markdown": rule_page(rule.id) or rule.fix},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, places: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": places[finding.rule.id],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {finding.fix}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": finding.file.removeprefix("./")},
                    "region": {"startLine": finding.line},
                },
                "logicalLocations": [
                    {"fullyQualifiedName": f"{finding.kind}/{finding.name}.{finding.path}", "kind": "object"}
                ],
            }
        ],
    }
    if finding.ignored is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.ignored}]
    return result
