"""The teams' pages in a real browser: legible at 360 px, nothing from outside."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from devtools import Browser, find_browser
from test_prices_browser import MISPLACED
from test_publication_browser import NEEDED, PROGRAM

from optimizer.publication.page_own import page as own_page
from optimizer.publication.page_teams import page as report_page

pytestmark = pytest.mark.skipif(
    PROGRAM is None and not NEEDED,
    reason="no Chromium here: install it (apt-get install chromium), or set CHROMIUM",
)

STATES = ("going", "not", "replaced", "open")
DAYS = [f"2026-{month:02d}-{day:02d}" for month in (2, 3) for day in range(1, 29)]
OWN = {
    "campaign": "small-2026",
    "inspector": "I00154",
    "unit": "a-unit-with-a-name-longer-than-labels-140300",
    "going": [
        {"visit": "V000007", "day": DAYS[0], "unit": "u", "enterprise": "91140300MA0GTKUN3A",
         "checks": ["P-1"], "half_days": 2, "stands_in": stands_in}
        for stands_in in (False, True)
    ],
    "recusals": [
        {"enterprise": "91140300MA0GTKUN3A", "published": "a1" * 32, "grounds": grounds,
         "salt": "5a" * 16 if grounds else None}
        for grounds in (["family", "former_employer"], [])
    ],
    "rounds": [
        {
            "round": 2, "period": [DAYS[0], DAYS[-1]], "replaced": True,
            "days": [
                {
                    "day": day, "expected": f"{1 + n % 2}.{n:06d}",
                    "seats": [
                        {"visit": f"V{n:06d}", "skill": "特种设备" if n % 3 else "",
                         "seats": 1 + n % 2, "half_days": 1, "odds": "0.125000",
                         "state": STATES[n % 4]}
                    ],
                }
                for n, day in enumerate(DAYS)
            ],
            "workload": {"carried": "7.000000", "expected": "123.456789", "inspectors": 12,
                         "mean": "99.000000", "least": "0.000000", "greatest": "150.000000"},
        },
        {"round": 1, "period": [DAYS[0], DAYS[1]], "replaced": False, "days": [],
         "workload": {"carried": "0.000000", "expected": "0.000000", "inspectors": 2,
                      "mean": "0.500000"}},
    ],
}  # fmt: skip
CHANCES = ("nought", "under_half", "under", "even", "over", "over_double")
REPORT = {
    "campaign": "small-2026",
    "rounds": [
        {
            "round": 1, "period": [DAYS[0], DAYS[-1]],
            "units": [
                {"unit": f"{'market' * (1 + n % 5)}-{n}", "inspectors": 5, "seats": n,
                 "spread": "1.000000", "spread_leximin": "1.000000", "drawn_spread": n,
                 "entropy": "1.000000", "entropy_bound": "2.000000", "largest": "0.500000",
                 "certain": 0, "nought": n,
                 "chances": {name: (n * k) % 7 for k, name in enumerate(CHANCES)},
                 "expected": ["0.500000", f"{n}.500000"],
                 "standing": [[0, 1], [n + 1, 3]]}
                for n in range(20)
            ],
            "draws": [
                {"days": DAYS[:2], "seats": 4, "drawn": False, "after": None,
                 "committed": {"mean": "0.5", "largest": "0.9", "certain": 0},
                 "before": {"mean": "0.5", "largest": "0.9", "certain": 0},
                 "stood_in": [{"ground": "twice", "given_away": 3, "open": 1}]}
            ],
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Both pages."""
    folder = tmp_path_factory.mktemp("teams")
    (folder / "own.html").write_bytes(own_page(OWN))
    (folder / "report.html").write_bytes(report_page(REPORT))
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One browser for all tests here."""
    assert PROGRAM, "a browser is needed here, and none is installed"
    made = Browser(find_browser(), tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.mark.parametrize("name", ["own", "report"])
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_opens_without_errors_or_other_hosts(browser, files, name, width, dark):
    """The page asks for nothing but itself, and the console stays empty."""
    url = (files / f"{name}.html").as_uri()
    browser.open(url, width=width, dark=dark)
    assert browser.troubles() == []
    assert browser.requests() == [url]


@pytest.mark.parametrize("name", ["own", "report"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_fits_and_is_legible(browser, files, name, width, language):
    """The page does not scroll sideways; words are inside their chart, and none lie on two."""
    browser.open(f"{(files / name).as_uri()}.html?lang={language}", width=width)
    assert browser.run("document.documentElement.scrollWidth") == width
    assert browser.run(MISPLACED) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_language_shows(browser, files, language):
    """No word of the other language is seen, but for what reads the same in both."""
    browser.open(f"{(files / 'own.html').as_uri()}?lang={language}")
    text = browser.run("document.querySelector('main').innerText")
    assert ("未抽中" in text, "not going" in text) == (language == "zh", language == "en")
