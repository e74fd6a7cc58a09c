"""What is in the wheel and in the source distribution: all that is needed, and nothing else."""

import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The files that may be there. What Git has and no rule allows is forgotten, or does not belong.
WHEEL = (
    r"cdk8s_eks_gpu/(?:[a-z0-9_]+/)*[a-z0-9_]+\.py",
    r"cdk8s_eks_gpu/py\.typed",
    r"cdk8s_eks_gpu/instances/[a-z-]+(?:\.schema)?\.json",
    r"cdk8s_eks_gpu/instances/instance-types\.csv",
    r"cdk8s_eks_gpu/objects/nccl-test\.sh",
    r"cdk8s_eks_gpu/report/report\.html",
    r"cdk8s_eks_gpu/rule_pages/(?:[a-z]+/[a-z0-9-]+|README)\.md",
    r"cdk8s_eks_gpu/starting_points/templates/[a-z0-9_]+(?:\.[a-z]+)?\.jinja",
    r"cdk8s_eks_gpu_batch/(?:__init__\.py|py\.typed|_jsii/(?:__init__\.py|[a-z0-9_@.]+\.jsii\.tgz))",
    r"cdk8s_eks_gpu_charts/[a-z0-9.-]+(?:\.lock)?\.json",
    r"cdk8s_eks_gpu_crds/(?:[a-z0-9]+/)*(?:__init__\.py|py\.typed)",
    r"cdk8s_eks_gpu_crds/(?:[a-z0-9]+/)+_jsii/(?:__init__\.py|[a-z0-9_@.]+\.jsii\.tgz)",
    r"cdk8s_eks_gpu_schemas/[a-z0-9.-]+\.json",
    r"cdk8s_eks_gpu-[0-9.]+\.dist-info/(?:METADATA|WHEEL|RECORD|entry_points\.txt|licenses/LICENSE)",
)
LINK = re.compile(r"(!?)\[[^]]*\]\(([^)]*)\)")
SDIST = ("LICENSE", "PKG-INFO", "README.md", "pyproject.toml", ".gitignore")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder with the wheel and the source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("built")
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    """Return the open wheel."""
    return zipfile.ZipFile(next(built.glob("*.whl")))


def committed(*folders):
    """Return the files that Git has in the folders."""
    listed = subprocess.run(["git", "ls-files", "-z", *folders], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S607 -- the git on the PATH
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}


def test_the_wheel_has_nothing_that_no_rule_allows(wheel):
    """A file of the tests, of a cache or of an editor does not slip in."""
    assert [name for name in wheel.namelist() if not any(re.fullmatch(rule, name) for rule in WHEEL)] == []


def test_each_rule_of_the_wheel_is_needed(wheel):
    """A rule that no file needs any more would let others in."""
    assert [rule for rule in WHEEL if not any(re.fullmatch(rule, name) for name in wheel.namelist())] == []


def test_the_wheel_has_all_that_is_committed_of_its_packages(wheel):
    """Code, facts, templates, rule pages, renderings, schemas and classes are in it, each file of them."""
    expected = {
        *(name.removeprefix("lib/") for name in committed("lib")),
        *(name.removeprefix("imports/") for name in committed("imports/cdk8s_eks_gpu_*")),
        *(name.replace("docs/rules", "cdk8s_eks_gpu/rule_pages") for name in committed("docs/rules")),
    }
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == expected


def test_the_source_distribution_is_what_a_wheel_is_built_of(built):
    """It has the packages' sources, the readme and the licence: no tests, no tools, no dist/."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names == {*SDIST, *committed("lib", "imports", "docs/rules")}


def test_a_wheel_of_the_source_distribution_is_the_same(built, wheel, tmp_path):
    """Whoever builds from the source distribution gets what is published as a wheel."""
    unpack = [sys.executable, "-m", "tarfile", "--extract", next(built.glob("*.tar.gz")), tmp_path]
    subprocess.run(unpack, check=True)
    source = next(tmp_path.iterdir())
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "out")]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    with zipfile.ZipFile(next((tmp_path / "out").glob("*.whl"))) as other:
        assert {each.filename: each.CRC for each in other.infolist()} == {
            each.filename: each.CRC for each in wheel.infolist()
        }


@pytest.fixture(scope="module")
def metadata(wheel):
    """Return the wheel's metadata."""
    name = next(name for name in wheel.namelist() if name.endswith("/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def test_links_of_the_readme_lead_to_files_of_the_tag(metadata):
    """A package index shows the README without the repository around it: links and the picture are whole addresses."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    relative = [f"{mark}:{path}" for mark, path in LINK.findall(readme) if "://" not in path]
    assert "!:docs/pictures/data-way.svg" in relative
    shown = LINK.findall(metadata.get_payload())
    address = re.compile(rf"{metadata['Project-URL'].split(', ')[1]}/(raw|blob)/v{metadata['Version']}/(.+)")
    found = [(mark, *match.groups()) for mark, path in shown if (match := address.fullmatch(path))]
    assert [f"{mark}:{path}" for mark, _, path in found] == relative
    assert all(view == ("raw" if mark else "blob") for mark, view, _ in found)
    assert [path for mark, path in shown if "://" not in path] == []
    assert [path for *_, path in found if not (ROOT / path).exists()] == []


def test_the_metadata_say_for_whom_it_is(metadata):
    """Python versions, systems, types and licence are where package indexes look for them."""
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert set(metadata.get_all("Provides-Extra")) == {"node", "live"}
    classifiers = set(metadata.get_all("Classifier"))
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in range(11, 15)} <= classifiers
    assert {"Typing :: Typed", "Operating System :: MacOS", "Operating System :: POSIX :: Linux"} <= classifiers
