import os
import shutil
from unittest.mock import Mock

import pytest

from cdk8s_eks_gpu import output
from cdk8s_eks_gpu.errors import OutputError


@pytest.fixture
def made(tmp_path):
    """Return a directory that synthesis made."""
    (tmp_path / "made" / "smoke-tests").mkdir(parents=True)
    (tmp_path / "made" / "0000-new.k8s.yaml").write_text("new: 1\n", encoding="utf-8")
    (tmp_path / "made" / "smoke-tests" / "test.k8s.yaml").write_text("test: 1\n", encoding="utf-8")
    return tmp_path / "made"


@pytest.fixture
def dist(tmp_path):
    """Return an output directory with the file of a chart that is no longer there."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "0009-old.k8s.yaml").write_text("old: 1\n", encoding="utf-8")
    return tmp_path / "dist"


def contents(folder):
    """Return the files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_output_is_replaced_as_a_whole(made, dist):
    """The new files are there, those of removed charts are gone, and nothing is left lying beside."""
    output.replace(dist, made)
    assert contents(dist) == ["0000-new.k8s.yaml", "smoke-tests/test.k8s.yaml"]
    assert sorted(path.name for path in dist.parent.iterdir()) == ["dist", "made"]


def test_the_output_is_made_where_there_is_none(made, tmp_path):
    """A first synthesis makes the directory, and those above it."""
    output.replace(tmp_path / "a" / "b", made)
    assert contents(tmp_path / "a" / "b") == ["0000-new.k8s.yaml", "smoke-tests/test.k8s.yaml"]


@pytest.mark.parametrize("foreign", ["notes.md", "kustomization.yaml", "charts/x.k8s.yaml", "smoke-tests/notes.md"])
def test_files_of_others_are_never_lost(made, dist, foreign):
    """A directory that holds anything else is refused by the name of the file, and stays as it was."""
    (dist / foreign).parent.mkdir(exist_ok=True)
    (dist / foreign).write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="is not a file that synthesis writes"):
        output.replace(dist, made)
    assert "0009-old.k8s.yaml" in contents(dist)


def test_a_file_is_no_output_directory(made, tmp_path):
    """Naming a file as the output is refused."""
    (tmp_path / "dist").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="is a file: name a directory"):
        output.replace(tmp_path / "dist", made)


def test_a_link_to_a_directory_stays_a_link(made, dist, tmp_path):
    """Who keeps dist/ elsewhere behind a link finds it there."""
    (tmp_path / "link").symlink_to(dist)
    output.replace(tmp_path / "link", made)
    assert (tmp_path / "link").is_symlink()
    assert "0000-new.k8s.yaml" in contents(dist)


@pytest.mark.parametrize("step", ["copytree", "second rename"])
def test_an_error_half_way_leaves_the_old_output(made, dist, monkeypatch, step):
    """Whether the copy fails (a full disk) or the last rename, the old files are where they were."""
    if step == "copytree":
        monkeypatch.setattr(shutil, "copytree", Mock(side_effect=OSError(28, "No space left on device")))
    else:
        rename = type(dist).rename
        fails = {f".dist.new-{os.getpid()}"}

        def failing(self, target):
            if self.name in fails:
                raise OSError(5, "Input/output error")
            return rename(self, target)

        monkeypatch.setattr(type(dist), "rename", failing)
    with pytest.raises(OutputError, match=r"cannot be written: (No space left|Input/output error)"):
        output.replace(dist, made)
    assert contents(dist) == ["0009-old.k8s.yaml"]
    assert sorted(path.name for path in dist.parent.iterdir()) == ["dist", "made"]


def test_a_kill_between_the_renames_is_undone_by_the_next_run(dist):
    """The moment in which there is no output is made good, with the old files."""
    dist.rename(dist.with_name(".dist.old-123"))
    output.recover(dist)
    assert contents(dist) == ["0009-old.k8s.yaml"]
