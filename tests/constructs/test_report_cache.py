import os

import pytest

from cdk8s_eks_gpu.constructs import report_cache
from cdk8s_eks_gpu.constructs.versions import Versions


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Return the folder of an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "cdk8s-eks-gpu" / "reports"


def test_a_report_is_for_the_same_manifests_only():
    """Another manifest or another version is checked anew."""
    digest = report_cache.digest({"a.yaml": "a: 1"}, Versions())
    assert report_cache.digest({"a.yaml": "a: 1"}, Versions()) == digest
    assert report_cache.digest({"a.yaml": "a: 2"}, Versions()) != digest
    assert report_cache.digest({"a.yaml": "a: 1"}, Versions(karpenter="1.0")) != digest


def test_a_report_comes_back_as_it_was(folder):
    """An empty report is one too: there was nothing to say."""
    report_cache.store("warnings", "a\nb \x1b[31mc\x1b[0m\n")
    report_cache.store("nothing", "")
    assert report_cache.load("warnings") == "a\nb \x1b[31mc\x1b[0m\n"
    assert report_cache.load("nothing") == ""
    assert report_cache.load("other") is None
    assert sorted(file.name for file in folder.iterdir()) == ["nothing", "warnings"]


def test_a_cache_that_cannot_be_used_changes_nothing(monkeypatch, tmp_path, folder):
    """Without a home that can be written to, and with a damaged cache, the preflight runs as if there were none."""
    folder.mkdir(parents=True)
    (folder / "damaged").write_bytes(b"\xff")
    (folder / "folder").mkdir()
    report_cache.store("folder", "report")
    assert sorted(file.name for file in folder.iterdir()) == ["damaged", "folder"]
    assert report_cache.load("damaged") is None
    assert report_cache.load("folder") is None
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    report_cache.store("digest", "report")
    assert report_cache.load("digest") is None


def test_the_oldest_reports_go_when_there_are_too_many(monkeypatch, folder):
    """A report that is read again counts as new."""
    monkeypatch.setattr(report_cache, "MOST_REPORTS", 3)
    for number in range(3):
        report_cache.store(f"report-{number}", "x")
        os.utime(folder / f"report-{number}", (number, number))
    report_cache.load("report-0")
    report_cache.store("report-3", "x")
    assert sorted(file.name for file in folder.iterdir()) == ["report-0", "report-2", "report-3"]


def test_the_oldest_reports_go_when_they_are_too_large(monkeypatch, folder):
    """What is larger than the cache is not kept at all."""
    monkeypatch.setattr(report_cache, "MOST_BYTES", 100)
    for number in range(4):
        report_cache.store(f"report-{number}", "x" * 40)
        os.utime(folder / f"report-{number}", (number, number))
    assert sorted(file.name for file in folder.iterdir()) == ["report-2", "report-3"]
    report_cache.store("large", "x" * 101)
    assert report_cache.load("large") is None
