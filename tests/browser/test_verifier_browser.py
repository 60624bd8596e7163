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
from optimizer.draw import Dice
from optimizer.flow import (
    Given,
    commit_step,
    demo_secrets,
    own_proof,
    reveal_step,
    run_flow,
    seal_step,
    void_step,
)
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


def choose(browser, folder, selector="#folder"):
    """Give the page a folder, as the chooser does; return the report it comes to."""
    root = browser.call("DOM.getDocument")["root"]["nodeId"]
    node = browser.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
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
    assert browser.run("document.querySelectorAll('#checks tbody tr.ok').length") == 17
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


@pytest.fixture(scope="module")
def sealed():
    """A sealed campaign whose draw is made."""
    city = load_scenario(ROOT / "scenarios" / "adverse" / "one-day")

    def given(day):
        return Given(city, f"2025-12-{day}T09:00:00+08:00", read_verifiers())

    about = {"exclude_faulty": False, "scenario": city.name}
    secrets = demo_secrets(city.name)
    made = commit_step(None, given(20), secrets, sealed=True, about=about)
    made = seal_step(made, given(21), bytes(range(32)))
    return reveal_step(made, given(22), Dice("31415926535897932384")), given(23)


def test_a_campaign_under_way_and_a_void_one(browser, page, sealed, tmp_path):
    """The page says what waits for opening, and that a void draw counts for nothing."""
    drawn, later = sealed
    for name, dossier, words in (
        ("drawn", drawn, ("open, checks", "尚在进行")),
        ("void", void_step(drawn, later, reason="<b>a reason</b>"), ("<b>a reason</b>", "作废")),
    ):
        for path, data in dossier.public.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_bytes(data)
        browser.open(f"{page.as_uri()}?lang=zh")
        report = choose(browser, tmp_path / name)
        assert timeless(report) == timeless(verify.verify(tmp_path / name).as_dict())
        verdict = browser.run("document.querySelector('#verdict strong').innerText")
        assert all(word in verdict for word in words), verdict
        assert browser.troubles() == []


def test_an_enterprises_own_proof(browser, page, sealed, tmp_path):
    """A proof is chosen instead of a folder, and checked in the words of verify.py."""
    drawn, _ = sealed
    lines = drawn.private["transcript/frame.jsonl"].splitlines()
    identifier = json.loads(lines[3])["id"]
    for of in ("frame", "result"):
        file = tmp_path / f"{of}.tlog-proof"
        file.write_bytes(own_proof(drawn, identifier, of))
        browser.open(f"{page.as_uri()}?lang=zh")
        report = choose(browser, file, "#proof")
        assert timeless(report) == timeless(verify.verify_proof(file.read_bytes()).as_dict())
        assert "证明有效" in browser.run("document.getElementById('verdict').innerText")
        assert identifier in browser.run("document.getElementById('checks').innerText")
        file.write_bytes(file.read_bytes().replace(b"index", b"Index"))
        browser.open(page.as_uri())
        assert not choose(browser, file, "#proof")["ok"]
