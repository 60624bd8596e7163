"""The second verifier's page, opened from the disk: a folder is chosen, and recomputed in place."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from devtools import Browser, find_browser

from optimizer.cli.verify import read_verifiers
from optimizer.flow import demo_secrets, run_flow
from optimizer.io.scenario import load_scenario
from optimizer.verifier import verify

ROOT = Path(__file__).parents[2]
PROGRAM = find_browser()
NEEDED = "DOUBLE_RANDOM_NEED_BROWSER" in os.environ

pytestmark = pytest.mark.skipif(
    PROGRAM is None and not NEEDED,
    reason="no Chromium here: install it (apt-get install chromium), or set CHROMIUM",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A publication on disk, verifiers included."""
    city = load_scenario(ROOT / "scenarios" / "adverse" / "one-day")
    done = run_flow(city, secrets=demo_secrets(city.name), verifiers=read_verifiers(), effort=5)
    target = tmp_path_factory.mktemp("verified") / "published"
    for path, data in done.documents.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(data)
    return target


@pytest.fixture(scope="module")
def page(folder):
    """The page as published."""
    return folder / "verify.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One browser for all tests here."""
    assert PROGRAM, "a browser is needed here, and none is installed"
    made = Browser(PROGRAM, tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


def choose(browser, folder):
    """Give the page a folder, as the chooser does; return the report it comes to."""
    root = browser.call("DOM.getDocument")["root"]["nodeId"]
    node = browser.call("DOM.querySelector", nodeId=root, selector="#folder")["nodeId"]
    browser.call("DOM.setFileInputFiles", nodeId=node, files=[str(folder)])
    end = time.monotonic() + 60
    found = "(e => e && e.textContent)(document.getElementById('report'))"
    while not (report := browser.run(found)):
        assert time.monotonic() < end, browser.run("document.body.innerText")
        time.sleep(0.05)
    return json.loads(report)


def timeless(report):
    """Return a report without the times, in which no two runs agree."""
    checks = [{k: v for k, v in check.items() if k != "seconds"} for check in report["checks"]]
    return {**report, "checks": checks}


def test_a_folder_is_verified_from_the_disk(browser, page, folder):
    """The page says what verify.py says in every word, asks for nothing, and logs no trouble."""
    browser.open(page.as_uri())
    assert timeless(choose(browser, folder)) == timeless(verify.verify(folder).as_dict())
    assert browser.run("document.querySelectorAll('#checks tbody tr.ok').length") == 15
    assert browser.run("document.getElementById('verdict').className") == "ok"
    assert browser.troubles() == []
    script = page.with_name("verify.js").as_uri()
    assert {url for url in browser.requests() if not url.startswith("data:")} == {
        page.as_uri(),
        script,
    }


def test_a_changed_file_is_named(browser, page, folder, tmp_path):
    """A folder with one byte changed is refused with the words of verify.py."""
    bent = tmp_path / "bent"
    shutil.copytree(folder, bent)
    plan = bent / "transcript" / "plan.json"
    plan.write_bytes(plan.read_bytes().replace(b'"lead"', b'"Lead"', 1))
    browser.open(page.as_uri())
    report = choose(browser, bent)
    assert timeless(report) == timeless(verify.verify(bent).as_dict())
    assert "transcript/plan.json" in browser.run("document.getElementById('verdict').innerText")
    assert browser.run("document.getElementById('verdict').className") == "fault"


def test_key_and_language(browser, page, folder):
    """A key from elsewhere is compared; the words are Chinese first, English on request."""
    browser.open(f"{page.as_uri()}?lang=zh")
    shown = "document.querySelector('h1').innerText"
    assert browser.run(shown) == "自行核验"
    browser.run("document.getElementById('show-en').click()")
    assert browser.run(shown) == "Verify it yourself"
    assert browser.run("document.documentElement.lang") == "en"
    browser.run("document.getElementById('vkey').value = 'another+00000000+AA=='")
    report = choose(browser, folder)
    assert report["first_fault"]["what"].startswith("the key given with --vkey")
    browser.run("document.getElementById('show-zh').click()")
    assert browser.run("document.querySelector('#verdict strong').innerText").startswith(
        "第一处错误"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_runs_over_a_narrow_screen(browser, page, folder, language):
    """At 390 px the page scrolls one way only, with a report on it."""
    browser.open(f"{page.as_uri()}?lang={language}", width=390)
    choose(browser, folder)
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert browser.run("document.documentElement.scrollWidth") == 390
