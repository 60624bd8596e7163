"""The page of an entry code in a real browser: on a phone, in both languages, light and dark."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from devtools import Browser, find_browser

from optimizer.publication.page_entry_code import check_page, code_page
from optimizer.publication.qr import qr_svg

PROGRAM = find_browser()
pytestmark = pytest.mark.skipif(
    PROGRAM is None and "DOUBLE_RANDOM_NEED_BROWSER" not in os.environ,
    reason="no Chromium here: install it (apt-get install chromium), or set CHROMIUM",
)
CODE = "DR1" + "A7" * 95
TOLD = {
    "authorised": True,
    "words": {"zh": "检查已获授权", "en": "This visit is authorised."},
    "today": "2026-04-14",
    "days": ["2026-04-14", "2026-04-14"],
    "enterprise": {"id": "91140300MA0GTEST8X", "name": "阳泉市某某煤业有限责任公司" * 3},
    "departments": [{"id": "fire", "name": "消防救援"}, {"id": "market", "name": "市场监管"}],
    "units": [{"id": "fire-140302", "name": "城区消防救援大队", "inspectors": 2}],
    "items": [{"id": "F-01", "name": "人员密集场所消防安全"}],
    "inspectors": 2,
}
REFUSED = {
    "authorised": False,
    "words": {"zh": "检查码系伪造或已被改动", "en": "The signature does not hold."},
    "today": "2026-04-14",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The three pages on disk."""
    target = tmp_path_factory.mktemp("pages")
    (target / "yes.html").write_bytes(check_page(TOLD))
    (target / "no.html").write_bytes(check_page(REFUSED))
    shown = {key: value for key, value in TOLD.items() if key != "words"}
    qr = qr_svg(f"HTTPS://JC.EXAMPLE.CN/E/{CODE}")
    (target / "code.html").write_bytes(code_page(shown, letters=CODE, qr=qr))
    return target


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One browser for all tests here."""
    assert PROGRAM, "a browser is needed here, and none is installed"
    made = Browser(PROGRAM, tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.mark.parametrize("name", ["yes.html", "no.html", "code.html"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_shows_it_whole(browser, pages, name, language, dark):
    """At 390 px nothing runs over, nothing is loaded, and one language is seen."""
    url = f"{(pages / name).as_uri()}?lang={language}"
    browser.open(url, width=390, dark=dark)
    assert browser.troubles() == []
    assert [each for each in browser.requests() if not each.startswith("data:")] == [url]
    assert browser.run("document.documentElement.scrollWidth") == 390
    seen = browser.run("document.body.innerText")
    assert ("入企检查码" in seen) == (language == "zh")
    assert ("Entry code" in seen) == (language == "en")


def test_the_code_is_drawn_on_white(browser, pages):
    """On a dark page too the QR code has a white ground, and is as wide as a phone can read."""
    browser.open((pages / "code.html").as_uri(), width=390, dark=True)
    ground = browser.run("getComputedStyle(document.querySelector('.qr')).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert browser.run("document.querySelector('.qr').getBoundingClientRect().width") >= 250
