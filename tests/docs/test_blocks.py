"""The YAML, Python and JSON that the documentation shows."""

import json
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from blocks import ROOT, blocks, parsed, words

from cdk8s_eks_gpu import ClusterConfig, load_cluster, parse_cluster
from cdk8s_eks_gpu.preflight import check

LANGUAGES = {"console", "yaml", "python", "json", "text", "", "{toctree}"}
"""What blocks may be: test_commands.py runs those of consoles; the last three hold nothing to run."""
BASE = """
cluster: {name: training, kubernetesVersion: "1.34", karpenterVersion: "1.15.1", region: us-west-2}
nodeClasses: {gpu: {role: nodes, ami: al2023@v20250920, discovery: training}}
nodePools: {gpu: {nodeClass: gpu}}
"""
"""What a part of a configuration stands in."""
BY_OTHERS = {"repos", "jobs", "preflight"}
"""The first keys of files of pre-commit, GitHub and GitLab: what they name of ours is tested, the rest is YAML."""
GIVEN = {
    "docs/app.md": "",
    "docs/check.md": "text = open('dist/0002-node-pools.k8s.yaml').read()\n",
    "docs/explain.md": "",
    "docs/releases.md": "",
    "README.md": "",
}
"""What the Python of each page takes as given."""


def of(language):
    """Return the blocks in a language."""
    return [pytest.param(block, id=block.id) for block in blocks() if block.language == language]


def merged(base, part):
    """Return the part laid over the base, as `extends` does."""
    if not isinstance(base, dict) or not isinstance(part, dict):
        return part
    return base | {key: merged(base.get(key), value) for key, value in part.items()}


def test_every_block_is_of_a_known_language():
    """A block in another language would be tested by nobody."""
    assert {block.language for block in blocks()} <= LANGUAGES


@pytest.mark.parametrize("block", of("yaml"))
def test_yaml_is_a_configuration_or_a_manifest(block, tmp_path):
    """A configuration, whole or a part, is one that can be loaded; a manifest has no error of shape."""
    for document in yaml.safe_load_all(block.text):
        if document.keys() & BY_OTHERS:
            assert calls_of_ours(document)
            continue
        if "apiVersion" in document:
            report = check({"block.yaml": yaml.safe_dump(document)}, only=["schema", "core", "cel"])
            assert report.ok, report.as_dict()
        elif document.keys() == {"metadata"}:
            assert all(
                re.fullmatch(r"ignore\.eks-gpu/[a-z]+\.[a-z-]+", key) for key in document["metadata"]["annotations"]
            )
        elif "extends" in document:
            pools = {name: {"nodeClass": "gpu"} for name in document["nodePools"]}
            (tmp_path / "clusters").mkdir()
            (tmp_path / "base.yaml").write_text(yaml.safe_dump(yaml.safe_load(BASE) | {"nodePools": pools}))
            (tmp_path / "clusters/a.yaml").write_text(block.text, encoding="utf-8")
            load_cluster(tmp_path / "clusters/a.yaml")
        else:
            known = {field.alias or name for name, field in ClusterConfig.model_fields.items()}
            assert document.keys() <= known
            base = {"smokeTests": {"efa": {"nodePool": "gpu"}}} if "nodePools" not in document else {}
            pools = {name: {"nodeClass": "gpu", "instanceTypes": ["p5.48xlarge"]} for name in _named_pools(document)}
            whole = merged(merged(yaml.safe_load(BASE), {"nodePools": pools} | base), document)
            parse_cluster(yaml.safe_dump(whole), block.id)


def calls_of_ours(document):
    """Return what a file of CI calls of ours: commands and hooks, parsed, and an action, with inputs that it has."""
    called = []
    for repository in document.get("repos", ()):
        hooks = {hook["id"]: hook["entry"] for hook in _read(".pre-commit-hooks.yaml")}
        called += [parsed([*words(hooks[hook["id"]]), *hook["args"]]) for hook in repository["hooks"]]
    for job in document.get("jobs", {}).values():
        ours = [step["with"].keys() for step in job["steps"] if step["uses"].startswith("<")]
        assert all(inputs <= _read("action.yml")["inputs"].keys() for inputs in ours)
        called += ours
    script = document.get("preflight", {}).get("script", ())
    return called + [parsed(words(line)) for line in script if words(line) is not None]


def _read(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def _named_pools(document):
    """Return the pools that smoke tests of a part name."""
    tests = (document.get("smokeTests") or {}).values()
    return {test["nodePool"] for test in tests if isinstance(test, dict) and "nodePool" in test}


@pytest.mark.parametrize("block", of("json"))
def test_json_is_json(block):
    """What is shown of an answer can be read."""
    json.loads(block.text)


@pytest.mark.parametrize("page", sorted({block.page for block in blocks() if block.language == "python"}))
def test_python_runs(page, tmp_path):
    """The Python of a page, from its first block to its last, runs in a reader's folder."""
    shutil.copy(ROOT / "cluster.yaml", tmp_path)
    shutil.copytree(ROOT / "dist", tmp_path / "dist")
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/a.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}}")
    shown = "\n".join(block.text for block in blocks() if block.page == page and block.language == "python")
    (tmp_path / "shown.py").write_text(GIVEN[page.replace(".ko", "")] + shown, encoding="utf-8")
    run = subprocess.run([sys.executable, "shown.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
