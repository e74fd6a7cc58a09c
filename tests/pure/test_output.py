import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from cdk8s_eks_gpu import journal, output
from cdk8s_eks_gpu.errors import MarkerError, OutputError
from cdk8s_eks_gpu.marker import NAME, Marker, read_marker

POOLS, TEST, PLUGIN = (
    "0002-node-pools.k8s.yaml",
    "smoke-tests/gpu-smoke-test.k8s.yaml",
    "0001-efa-device-plugin.k8s.yaml",
)
OLD = {POOLS: b"pools: old\n", PLUGIN: b"plugin: old\n", TEST: b"test: old\n"}
NEW = {POOLS: b"pools: new\n", "0000-nvidia-device-plugin.k8s.yaml": b"plugin: new\n"}


def write(folder, files, cluster="a"):
    """Write the files as synthesis does."""
    return output.write(folder, files, Marker(cluster, "1.14", "1.34", tuple(sorted(files))))


def contents(folder):
    """Return the bytes of each file below the folder, but for the marker."""
    paths = [Path(above, name) for above, _, names in os.walk(folder, followlinks=True) for name in names]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path != folder / NAME}


@pytest.fixture
def dist(tmp_path):
    """Return an output directory of an earlier synthesis."""
    write(tmp_path / "dist", OLD)
    return tmp_path / "dist"


def test_our_files_are_replaced_and_removed(dist):
    """The new files are there, those that are not made any more are gone, their folder too, and nothing lies about."""
    assert write(dist, NEW) == []
    assert contents(dist) == NEW
    assert sorted(path.name for path in dist.iterdir()) == sorted([NAME, *NEW])
    assert read_marker(dist) == Marker("a", "1.14", "1.34", tuple(sorted(NEW)))
    assert [path.name for path in dist.parent.iterdir()] == ["dist"]


def test_the_output_is_created_where_there_is_none(tmp_path):
    """A first synthesis makes the directory, and those above it."""
    write(tmp_path / "a" / "b", OLD)
    assert contents(tmp_path / "a" / "b") == OLD


FOREIGN = ["mine.k8s.yaml", "kustomization.yaml", ".gitkeep", "charts/", "smoke-tests/notes.md"]


def test_what_the_finder_leaves_is_not_listed(dist):
    """Finder writes .DS_Store into any folder that is looked at: that is no file to tell of."""
    for folder in (dist, dist / "smoke-tests"):
        (folder / ".DS_Store").touch()
    assert write(dist, NEW) == []
    assert (dist / ".DS_Store").exists()


@pytest.mark.parametrize("foreign", FOREIGN)
def test_files_of_others_stay_and_are_listed(dist, foreign):
    """Whatever else is in the directory is as it was, also where the folder of the smoke tests would go."""
    path = dist / (foreign + "x.k8s.yaml" if foreign.endswith("/") else foreign)
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    assert write(dist, NEW) == [foreign]
    assert path.read_text(encoding="utf-8") == "mine"
    assert contents(dist).items() > NEW.items()


def test_the_output_of_another_cluster_below_is_not_a_file_of_others(dist):
    """`dist/prod/` beside the files of dist/ is an output of its own, and nothing to tell of."""
    write(dist / "prod", NEW, cluster="prod")
    assert write(dist, NEW) == []
    assert contents(dist / "prod") == NEW


def test_another_cluster_does_not_take_the_output(dist):
    """The manifests of one cluster are never replaced with those of another by mistake."""
    with pytest.raises(OutputError, match=r"has the manifests of the cluster 'a', not of 'b': name another directory"):
        write(dist, NEW, cluster="b")
    assert contents(dist) == OLD


@pytest.mark.parametrize("mine", [b"mine", None], ids=["file", "folder"])
def test_a_file_of_others_is_not_overwritten(dist, mine):
    """Where something else has the name of a file of ours, nothing is written, and the message names it."""
    in_the_way = dist / "0000-nvidia-device-plugin.k8s.yaml"
    in_the_way.mkdir() if mine is None else in_the_way.write_bytes(mine)
    with pytest.raises(OutputError, match=r"dist/0000-nvidia-device-plugin.k8s.yaml: .* move it away"):
        write(dist, NEW)
    assert {name: data for name, data in contents(dist).items() if data != mine} == OLD


def test_a_file_of_others_where_a_folder_goes_is_not_overwritten(tmp_path):
    """A file called `smoke-tests` stays too."""
    (tmp_path / "smoke-tests").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"/smoke-tests: "):
        write(tmp_path, OLD)
    assert contents(tmp_path) == {"smoke-tests": b"mine"}


def test_a_file_with_our_content_is_ours(dist):
    """Who deletes the marker, or merges it badly, loses nothing: what is the same is taken over."""
    (dist / NAME).unlink()
    write(dist, OLD)
    assert contents(dist) == OLD
    assert read_marker(dist).files == tuple(sorted(OLD))


def test_an_output_from_before_the_marker_is_taken_over(tmp_path):
    """The files that synthesis wrote without a marker are known by their names, numbered or not; others stay."""
    old = {"0000-efa-device-plugin.k8s.yaml", "node-pools.k8s.yaml", TEST, "mine.k8s.yaml", "0003-mine.k8s.yaml"}
    for name in old:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("old", encoding="utf-8")
    assert write(tmp_path, NEW) == ["0003-mine.k8s.yaml", "mine.k8s.yaml"]
    assert set(contents(tmp_path)) == {*NEW, "mine.k8s.yaml", "0003-mine.k8s.yaml"}


def test_a_damaged_marker_is_an_error_with_its_path(dist):
    """What it does not say is not guessed: no file is removed."""
    (dist / NAME).write_text("{", encoding="utf-8")
    with pytest.raises(MarkerError, match=r"dist/\.eks-gpu"):
        write(dist, NEW)
    assert contents(dist) == OLD


def test_a_marker_cannot_name_files_elsewhere(dist):
    """A marker out of a stranger's repository makes nobody delete files outside the directory."""
    (dist.parent / "precious").write_text("mine", encoding="utf-8")
    data = json.loads((dist / NAME).read_text(encoding="utf-8"))
    (dist / NAME).write_text(json.dumps({**data, "files": ["../precious"]}), encoding="utf-8")
    with pytest.raises(MarkerError, match="precious"):
        write(dist, NEW)
    assert (dist.parent / "precious").exists()


@pytest.mark.parametrize("text", ["{", '{"put": [], "remove": ["../precious"], "decided": true}', "[]", '{"put": 1}'])
def test_a_damaged_journal_is_an_error_with_its_path(dist, text):
    """Nor does a journal: nothing is done that it cannot have been written for."""
    (dist.parent / "precious").write_text("mine", encoding="utf-8")
    (dist / journal.JOURNAL).write_text(text, encoding="utf-8")
    with pytest.raises(OutputError, match=r"\.eks-gpu\.journal is damaged: delete it"):
        write(dist, NEW)
    assert (dist.parent / "precious").exists()


def test_a_file_is_no_output_directory(tmp_path):
    """Naming a file as the output is refused."""
    (tmp_path / "dist").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="is a file: name a directory"):
        write(tmp_path / "dist", NEW)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize(("umask", "folder", "file"), [(0o022, 0o755, 0o644), (0o027, 0o750, 0o640)])
def test_modes_follow_the_umask(tmp_path, umask, folder, file):
    """A web server, or another user of the group, reads dist/ where the umask lets it, whatever was there before."""
    before = os.umask(umask)
    try:
        write(tmp_path / "dist", OLD)
        (tmp_path / "dist" / POOLS).chmod(0o600)
        write(tmp_path / "dist", {**OLD, POOLS: b"changed\n"})
    finally:
        os.umask(before)
    modes = {path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    folders = {"dist", "dist/smoke-tests"}
    assert modes == {name: folder if name in folders else file for name in modes}


def test_what_is_the_same_is_not_touched(dist):
    """An editor, `make` and a file watcher see a change only where there is one, and a read-only dist/ is enough."""
    times = {path: path.stat().st_mtime_ns for path in dist.rglob("*")}
    inode = (dist / POOLS).stat().st_ino
    write(dist, OLD)
    assert {path: path.stat().st_mtime_ns for path in dist.rglob("*")} == times
    assert (dist / POOLS).stat().st_ino == inode


def test_a_file_that_was_changed_by_hand_is_written_again(dist):
    """The marker says which files are ours, not what is in them."""
    (dist / POOLS).write_text("by hand", encoding="utf-8")
    write(dist, OLD)
    assert contents(dist) == OLD


@pytest.mark.parametrize("link", ["dist", "smoke-tests", "file", "dangling"])
def test_symbolic_links_stay_links(tmp_path, link):
    """Who keeps dist/, a folder or a file of it elsewhere finds it there."""
    elsewhere, dist = tmp_path / "elsewhere", tmp_path / "dist"
    write(dist, OLD)
    path = {"dist": dist, "smoke-tests": dist / "smoke-tests", "file": dist / POOLS, "dangling": dist}[link]
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    if link == "dangling":
        for file in sorted(elsewhere.rglob("*"), reverse=True):
            file.unlink() if file.is_file() else file.rmdir()
        elsewhere.rmdir()
    new = {**NEW, TEST: b"test: new\n"}
    write(dist, new)
    assert path.is_symlink()
    assert contents(dist) == new
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dist", "elsewhere"]


def test_the_directory_itself_is_never_renamed(dist):
    """So it may be a mount point, of a container's volume for instance."""
    inode = dist.stat().st_ino
    dist.parent.chmod(0o555)
    write(dist, NEW)
    dist.parent.chmod(0o755)
    assert dist.stat().st_ino == inode
    assert contents(dist) == NEW


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_full_disk_is_an_error_and_leaves_the_old_files(dist):
    """Where the new contents find no place, the message says so, and nothing is left lying about."""
    import resource  # noqa: PLC0415

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(OutputError, match=r"dist cannot be written: File too large"):
            write(dist, {**NEW, TEST: b"x" * 20_000})
        with pytest.raises(OutputError, match=r"new cannot be written: File too large"):
            write(dist.with_name("new"), {TEST: b"x" * 20_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert contents(dist) == OLD
    assert [path.name for path in dist.parent.iterdir()] == ["dist"]


class _KilledError(Exception):
    """Stands for the end of the process."""


STEPS = ["write_bytes", "write_text", "replace", "unlink", "mkdir", "rmdir"]


def _fail_at(monkeypatch, step, error):
    """Have the step-th change of the file system fail, and all that come after it, as in a process that is gone."""
    done = 0

    def failing(original):
        def call(self, *arguments, **options):
            nonlocal done
            done += 1
            if done >= step:
                raise error
            return original(self, *arguments, **options)

        return call

    for name in STEPS:
        monkeypatch.setattr(Path, name, failing(getattr(Path, name)))
    return lambda: done >= step


def test_a_kill_at_any_step_leaves_all_old_or_all_new(tmp_path, monkeypatch):
    """The next run finishes what was decided and undoes what was not: never a file of each."""
    seen = set()
    for step in range(1, 100):
        dist = tmp_path / str(step)
        write(dist, OLD)
        with monkeypatch.context() as patch:
            was_killed = _fail_at(patch, step, _KilledError())
            with suppress(_KilledError):
                write(dist, NEW)
            finished = not was_killed()
        output.recover(dist)
        found = contents(dist)
        assert found in (OLD, NEW)
        assert read_marker(dist).files == tuple(sorted(found))
        assert not list(dist.rglob("*eks-gpu[.-]*"))
        seen.add("new" if found == NEW else "old")
        if finished:
            break
    assert seen == {"old", "new"}
    assert step > 10  # there were steps to be killed at


@pytest.mark.parametrize("step", range(1, 12))
def test_an_error_at_any_step_brings_the_old_files_back(dist, monkeypatch, step):
    """A disk that fails once, at any step, leaves the old files at once, without a next run."""
    failed, done = False, 0

    def failing(original):
        def call(self, *arguments, **options):
            nonlocal done, failed
            done += 1
            if done == step:
                failed = True
                raise OSError(5, "Input/output error")
            return original(self, *arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for name in ("write_bytes", "write_text", "replace", "mkdir"):
            patch.setattr(Path, name, failing(getattr(Path, name)))
        try:
            write(dist, NEW)
        except OutputError as error:
            assert "Input/output error" in str(error)  # noqa: PT017 -- the last steps need not be there
    assert contents(dist) == (OLD if failed else NEW)
    assert not list(dist.rglob("*eks-gpu[.-]*"))


GENERATIONS = """\
import itertools, sys
from pathlib import Path
from cdk8s_eks_gpu import output
from cdk8s_eks_gpu.marker import Marker
print("ready", flush=True)
for generation in itertools.count(1):
    files = {f"{number}.k8s.yaml": b"%d" % generation for number in range(5)}
    files["smoke-tests/x.k8s.yaml" if generation % 2 else "y.k8s.yaml"] = b"%d" % generation
    output.write(Path(sys.argv[1]), files, Marker("a", str(generation), None, tuple(sorted(files))))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows cannot kill a process like this")
def test_sixty_kills_at_random_moments(tmp_path):
    """Whenever a run is killed, all files are of one generation after the next: those that it names, and no other."""
    chance = random.Random(14)  # noqa: S311 -- moments, not secrets
    torn = 0
    for _ in range(60):
        process = subprocess.Popen([sys.executable, "-c", GENERATIONS, tmp_path], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        process.communicate()
        torn += (tmp_path / journal.JOURNAL).exists()
        output.recover(tmp_path)
        if not (tmp_path / NAME).exists():
            assert contents(tmp_path) == {}
            continue
        marker = read_marker(tmp_path)
        found = contents(tmp_path)
        assert set(found) == set(marker.files)
        assert set(found.values()) == {marker.karpenter.encode()}
    assert torn > 5  # else the kills came when nothing was being written
