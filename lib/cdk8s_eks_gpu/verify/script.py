"""The script that collects what `verify --from` reads, with kubectl and nothing else."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.verify.access import ALWAYS_LISTED, JOB_LABELS, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk8s_eks_gpu.verify.promise import Promise
    from cdk8s_eks_gpu.verify.snapshot import Kind

_HEAD = """\
#!/bin/sh
# Collects what `eks-gpu verify --from DIR` reads. It only reads: kubectl get, kubectl logs.
# Usage: sh dump.sh [DIR] [kubectl's options, such as --context C]
# EXEC=1 also runs `fi_info -p efa` in the pods of EFA tests that wait for it (needs the right to exec).
set -u
dir=${1:-dump}
[ $# -gt 0 ] && shift
mkdir -p "$dir/logs"

get() { # get FILE RESOURCE ...: a file only where kubectl could read it
  file=$1; shift
  if kubectl get "$@" -o json >"$dir/$file.partial"; then
    [ -s "$dir/$file.partial" ] || echo '{"apiVersion": "v1", "kind": "List", "items": []}' >"$dir/$file.partial"
    mv "$dir/$file.partial" "$dir/$file"
  else
    rm -f "$dir/$file.partial"; echo "not read: $*" >&2
  fi
}

kubectl version -o json "$@" >"$dir/version.json" || rm -f "$dir/version.json"
"""


def dump_script(promise: Promise) -> str:
    """Return the script for a cluster that the manifests were applied to."""
    return _HEAD + "\n".join(_lines(promise)) + '\necho "wrote $dir: eks-gpu verify --from $dir"\n'


def _lines(promise: Promise) -> Iterator[str]:
    for kind, plural in ALWAYS_LISTED.items():
        yield f'get {plural}.json {_resource(plural, kind)} --all-namespaces "$@"'
    yield "# Beside these, what the manifests have."
    for each in named(promise):
        resource = _resource(each.plural, each.kind)
        scope = f" --namespace {quote(each.namespace)}" if each.namespace else ""
        file = f"{resource}-{each.namespace}.json" if each.namespace else f"{resource}.json"
        names = " ".join(map(quote, each.names))
        yield f'get {quote(file)} {resource} {names} --ignore-not-found{scope} "$@"'
    yield "# What older manifests may have left behind."
    for resource in dict.fromkeys(_resource(each.plural, each.kind) for each in named(promise)):
        yield f'get {resource}-labelled.json {resource} --all-namespaces --selector {vocabulary.CLUSTER} "$@"'
    yield "# The logs of the tests. A Job's are those of all its pods."
    for workload in promise.tests:
        scope = f" --namespace {quote(workload.namespace)}" if workload.namespace else ""
        name = workload.object.name
        # kubectl takes no MPIJob for a thing with logs, and finds all pods of a Job by a label only.
        label = JOB_LABELS.get(workload.kind)
        target = f"--selector {label}={quote(name)} --max-log-requests=100" if label else quote(f"pod/{name}")
        file = f'"$dir/logs/{name}.log"'
        yield f'kubectl logs {target} --all-containers --tail=-1{scope} "$@" >{file} || rm -f {file}'
        if promise.needs_exec(workload):
            file = f'"$dir/logs/{name}-fi_info.log"'
            command = f'kubectl exec {target}{scope} "$@" -- fi_info -p efa >{file} 2>&1'
            yield f'[ "${{EXEC:-0}}" = 1 ] && {command}'


def _resource(plural: str, kind: Kind) -> str:
    return f"{plural}.{kind[0]}" if kind[0] else plural
