"""How Sphinx builds the site: `make docs`. Decision 70 says why with Sphinx."""

import re
from difflib import SequenceMatcher
from pathlib import Path

from sphinx.application import Sphinx

project = "cdk8s-eks-gpu"
author = "the cdk8s-eks-gpu authors"
extensions = ["myst_parser"]
root_doc = "index"
html_theme = "furo"
html_title = project
html_static_path = ["pictures", "site.css"]
html_css_files = ["site.css"]
html_use_index = False
# A browser lets a page that it reads from disk fetch no other: the search finds pages, and shows no excerpt of them.
html_show_search_summary = False
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# The 150 rules and the decisions are reached from their lists: in each page's sidebar they would be noise.
# A test holds that every page is reached.
suppress_warnings = ["toc.not_included"]

DECISIONS = Path(__file__).parent / "decisions"
EXAMPLES = Path(__file__).parent.parent / "examples"
OUTSIDE = {
    "](../examples/)": "](examples.md)",
    "](../rehearsal/README.md)": "](rehearsal.md)",
    "](../README.md)": "](index.md)",
    "](../README.ko.md)": "](quickstart.ko.md)",
}
"""What lies beside docs/ in a clone, and the page that has it in the site."""
LANGUAGES = {".py": "python", ".yaml": "yaml"}
GENERATED = {"dist", "imports", "crds", "production.yaml"}
"""What of the examples is not shown: what programs have written."""


def _links(_app: Sphinx, page: str, source: list[str]) -> None:
    """Lead links out of docs/ to the page that has the same, and add the pages that stand below."""
    for there, here in OUTSIDE.items():
        source[0] = source[0].replace(there, here)
    if page.startswith("rules/"):
        source[0] = _marked(source[0])
    if page == "decisions/README":
        source[0] += "".join(_decision(file) for file in sorted(DECISIONS.glob("0*.md")))
    if page == "examples":
        names = re.findall(r"\]\(([\w-]+)/\)", (EXAMPLES / "README.md").read_text(encoding="utf-8"))
        source[0] += "".join(map(_example, names))


def _marked(text: str) -> str:
    """Return the page of a rule with the lines marked by which its two manifests differ."""
    shown = re.fullmatch(
        r"(.*## Found in\n\n)```yaml\n(.*?)```(\n\n## Not in\n\n)```yaml\n(.*?)```(\n.*)", text, re.DOTALL
    )
    if shown is None:
        return text
    before, bad, between, good, after = shown.groups()
    changes = SequenceMatcher(None, bad.splitlines(), good.splitlines(), autojunk=False).get_opcodes()
    lines_of_bad = [line + 1 for tag, start, end, *_ in changes if tag != "equal" for line in range(start, end)]
    lines_of_good = [line + 1 for tag, _, _, start, end in changes if tag != "equal" for line in range(start, end)]
    return f"{before}{_block(bad, lines_of_bad)}{between}{_block(good, lines_of_good)}{after}"


def _block(text: str, marked: list[int]) -> str:
    """Return YAML as a block for Sphinx, with some of its lines marked."""
    option = f":emphasize-lines: {','.join(map(str, marked))}\n" if marked else ""
    return f"```{{code-block}} yaml\n{option}\n{text}```"


def _decision(file: Path) -> str:
    """Return a link to a decision: GitHub shows the folder instead."""
    title = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    return f"- [{title}]({file.name})\n"


def _example(name: str) -> str:
    """Return a folder's README as a part of the page, and what people have written there."""
    part = f"\n```{{include}} ../examples/{name}/README.md\n:heading-offset: 1\n```\n"
    for file in sorted((EXAMPLES / name).rglob("*.*")):
        if file.suffix in LANGUAGES and GENERATED.isdisjoint(file.relative_to(EXAMPLES).parts):
            path = file.relative_to(EXAMPLES.parent).as_posix()
            part += f"\n```{{literalinclude}} ../{path}\n:language: {LANGUAGES[file.suffix]}\n:caption: {path}\n```\n"
    return part


def _language(_app: Sphinx, page: str, _template: str, context: dict[str, object], _tree: object) -> None:
    """Tell browsers and screen readers which pages are in Korean."""
    context["language"] = "ko" if page.endswith(".ko") else "en"


def setup(app: Sphinx) -> None:
    """Connect the above."""
    app.connect("source-read", _links)
    app.connect("html-page-context", _language)
