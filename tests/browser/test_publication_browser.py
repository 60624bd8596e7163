"""The pages in a real browser: no errors, no other host, both languages, narrow screens."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from devtools import Browser, find_browser

from optimizer.publication import publish

PAGES = ("index.html", "notice-plan.html", "notice-results.html")
PROGRAM = find_browser()
NEEDED = "DOUBLE_RANDOM_NEED_BROWSER" in os.environ
"""Where the browser is installed on purpose, as by the CI script, its absence is a failure."""

pytestmark = pytest.mark.skipif(
    PROGRAM is None and not NEEDED,
    reason="no Chromium here: install it (apt-get install chromium), or set CHROMIUM",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A publication on disk, opened as files."""
    source = Path(__file__).parent.parent / "publication" / "synthetic_run.py"
    spec = importlib.util.spec_from_file_location("synthetic_run_for_browser", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    target = tmp_path_factory.mktemp("publication")
    about = {"text": {"zh": "说明文字", "en": "Some words"}, "assumptions": ["a" * 200]}
    for path, data in publish(module.make_run(enterprises=500, demo=True, about=about)).items():
        (target / path).parent.mkdir(exist_ok=True)
        (target / path).write_bytes(data)
    return target


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One browser for all tests here."""
    assert PROGRAM, "a browser is needed here, and none is installed"
    made = Browser(PROGRAM, tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, False), (390, True)])
def test_opens_without_errors_or_other_hosts(browser, folder, name, width, dark):
    """The page asks for nothing but itself, and the console stays empty."""
    url = (folder / name).as_uri()
    browser.open(url, width=width, dark=dark)
    assert browser.troubles() == []
    assert browser.requests() == [url]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_runs_over_a_narrow_screen(browser, folder, name, language):
    """At 390 px the page scrolls one way only, with every fold open."""
    browser.open(f"{(folder / name).as_uri()}?lang={language}", width=390)
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert browser.run("document.documentElement.clientWidth") == 390
    assert browser.run("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("name", PAGES)
def test_language_switches_by_keyboard(browser, folder, name):
    """The arrow key changes the language of words, title and document."""
    browser.open(f"{(folder / name).as_uri()}?lang=zh")
    shown = "[...document.querySelectorAll('{0}')].filter(e => e.getClientRects().length).length"
    chinese, english = shown.format("span.zh"), shown.format("span.en")
    assert browser.run("document.documentElement.lang") == "zh-CN"
    assert browser.run(chinese) > 10
    assert browser.run(english) == 0
    title = browser.run("document.title")
    browser.run("document.getElementById('lang-zh').focus()")
    browser.key("ArrowRight", 39)
    assert browser.run("document.documentElement.lang") == "en"
    assert browser.run(english) > 10
    assert browser.run(chinese) == 0
    assert browser.run("document.title") not in ("", title)


def test_language_is_kept_from_page_to_page(browser, folder):
    """Who chose English on one page reads the next one in English."""
    browser.open(f"{(folder / 'index.html').as_uri()}?lang=zh")
    browser.run("document.querySelector('label[for=lang-en]').click()")
    browser.open((folder / "notice-plan.html").as_uri())
    kept = browser.run("document.documentElement.lang")
    browser.run("document.querySelector('label[for=lang-zh]').click()")
    assert kept == "en"


def test_language_switches_without_script(browser, folder):
    """The switch is style only: a click on the label works where scripts are turned off."""
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open((folder / "index.html").as_uri())
        before = browser.run("document.querySelector('h2 .en').getClientRects().length")
        at = browser.run(
            "(r => [r.x + r.width / 2, r.y + r.height / 2])"
            "(document.querySelector('label[for=lang-en]').getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            browser.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1],
                         button="left", clickCount=1)  # fmt: skip
        after = browser.run("document.querySelector('h2 .en').getClientRects().length")
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert (before, after) == (0, 1)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_of_charts_stay_readable_and_inside(browser, folder, width, language):
    """No word of a drawing in sight is smaller than 9 px or runs out of its drawing."""
    browser.open(f"{(folder / 'index.html').as_uri()}?lang={language}", width=width)
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    found = browser.run(
        """[...document.querySelectorAll('svg.chart')].flatMap(svg => {
          const box = svg.getBoundingClientRect();
          if (!box.width) return [];
          const scale = box.width / svg.viewBox.baseVal.width;
          return [...svg.querySelectorAll('text')].flatMap(t => {
            const r = t.getBoundingClientRect();
            if (!r.width) return [];
            const size = parseFloat(getComputedStyle(t).fontSize) * scale;
            const out = r.left < box.left - 1 || r.right > box.right + 1;
            return size < 9 || out ? [[svg.querySelector('title').textContent, t.textContent,
              size, r.left - box.left, r.right - box.right]] : [];
          });
        })"""
    )
    assert found == []


def test_contrast_of_words_is_enough(browser, folder):
    """Running text, notes and headings reach 4.5 to 1 (WCAG AA) in light and in dark."""
    for dark in (False, True):
        browser.open((folder / "index.html").as_uri(), dark=dark)
        found = browser.run(
            """(() => {
          const light = c => { const v = c.map(x => x / 255).map(
            x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
            return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
          const rgb = s => s.match(/[\\d.]+/g).map(Number);
          const ground = e => { for (; e; e = e.parentElement) {
            const c = rgb(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
          const bad = new Set();
          const words = 'h1,h2,h3,small,p,dt,dd,li,th,td,a,summary,label,footer';
          for (const e of document.querySelectorAll(words)) {
            if (!e.getClientRects().length) continue;
            const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(ground(e));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) bad.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
          }
          return [...bad]; })()"""
        )
        assert found == [], dark
