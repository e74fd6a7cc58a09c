"""The folder that the reader of a page stands in, and what a page takes as given."""

import shutil
import subprocess

import yaml
from blocks import ROOT, blocks
from click.testing import CliRunner
from tests.pure.nccl import logs
from tests.pure.verify.dumps import ROOT as VERIFIED
from tests.pure.verify.dumps import Dump

from cdk8s_eks_gpu.cli import main

JOB = """apiVersion: batch/v1
kind: Job
metadata: {name: train, namespace: default}
spec:
  template:
    spec:
      restartPolicy: Never
      tolerations: [{key: nvidia.com/gpu, operator: Exists}]
      containers:
        - name: gpu
          image: example.com/train:1
          resources: {limits: {nvidia.com/gpu: 8, vpc.amazonaws.com/efa: 8}}
"""


def folder_of(page, tmp_path):
    """Write the folder, committed, and return it; pages about one task have what the task begins with."""
    here = tmp_path / "here"
    if page.startswith("examples/"):
        shutil.copytree((ROOT / page).parent, here)
    elif page == "docs/clusters.md":
        shutil.copytree(ROOT / "examples/argocd-clusters", here)
    else:
        here.mkdir()
        shutil.copytree(ROOT / "dist", here / "dist")
        text = (ROOT / "cluster.yaml").read_text(encoding="utf-8")
        changed = text.replace("[g, p]", "[p]")
        for name, written in {
            "cluster.yaml": text,
            "prod.yaml": text,
            "other.yaml": changed,
            "new.yaml": changed,
        }.items():
            (here / name).write_text(written, encoding="utf-8")
    if page in PREPARED:
        PREPARED[page](here)
    (here / "job.yaml").write_text(JOB, encoding="utf-8")
    git = ["git", "-c", "user.name=reader", "-c", "user.email=reader@example.com", "-C", here]
    for call in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "the manifests"]):
        subprocess.run([*git, *call], check=True)
    return here


def _with_dumps(here):
    """Have the configuration and the manifests of the recorded cluster, and its dumps."""
    shutil.copy(VERIFIED / "cluster.yaml", here / "cluster.yaml")
    shutil.rmtree(here / "dist")
    (here / "dist").mkdir()
    shutil.copy(VERIFIED / "applied.json", here / "dist")
    (here / "dump").mkdir()
    Dump().write(here / "dump")


def _with_a_log(here):
    """Have the page's own smoke tests in the configuration of a training pool, and the log of a fabric that fails."""
    shown = next(block for block in blocks() if block.page == "docs/nccl.md" and block.language == "yaml")
    config = yaml.safe_load((ROOT / "examples/training-reservation/cluster.yaml").read_text(encoding="utf-8"))
    (here / "cluster.yaml").write_text(yaml.safe_dump(config | yaml.safe_load(shown.text)), encoding="utf-8")
    shutil.rmtree(here / "dist")
    synth = CliRunner().invoke(main, ["synth", str(here / "cluster.yaml"), "-o", str(here / "dist")])
    assert synth.exit_code == 0, synth.output
    failing = logs.p5(
        {logs.GIB: 3.1, 16 * logs.GIB: 3.2}, provider="", network="Socket", channel="Socket/0", version=""
    )
    (here / "nccl.log").write_text(logs.text(failing), encoding="utf-8")


PREPARED = {"docs/verify.md": _with_dumps, "docs/nccl.md": _with_a_log}
