"""The code blocks and commands of the documentation, as its pages have them."""

import re
import shlex
import textwrap
from dataclasses import dataclass
from pathlib import Path

import click

from cdk8s_eks_gpu.cli import main

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w{}-]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(eks-gpu [a-z][^`]*)`")
PAGES = sorted(
    [
        *(page for page in (ROOT / "docs").glob("*.md") if page.name not in {"api.md", "options.md"}),
        *(ROOT / "examples").glob("*/README.md"),
        *(
            ROOT / name
            for name in ("README.md", "README.ko.md", "CONTRIBUTING.md", "SECURITY.md", "rehearsal/README.md")
        ),
    ]
)
"""The pages that people write. Those of commands, options, names and rules are generated, and tested as such."""


@dataclass(frozen=True)
class Block:
    """A fenced block: the page, the line of its first line, its language and its text."""

    page: str
    line: int
    language: str
    text: str

    @property
    def id(self):
        """How a test's name says which block it is about."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A command line of a console block, without its prompt and its comment, and the output that is shown."""

    block: Block
    line: str
    output: str

    @property
    def id(self):
        """How a test's name says which command it is about."""
        return f"{self.block.id} {self.line}"


def blocks():
    """Return the blocks of all pages."""
    return [block for page in PAGES for block in _blocks(page)]


def _blocks(page):
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 2
        body = textwrap.dedent(match["body"])
        yield Block(str(page.relative_to(ROOT)), line, match["language"], body)


def commands():
    """Return the commands of all console blocks."""
    return [command for block in blocks() if block.language == "console" for command in _commands(block)]


def _commands(block):
    text = block.text.replace("\\\n", " ")
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield Command(block, re.sub(r"\s+# .*$", "", line).strip(), output.strip("\n"))


def inline_commands():
    """Return the commands of eks-gpu within sentences, with the page of each."""
    found = ((page, text) for page in PAGES for text in INLINE.findall(page.read_text(encoding="utf-8")))
    return sorted({(str(page.relative_to(ROOT)), " ".join(text.split())) for page, text in found})


def words(line):
    """Return the words of the eks-gpu call in a command line, without those of other programs, or None."""
    for part in re.split(r"\s\|\s|\s&&\s", line):
        found = shlex.split(re.sub(r"\s[<>]+\s*\S+", "", part))
        if "eks-gpu" in (name.rpartition("/")[2] for name in found[:2]):
            start = next(i for i, name in enumerate(found) if name.rpartition("/")[2] == "eks-gpu")
            return found[start + 1 :]
    return None


def parsed(arguments):
    """Parse the words after eks-gpu as click does, down to the last command, without running it."""
    command, context, rest = main, click.Context(main, info_name="eks-gpu"), list(arguments)
    while isinstance(command, click.Group) and rest:
        name = rest.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"there is no command {name}"
        context = click.Context(command, parent=context, info_name=name)
    try:
        command.make_parser(context).parse_args(list(rest))
    except click.BadOptionUsage:  # a sentence names the option, without a value
        command.make_parser(context).parse_args([*rest, "VALUE"])
    return command
