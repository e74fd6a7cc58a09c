"""The one place that runs Helm."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from cdk8s_eks_gpu.charts.release import FLAGS
from cdk8s_eks_gpu.errors import ChartError, ConfigError
from cdk8s_eks_gpu.manifests.single_document import read_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import JsonValue

_SOURCE = re.compile(r"^---\n# Source: [^/\n]+/(\S+)\n(.*?)(?=\n---\n|\Z)", re.DOTALL | re.MULTILINE)

OLDEST_HELM = 4
LOOPBACK = ("localhost", "127.0.0.1", "::1")
TIMEOUT = 120
"""How long one run of Helm may take, in seconds."""


class Rendered(NamedTuple):
    """What a chart renders to.

    Attributes:
        manifests: The objects, in Helm's order.
        texts: The text that each template renders to, by its path; of one that makes several objects, the last.
    """

    manifests: list[dict[str, Any]]
    texts: dict[str, str]


class Helm:
    """A Helm command that was found and is new enough."""

    def __init__(self) -> None:
        """Look for the command in the environment variable HELM, then on the PATH.

        Raises:
            ChartError: There is none, or it is older than Helm 4.
        """
        command = shutil.which(os.environ.get("HELM", "helm"))
        if command is None:
            raise ChartError("Helm is not installed: install Helm 4, or name the command in the variable HELM")
        self._command = command
        self.version = self._run("version", "--template", "{{.Version}}").strip()
        major = re.match(r"v(\d+)\.", self.version)
        if major is None or int(major[1]) < OLDEST_HELM:
            raise ChartError(f"{command} is Helm {self.version}: Helm {OLDEST_HELM} or newer is needed")

    def pull(self, reference: str, version: str, folder: Path) -> Path:
        """Download a chart of an OCI registry (oci://...) into the folder and return the archive's path.

        Raises:
            ChartError: The registry cannot be reached, or has no such chart or version.
        """
        plain = ["--plain-http"] if urlsplit(reference).hostname in LOOPBACK else []  # as docker does
        self._run("pull", reference, "--version", version, "--destination", str(folder), *plain)
        return next(folder.glob("*.tgz"))

    def template(
        self,
        archive: Path,
        *,
        release: str,
        namespace: str,
        kubernetes_version: str,
        layers: Iterable[Mapping[str, JsonValue]],
    ) -> Rendered:
        """Return what Helm makes of the archive with layers of values, of which a later one wins.

        Raises:
            ChartError: The chart refuses the values, a template fails, or the output is not Kubernetes objects.
        """
        with tempfile.TemporaryDirectory() as folder:
            values = []
            for index, layer in enumerate(layers):
                file = Path(folder, f"values-{index}.json")  # YAML 1.2 holds JSON, and no two readers disagree on it.
                file.write_text(json.dumps(layer), encoding="utf-8")
                values += ["--values", str(file)]
            place = ["--namespace", namespace, "--kube-version", kubernetes_version]
            output = self._run("template", release, str(archive), *place, *FLAGS, *values)
        try:
            manifests = [document for document in read_all(output, f"output of {archive.name}") if document is not None]
        except ConfigError as error:
            raise ChartError(f"what {archive.name} renders to is not YAML: {error}") from None
        for manifest in manifests:
            if not _is_object(manifest):
                raise ChartError(f"what {archive.name} renders to is no Kubernetes object: {str(manifest)[:200]}")
        return Rendered(manifests, dict(_SOURCE.findall(output)))

    def _run(self, *arguments: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603 -- the user's own Helm, without a shell
                [self._command, *arguments],
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ChartError(f"`helm {' '.join(arguments)}` gave no answer for {TIMEOUT} s") from None
        except OSError as error:
            raise ChartError(f"{self._command} cannot be run: {error.strerror}") from None
        if done.returncode != 0:
            reason = done.stderr.strip().removeprefix("Error: ")
            raise ChartError(f"`helm {arguments[0]} {arguments[1]}` failed: {reason}")
        return done.stdout


def _is_object(document: object) -> bool:
    if not isinstance(document, dict) or not document.get("kind") or not document.get("apiVersion"):
        return False
    return "items" in document or bool((document.get("metadata") or {}).get("name"))
