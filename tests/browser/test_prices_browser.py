"""The page of a what-if in a real browser: legible at 360 px and on paper, nothing from outside."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from devtools import Browser, find_browser
from test_publication_browser import NEEDED, PROGRAM

from optimizer.publication.page_prices import page

pytestmark = pytest.mark.skipif(
    PROGRAM is None and not NEEDED,
    reason="no Chromium here: install it (apt-get install chromium), or set CHROMIUM",
)

NOW = {"visits": 1229, "left_out": 58, "lower_bound": 1286, "saved": 687}


def change(kind, rule, how, setting, visits=0, left=0, sure=False, sure_left=False):
    """A row as `price` returns it."""
    return {
        "kind": kind, "rule": rule, "change": how, "set": setting,
        "visits": NOW["visits"] + visits, "left_out": NOW["left_out"] + left,
        "more_visits": visits, "more_left_out": left,
        "sure": sure, "sure_left_out": sure_left,
    }  # fmt: skip


MISPLACED = """
[...document.querySelectorAll('svg.chart')].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  if (!box.width) return [];
  const scale = box.width / svg.viewBox.baseVal.width;
  const seen = [...svg.querySelectorAll('text')].map(t => [t, t.getBoundingClientRect()])
    .filter(([t, r]) => r.width);
  return seen.flatMap(([t, r], i) => {
    const size = parseFloat(getComputedStyle(t).fontSize) * scale;
    const out = r.left < box.left - 1 || r.right > box.right + 1;
    const over = seen.slice(i + 1).some(([o, q]) => r.left < q.right - 1 &&
      q.left < r.right - 1 && r.top < q.bottom - 3 && q.top < r.bottom - 3);
    return size < 9 || out || over ? [[t.textContent, size, out, over]] : [];
  });
})
"""
"""Words of charts that are too small, outside their chart, or over others."""

LONG = "a-unit-with-a-name-that-is-longer-than-any-label-140300"
CHANGES = [
    change("cap", "cap-department", "lifted", "rules.cap.cap-department=off", 31, -32, False, True),
    change("cap", "cap-department", "tightened", "rules.cap.cap-department=-1", -365, 503, True),
    change("cap", "cap-total", "loosened", "rules.cap.cap-total=+1"),
    change("quiet", "quiet-high-tech", "lifted", "rules.quiet.quiet-high-tech=off", 1, -1),
    change("gap", "gap", "tightened", "rules.gap_days=10", -1, 1),
    change("gap", "gap", "lifted", "rules.gap_days=off"),
    change("capacity", "*", "loosened", "capacity.*=+1", 12, -12),
    change("capacity", LONG, "tightened", f"capacity.{LONG}=-1", -29, 29, True, True),
    change("set", f"capacity.{LONG}=+2", "set", f"capacity.{LONG}=+2", 2, -2),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A page of changes that weigh and some that do not, and one where none does."""
    folder = tmp_path_factory.mktemp("prices")
    for name, rows in (("weighty", CHANGES), ("idle", [CHANGES[2], CHANGES[5]])):
        found = {"campaign": "crowded-2026", "now": NOW, "changes": rows}
        (folder / f"{name}.html").write_bytes(page(found))
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One browser for all tests here."""
    assert PROGRAM, "a browser is needed here, and none is installed"
    made = Browser(find_browser(), tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.mark.parametrize("name", ["weighty", "idle"])
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, False), (360, True)])
def test_opens_without_errors_or_other_hosts(browser, files, name, width, dark):
    """The page asks for nothing but itself, and the console stays empty."""
    url = (files / f"{name}.html").as_uri()
    browser.open(url, width=width, dark=dark)
    assert browser.troubles() == []
    assert browser.requests() == [url]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_fits_and_is_legible(browser, files, width, language):
    """Neither page nor table scrolls sideways; words are inside their chart, and none lie on two.

    The smallest words are 9 px, as on the publication's pages.
    """
    browser.open(f"{(files / 'weighty.html').as_uri()}?lang={language}", width=width)
    assert browser.run("document.documentElement.scrollWidth") == width
    assert (
        browser.run("(s => s.scrollWidth - s.clientWidth)(document.querySelector('.scroll'))") == 0
    )
    assert browser.run(MISPLACED) == []


def test_what_weighs_is_said_and_drawn_first(browser, files):
    """Sentences begin with the weightiest change; what changes nothing has no bar but its name."""
    browser.open(f"{(files / 'weighty.html').as_uri()}?lang=en")
    said = browser.run("[...document.querySelectorAll('main li')].map(e => e.innerText)")
    assert said[0] == (
        "cap cap-department: one visit a year fewer → checks left out: 503 more; "
        "visits: 365 fewer; of their sum this is proved."
    )
    text = browser.run("document.querySelector('main').innerText")
    assert "No difference: cap cap-total: one visit a year more; gap between visits: none" in text
    bars = browser.run("document.querySelectorAll('.wide svg.chart rect').length")
    assert bars == 2 * len([row for row in CHANGES if row["more_visits"]])
    browser.open(f"{(files / 'idle.html').as_uri()}?lang=en")
    assert browser.run("document.querySelectorAll('svg.chart').length") == 0
    assert "None of these changes makes a difference." in browser.run("document.body.innerText")


def test_prints_without_switch_and_without_cutting(browser, files):
    """On paper the wide charts stand, the language switch does not, and no table is cut off."""
    browser.open(f"{(files / 'weighty.html').as_uri()}?lang=zh", width=760)
    browser.call("Emulation.setEmulatedMedia", media="print")
    try:
        drawn = "document.querySelector('{}').getClientRects().length"
        assert browser.run(drawn.format(".wide svg")) == 1
        assert browser.run(drawn.format(".narrow svg")) == 0
        assert browser.run(drawn.format(".switch")) == 0
        assert browser.run("document.documentElement.scrollWidth") <= 760
        assert len(browser.call("Page.printToPDF")["data"]) > 10_000
    finally:
        browser.call("Emulation.setEmulatedMedia", media="")
