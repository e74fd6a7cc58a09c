"""How Sphinx builds the site: `make docs`. Decision 70 says why with Sphinx."""

import re
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

project = "cdk8s-eks-gpu"
author = "the cdk8s-eks-gpu authors"
extensions = ["myst_parser", "sphinx_copybutton"]
# Of a console, the commands alone; manifests and Python as they stand.
copybutton_prompt_text = "$ "
copybutton_exclude = ".linenos"
copybutton_line_continuation_character = "\\"
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
# The rules and the decisions are reached from their lists, to which they link back: in every sidebar they would be
# noise. A test makes sure that every page is reached.
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
LISTS = {"commands": "Commands", "constructs": "Constructs", "rules": "Rules", "decisions": "Decisions"}
"""The folders whose pages link back to their list, with its title."""
KOREAN = '<p class="caption" role="heading"><span class="caption-text">한국어</span></p>'
"""How the Korean part of the sidebar begins."""
LANGUAGES = {".py": "python", ".yaml": "yaml"}
GENERATED = {"dist", "imports", "crds", "production.yaml"}
"""What of the examples is not shown: what programs have written."""


def _links(_app: Sphinx, page: str, source: list[str]) -> None:
    """Turn links out of docs/ into links within the site, and add the lists of pages that GitHub shows as folders."""
    for there, here in OUTSIDE.items():
        source[0] = source[0].replace(there, here)
    if page.startswith("rules/"):
        source[0] = _compared(source[0])
    if page in {"commands/README", "constructs/README"}:
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"
    if page == "decisions/README":
        source[0] += "".join(_decision(file) for file in sorted(DECISIONS.glob("0*.md")))
    if page == "examples":
        source[0] = _examples()


def _compared(text: str) -> str:
    """Return the page of a rule with the difference between its two manifests in front, which are then folded."""
    shown = re.fullmatch(r"(.*## Example\n\n)```yaml\n(.*?)```\n\n## Fixed\n\n```yaml\n(.*?)```(\n.*)", text, re.DOTALL)
    if shown is None or "kind:" not in shown[2]:  # what is no object shares nothing with one
        return text
    before, bad, good, after = shown.groups()
    whole = f"```yaml\n{bad}```\n\nFixed:\n\n```yaml\n{good}```"
    folded = f"<details>\n<summary>The whole manifests</summary>\n\n{whole}\n\n</details>\n"
    return f"{before}```diff\n{_difference(bad, good)}\n```\n\n{folded}{after}"


def _difference(bad: str, good: str) -> str:
    """Return a unified diff whose parts begin with the object that they are in."""
    lines = [*unified_diff(bad.splitlines(), good.splitlines(), n=5, lineterm="")][2:]
    return "\n".join(
        f"@@ {_object(bad, int(line.split()[1].split(',')[0][1:]))} @@" if line.startswith("@@") else line
        for line in lines
    )


def _object(manifests: str, line: int) -> str:
    """Return the kind and the name of the object at a line; `file` where there is none."""
    before = "\n".join(manifests.splitlines()[: line + 5]).count("\n---")
    document = manifests.split("\n---\n")[before]
    return "/".join(re.findall(r"^(?:kind|  name): *(\S+)", document, re.MULTILINE)[:2]) or "file"


def _decision(file: Path) -> str:
    """Return a link to a decision: GitHub shows the folder instead."""
    title = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    return f"- [{title}]({file.name})\n"


def _examples() -> str:
    """Return the READMEs below examples/ as one page, each with what people have written in its folder, folded."""
    index = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"\]\(([\w-]+)/\)", index)
    texts = {name: (EXAMPLES / name / "README.md").read_text(encoding="utf-8") for name in names}
    for name, text in texts.items():
        title = text.partition("\n")[0].removeprefix("# ").lower()
        index = index.replace(f"]({name}/)", f"](#{re.sub('[^a-z -]', '', title).replace(' ', '-')})")
    index = index.replace("](../docs/", "](").replace("[this repository](../cluster.yaml)", "this repository")
    return index + "".join(f"\n#{text}\n{''.join(_files(name))}" for name, text in texts.items())


def _files(name: str) -> Iterator[str]:
    """Yield the files of an example, each folded."""
    for file in sorted((EXAMPLES / name).rglob("*.*")):
        if file.suffix in LANGUAGES and GENERATED.isdisjoint(file.relative_to(EXAMPLES).parts):
            path = file.relative_to(EXAMPLES.parent).as_posix()
            shown = f"```{{literalinclude}} ../{path}\n:language: {LANGUAGES[file.suffix]}\n```"
            yield f"\n<details>\n<summary>{path}</summary>\n\n{shown}\n\n</details>\n"


def _language(_app: Sphinx, page: str, _template: str, context: dict[str, object], _tree: object) -> None:
    """Tell browsers and screen readers which pages are in Korean."""
    context["language"] = "ko" if page.endswith(".ko") else "en"


def _korean_first(_app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Begin the sidebar of a Korean page with the Korean pages."""
    if page.endswith(".ko"):
        before, caption, korean = context["furo_navigation_tree"].partition(KOREAN)
        context["furo_navigation_tree"] = f"{caption}{korean}{before}"


def _way_up(_app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Link each page of a list to the list."""
    folder, _, name = page.partition("/")
    if folder in LISTS and name != "README":
        there = context["pathto"](f"{folder}/README")
        context["body"] = f'<p class="way-up"><a href="{there}">{LISTS[folder]}</a></p>{context["body"]}'


def setup(app: Sphinx) -> None:
    """Connect the above."""
    app.connect("source-read", _links)
    app.connect("html-page-context", _language)
    app.connect("html-page-context", _way_up)
    app.connect("html-page-context", _korean_first, priority=900)  # after Furo, which makes the sidebar
