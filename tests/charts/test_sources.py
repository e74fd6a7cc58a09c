"""Where archives come from: repositories, mirrors, folders, single archives, and the commands."""

import io
import shutil
import tarfile

import pytest
from click.testing import CliRunner

from cdk8s_eks_gpu.charts import pins, store
from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.render import Renderer
from cdk8s_eks_gpu.charts.sources import Sources
from cdk8s_eks_gpu.cli import main
from cdk8s_eks_gpu.errors import ChartError

PUBLIC = "https://charts.example.com"


def test_all_sources_give_the_same_rendering(release, repository, registry, serve, archive, here):
    """A mirror, a folder of archives, a single archive and an OCI registry render to the same file."""
    shutil.copy(archive, here)
    mirrored = Sources(mirrors={PUBLIC: serve(repository)})
    renderings = set()
    for number, (where, sources) in enumerate(
        [
            (PUBLIC, mirrored),
            (str(archive.parent), Sources()),
            (str(archive), Sources()),
            (PUBLIC, Sources(here)),
            (registry, Sources()),
        ]
    ):
        into = Renderer(Helm(), here / f"store-{number}", sources, lambda _: None)
        file = into.render(release(repository=where))
        renderings.add((file.name, file.read_bytes()))
        assert next(pins.every(into.target))[1].repository == where
    assert len(renderings) == 1


def test_an_archive_that_is_not_in_the_folder(here, release):
    """A folder without the archive is told with the name that is wanted and the way out."""
    into = Renderer(Helm(), here, Sources(chart_dir=here), lambda _: None)
    with pytest.raises(
        Exception, match=r"everything-1\.0\.0\.tgz is not there: put it there, or leave out --chart-dir"
    ):
        into.render(release())


def test_a_registry_without_the_chart(release, registry, here):
    """What Helm says of an OCI registry reaches the user."""
    into = Renderer(Helm(), here, Sources(), lambda _: None)
    with pytest.raises(ChartError, match=r"`helm pull oci://.*` failed: .*"):
        into.render(release(repository=registry, version="9.9.9"))


def invoke(*arguments):
    """Run the command."""
    return CliRunner().invoke(main, ["charts", *arguments])


@pytest.mark.usefixtures("here")
def test_add_pins_and_list_shows(archive):
    """A chart is pinned before anything is rendered, and the list shows what is pinned."""
    assert "No chart is pinned in " in invoke("list").stderr
    added = invoke("add", str(archive.parent), "everything", "1.0.0")
    assert added.exit_code == 0, added.output
    assert "everything 1.0.0 is pinned: sha256 " in added.output
    assert "everything 1.0.0  " in invoke("list").output
    assert "renderings: 0" in invoke("list").output


@pytest.mark.usefixtures("here")
def test_progress_is_plain_lines_where_there_is_no_terminal(archive):
    """A log of CI gets a line for each step and no control characters."""
    output = invoke("add", str(archive.parent), "everything", "1.0.0").output
    assert output.splitlines()[0] == "fetching everything 1.0.0"
    assert "\x1b" not in output
    assert "\r" not in output


@pytest.mark.usefixtures("here")
def test_check_says_so_with_its_exit_code(archive):
    """`check` is for CI: 1 when something differs, 0 when nothing does, 2 when it could not run."""
    assert invoke("check").exit_code == 0
    invoke("add", str(archive.parent), "everything", "1.0.0")
    assert invoke("check").exit_code == 1
    assert CliRunner(env={"HELM": "no-such-helm"}).invoke(main, ["charts", "check"]).exit_code == 2


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("name", "version", "words"),
    [
        ("a/b", "1.0.0", "'a/b' is not a chart's name"),
        ("../x", "1.0.0", "'../x' is not a chart's name"),
        ("everything", "../1", "'../1' is not a chart's version"),
        ("everything", "1.0.0 --post-renderer=x", "is not a chart's version"),
    ],
)
def test_add_refuses_bad_names(archive, name, version, words):
    """What would be a path, or an option of Helm, is told in a line; nothing is written."""
    result = invoke("add", str(archive.parent), name, version)
    assert (result.exit_code, words in result.output) == (2, True), result.output
    assert not store.FOLDER.exists()


@pytest.mark.usefixtures("here")
def test_add_takes_a_name_for_a_name(archive):
    """What begins with a dash is not taken for an option."""
    result = invoke("add", str(archive.parent), "--", "-h", "1.0.0")
    assert "'-h' is not a chart's name" in result.output


def test_add_refuses_an_archive_of_another_chart(archive, here):
    """The archive's own name is what counts, not that of the file."""
    shutil.copy(archive, here / "other-1.0.0.tgz")
    result = invoke("add", str(here), "other", "1.0.0")
    assert result.exit_code == 2
    assert "other-1.0.0.tgz is the chart 'everything', not 'other'" in result.output
    assert not store.FOLDER.exists()


@pytest.mark.parametrize("files", [{}, {"readme.txt": "x"}, {"chart/values.yaml": "a: 1"}])
def test_add_refuses_an_archive_without_a_chart(here, files):
    """A tar file that is no chart is told as such."""
    with tarfile.open(here / "thing-1.0.0.tgz", "w:gz") as members:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            members.addfile(member, io.BytesIO(text.encode()))
    result = invoke("add", str(here), "thing", "1.0.0")
    assert result.exit_code == 2
    assert "thing-1.0.0.tgz is not a chart archive: it has no Chart.yaml" in result.output
