"""The Korean pages beside the English ones: what can be compared without reading Korean."""

import re

import pytest
from blocks import FENCE, ROOT

KOREAN = sorted([ROOT / "README.ko.md", *(ROOT / "docs").glob("*.ko.md")])
HANGUL = re.compile("[가-힣]")
POLITE = re.compile("(?:습|입|합|됩|집|옵|줍|깁)니다|십시오|세요")
TERMS = {
    "피처 게이트": "기능 게이트",
    "인스턴스 타입": "인스턴스 유형",
    "용량 타입": "용량 유형",
    "카펜터": "Karpenter",
    "객체": "오브젝트",
    "노드풀": "노드 풀",
    "노드클래스": "노드 클래스",
    "애너테이션": "어노테이션",
    "프리플라이트": "사전 점검",
}
"""Words that these pages do not use, and what they say instead, as Kubernetes and AWS do in Korean."""
DETACHED = re.compile(r"` (?:은|는|가|을|를|에|에서|에는|로|으로|와|과|의|도|만|까지|부터|라는|처럼|이나)\b")


@pytest.fixture(params=KOREAN, ids=lambda page: page.name)
def texts(request):
    """The English page and the Korean one."""
    english = request.param.with_name(request.param.name.replace(".ko.md", ".md"))
    return english.read_text(encoding="utf-8"), request.param.read_text(encoding="utf-8")


def outline(text):
    """Return the depth of each heading, the columns of each row of a table, the items of lists and the blocks."""
    lines = FENCE.sub(lambda block: f"```{block['language']}", text).splitlines()
    rows = (re.match(r"#+ |- |```.*|\|.*", line.strip()) for line in lines)
    return [re.sub(r"\\\||[^|]", "", row[0]) if row[0].startswith("|") else row[0] for row in rows if row]


def prose(text):
    """Return the text without its blocks."""
    return FENCE.sub("", text)


def code(text):
    """Return what stands as code in sentences and tables."""
    return {" ".join(span.split()) for span in re.findall("`([^`]+)`", prose(text))}


def links(text):
    """Return where links lead, without the language of the page and the place in it."""
    return sorted(target.partition("#")[0].replace(".ko.md", ".md") for target in re.findall(r"\]\((.+?)\)", text))


def statements(block):
    """Return the lines of a block without their comments."""
    return [re.sub(r"\s*# .*", "", line) for line in block["body"].splitlines()]


def test_sections_tables_lists_and_blocks_are_the_same(texts):
    """A section, a row or an item that one of the pages has is in the other."""
    english, korean = map(outline, texts)
    assert korean == english


def test_the_same_names_stand_in_code(texts):
    """Options, commands, files and rules that one of the pages names are in the other."""
    english, korean = map(code, texts)
    assert korean == english


def test_links_lead_to_the_same_pages(texts):
    """Each page leads to the other, and otherwise where the other leads, in its language where there is one."""
    english, korean = map(links, texts)
    assert korean == english


def test_links_lead_to_korean_pages(texts):
    """A link in a Korean page leads to a page in Korean where there is one, but for the one to its English original."""
    there = {page.name.replace(".ko.md", ".md") for page in KOREAN}
    found = re.findall(r"(?<!\[English)\]\((?:\.\./|docs/)?([\w-]+\.md)[#)]", texts[1])
    assert {page for page in found if page in there} == set()


def test_blocks_say_the_same(texts):
    """Code differs only in its comments and in lines that are in Korean."""
    for english, korean in zip(*map(FENCE.finditer, texts), strict=True):
        ours, theirs = statements(korean), statements(english)
        assert len(ours) == len(theirs)
        for line, other in zip(ours, theirs, strict=True):
            assert line == other or HANGUL.search(line)


def test_the_style_is_one(texts):
    """Sentences end in the plain style, and particles are joined to the code before them."""
    text = prose(texts[1])
    assert POLITE.findall(text) == []
    assert DETACHED.findall(text) == []


def test_each_thing_has_one_name(texts):
    """A reader who searches a page for a term finds all of it."""
    assert {word: term for word, term in TERMS.items() if word in texts[1]} == {}
