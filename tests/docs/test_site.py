"""The documentation, built as a site."""

import re
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data", "link": "href"}
"""The attribute by which a browser loads something, for each element that can."""


class Page(HTMLParser):
    """What one page links to, loads, and can be linked to by."""

    def __init__(self, file):
        """Read the file."""
        super().__init__()
        self.file = file
        self.links, self.loads, self.ids = [], [], set()
        self.language = None
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        """Note what the element says."""
        values = dict(attrs)
        if tag == "html":
            self.language = values.get("lang")
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if values.get(LOADS.get(tag, "")):
            self.loads.append(values[LOADS[tag]])
        if values.get("id"):
            self.ids.add(values["id"])

    @cached_property
    def targets(self):
        """The files and places that its links and loads within the site name."""
        parts = [urlsplit(url) for url in self.links + self.loads if not urlsplit(url).scheme]
        return {
            ((self.file.parent / unquote(part.path)).resolve() if part.path else self.file, part.fragment)
            for part in parts
        }


@pytest.fixture(scope="module")
def pages(site):
    """Return all pages by their file."""
    return {file.resolve(): Page(file.resolve()) for file in Path(site).rglob("*.html")}


def test_no_page_loads_anything_from_elsewhere(site, pages):
    """The site needs no network: every script, style, font and picture is in it."""
    outside = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)
    found = [(page.file.name, url) for page in pages.values() for url in page.loads if outside.match(url)]
    for style in Path(site).rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        found += [(style.name, url) for url in re.findall(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")]+)", text)]
    assert found == []


def test_links_within_the_site_lead_somewhere(pages):
    """Every link to a page, and to a place in one, finds it."""
    dead = [
        (page.file.name, str(file), place)
        for page in pages.values()
        for file, place in page.targets
        if not file.exists() or (place and file in pages and place not in pages[file].ids)
    ]
    assert dead == []


def test_every_page_is_reached_from_the_first(site, pages):
    """Whoever follows links from index.html comes to each page, and to each text in docs/."""
    reached, todo = set(), [Path(site, "index.html").resolve()]
    while todo:
        file = todo.pop()
        if file in pages and file not in reached:
            reached.add(file)
            todo += [target for target, _ in pages[file].targets]
    assert pages.keys() - reached == set()


def test_the_manifests_of_a_rule_are_compared(site):
    """Each page with two manifests shows which lines of which object differ, before it shows both whole."""
    rules = {file.name: file.read_text(encoding="utf-8") for file in Path(site, "rules").glob("*/*.html")}
    with_both = {name: text for name, text in rules.items() if "<summary>The whole manifests</summary>" in text}
    assert len(with_both) > len(rules) / 2
    difference = re.compile(r'<span class="gu">@@ \S+ @@</span>.*?<span class="g[id]">.*<details>', re.DOTALL)
    assert [name for name, text in with_both.items() if not difference.search(text)] == []


def test_korean_pages_say_that_they_are_korean(pages):
    """Browsers and screen readers learn the language of each page."""
    languages = {(page.file.name.endswith(".ko.html"), page.language) for page in pages.values()}
    assert languages == {(True, "ko"), (False, "en")}


def test_the_sidebar_of_a_korean_page_begins_in_korean(site):
    """Who reads Korean finds the Korean pages without scrolling; English pages keep them at the end."""
    captions = {
        name: re.findall(r'<span class="caption-text">(.*?)</span>', Path(site, name).read_text(encoding="utf-8"))
        for name in ("quickstart.html", "quickstart.ko.html")
    }
    assert captions["quickstart.html"][-1] == captions["quickstart.ko.html"][0] == "한국어"
    assert sorted(captions["quickstart.html"]) == sorted(captions["quickstart.ko.html"])
