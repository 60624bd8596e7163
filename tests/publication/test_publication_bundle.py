"""The folder: what is in it, and that it is a pure function of the run."""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.errors import InputError
from optimizer.publication import publish

PAGES = {
    "index.html", "notice-plan.html", "notice-plan.xlsx", "notice-results.html",
    "notice-results.xlsx", "summary.json", "verify.py", "README.txt", "manifest.json",
}  # fmt: skip


def test_folder_holds_the_contract_s_files_and_no_other(run, files):
    """Pages, workbooks, verifiers, documents: the list of docs/formats/publication.md."""
    assert set(files) == PAGES | set(run.documents)


def test_verifiers_are_carried_and_shown(run):
    """Each verifier given is in the folder as it is; the page shows what is there, and no more."""
    shown = '<a href="verify.html">'
    assert shown not in publish(run)["index.html"].decode()
    given = {"verify.py": b"# one", "verify.js": b"// two", "verify.html": b"<p>"}
    made = publish(dataclasses.replace(run, verifiers=given))
    assert {name: made[name] for name in given} == given
    assert shown in made["index.html"].decode()
    assert given.keys() <= json.loads(made["manifest.json"])["files"].keys()


def test_documents_pass_through_unchanged(run, files):
    """What the ledger committed is what is published, byte for byte."""
    assert {path: files[path] for path in run.documents} == dict(run.documents)


def test_manifest_names_every_other_file_by_its_hash(files):
    """Nobody can exchange a file without the manifest showing it."""
    manifest = json.loads(files["manifest.json"])
    expected = {
        path: hashlib.sha256(data).hexdigest()
        for path, data in files.items()
        if path != "manifest.json"
    }
    assert manifest == {
        "format": "double-random/manifest/v1",
        "campaign": "synthetic-2026",
        "files": expected,
    }


def test_same_bytes_in_other_surroundings(files):
    """Hash seed, time zone, umask and locale of the process change no byte."""
    program = (
        "import os, sys, hashlib; os.umask(0o077); sys.path.insert(0, sys.argv[1])\n"
        "from synthetic_run import make_run; from optimizer.publication import publish\n"
        "for p, b in publish(make_run(enterprises=400)).items():\n"
        "    print(hashlib.sha256(b).hexdigest(), p)\n"
    )
    expected = [f"{hashlib.sha256(data).hexdigest()} {path}" for path, data in files.items()]
    for seed, zone in (("1", "Asia/Shanghai"), ("77", "America/New_York")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-c", program, str(Path(__file__).parent)],
            env=env, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.split("\n")[:-1] == expected


@pytest.mark.parametrize("gone", ["transcript/odds.json", "ledger/log.vkey"])
def test_missing_documents_are_all_named(run, gone):
    """A run that did not go through every stage is refused, each document named."""
    kept = {p: b for p, b in run.documents.items() if p not in (gone, "transcript/plan.json")}
    with pytest.raises(InputError) as raised:
        publish(dataclasses.replace(run, documents=kept))
    assert {fault.file for fault in raised.value.faults} == {gone, "transcript/plan.json"}


@pytest.mark.parametrize(
    ("change", "told"), [({"demo": True}, "由公开名称推导"), ({"fixed": True}, "种子是事先固定的")]
)
def test_demo_secrets_and_fixed_seeds_are_said_on_every_page(change, told):
    """No page of an unofficial run can be taken for an official one."""
    from synthetic_run import make_run

    made = publish(make_run(enterprises=60, **change))
    for path in ("index.html", "notice-plan.html", "notice-results.html", "README.txt"):
        assert told in made[path].decode(), path


def test_official_run_has_no_banner(files):
    """The banner is there only when there is something to warn of."""
    for path in ("index.html", "notice-plan.html", "notice-results.html"):
        assert 'class="warn"' not in files[path].decode()


def test_readme_says_how_to_verify_in_both_languages(files):
    """Whoever gets the folder alone knows what to do with it."""
    text = files["README.txt"].decode()
    assert text.count("python3 -I -S verify.py .\n") == 2
    assert "如何核验" in text
    assert "How to verify" in text
    assert "{" not in text
