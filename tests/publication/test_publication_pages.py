"""The pages: nothing from outside, nothing unescaped, both languages, readable without a mouse."""

import base64
import hashlib
import json
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest

PAGES = ("index.html", "notice-plan.html", "notice-results.html")
VOID = {"meta", "link", "input", "br", "img", "hr", "rect", "circle", "line"}


class Page(HTMLParser):
    """Reads a page: elements in order, their text, and whether tags are balanced."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(data.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))


@pytest.fixture(scope="module", params=PAGES)
def page(request, files):
    """Each page of an ordinary run."""
    return Page(files[request.param])


@pytest.fixture(scope="module", params=PAGES)
def hostile_page(request, hostile_files):
    """Each page of a hostile run."""
    return Page(hostile_files[request.param])


def outside(text: str) -> list[str]:
    """Return what could make a browser ask another host."""
    found = re.findall(r"(?:https?:)?//[\w.-]+", text)
    return [address for address in found if "www.w3.org/2000/svg" not in address]


def test_no_page_loads_from_another_host(files):
    """Neither src nor href nor url() nor @import leads outside the folder."""
    for path in PAGES:
        page = Page(files[path])
        for tag, attributes in page.elements:
            for name in ("src", "href", "xlink:href", "srcset", "action", "data", "poster"):
                value = attributes.get(name) or ""
                assert not re.match(r"(?i)[a-z][a-z0-9+.-]*:(?!,)|//", value), (path, tag, value)
        styles = "".join(text for tag, text in page.texts if tag == "style")
        scripts = "".join(text for tag, text in page.texts if tag == "script")
        assert "url(" not in styles
        assert "@import" not in styles
        assert outside(styles + scripts) == []
        assert not re.search(r"fetch\(|XMLHttpRequest|import\(|WebSocket|EventSource", scripts)


def test_links_lead_to_files_of_the_folder(files):
    """Every link goes to a file that is there, or to a place in the page."""
    for path in PAGES:
        page = Page(files[path])
        places = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
        targets = [a["href"] for tag, a in page.elements if tag == "a"]
        assert targets
        for target in targets:
            if target.startswith("#"):
                assert target[1:] in places, (path, target)
            else:
                assert target in files, (path, target)


def test_content_policy_lets_through_only_our_own_style_and_script(files):
    """The hashes of the policy are those of the one style and the one script of the page."""
    for path in PAGES:
        page = Page(files[path])
        policy = next(
            a["content"] for tag, a in page.elements
            if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
        )  # fmt: skip
        assert "unsafe" not in policy
        for tag in ("style", "script"):
            parts = [text for owner, text in page.texts if owner == tag]
            assert len(parts) == 1
            digest = base64.b64encode(hashlib.sha256(parts[0].encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy
        assert not any("style" in a for _, a in page.elements)


def test_tags_are_balanced_and_ids_unique(page):
    """The page is well formed."""
    assert page.open == []
    ids = Counter(a["id"] for _, a in page.elements if "id" in a)
    assert [name for name, number in ids.items() if number > 1] == []


def test_every_text_stands_in_both_languages(page):
    """For each Chinese span there is an English one, beside it."""
    for tag in ("span", "text"):
        marks = [
            "zh" if "zh" in (a.get("class") or "").split() else "en"
            for t, a in page.elements
            if t == tag and {"zh", "en"} & set((a.get("class") or "").split())
        ]
        assert marks == ["zh", "en"] * (len(marks) // 2)


def test_charts_have_words_for_those_who_do_not_see_them(files):
    """Every chart has a title and a description, and its numbers stand in a table as well."""
    page = Page(files["index.html"])
    ids = {a["id"]: tag for tag, a in page.elements if "id" in a}
    charts = [a for tag, a in page.elements if tag == "svg" and a.get("class") == "chart"]
    assert len(charts) >= 12
    for chart in charts:
        assert chart["role"] == "img"
        title, desc = chart["aria-labelledby"].split()
        assert (ids[title], ids[desc]) == ("title", "desc")
    others = [a for tag, a in page.elements if tag == "svg" and a.get("class") != "chart"]
    assert all(a.get("aria-hidden") == "true" for a in others)
    assert sum(1 for tag, _ in page.elements if tag == "table") >= 8


def test_headings_descend_one_level_at_a_time(page):
    """Screen readers can walk the page by headings."""
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_hostile_names_make_no_element_and_no_handler(hostile_page):
    """Names stay text: no script, image or handler that is not ours."""
    tags = Counter(tag for tag, _ in hostile_page.elements)
    assert tags["script"] == 1
    assert tags["style"] == 1
    assert tags["img"] == tags["iframe"] == 0
    assert hostile_page.open == []
    for tag, attributes in hostile_page.elements:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("href", "src"):
            assert not (attributes.get(name) or "").startswith(("javascript:", "http"))


def test_hostile_names_read_as_they_are_written(hostile_files, hostile_names):
    """Escaping loses nothing; template code is shown, not run; unseen marks become visible."""
    for path in ("index.html", "notice-results.html"):
        shown = "\n".join(text for _, text in Page(hostile_files[path]).texts)
        for name in hostile_names:
            if name.isprintable() and (path == "notice-results.html" or name[0] != "\t"):
                assert name in shown, (path, name)
        assert "\u202e" not in shown
        assert "‹U+202E›" in shown
        assert "\x07" not in shown
        assert "\u200b" not in shown


def test_texts_are_complete_and_used_with_the_values_they_need():
    """Chinese and English of each text ask for the same values, and neither is empty."""
    from importlib import resources

    found = json.loads(
        (resources.files("optimizer.publication") / "locale" / "texts.json").read_text("utf-8")
    )
    for key, (zh, en) in found.items():
        assert zh.strip(), key
        assert en.strip(), key
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key


def test_page_of_thirty_departments_stays_small():
    """A province's page can be opened on a phone: below 2 MB, with nothing left unfolded."""
    from synthetic_run import make_run

    from optimizer.publication import publish

    made = publish(make_run(enterprises=6000, departments=30))
    assert all(len(made[path]) < 2_000_000 for path in PAGES)
    assert len(made["index.html"]) < 800_000
