"""What costs a hostile publisher nothing costs the verifiers little; stray files are named."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from mutate import forge, manifest
from test_mutations import SIGNER

from optimizer.canon import canonical
from optimizer.verifier import verify as module
from optimizer.verifier.verify import verify

CHECKPOINT = "ledger/checkpoint.txt"


def cpu_of(files: dict[str, bytes]) -> float:
    """Seconds of this process for one verification that must find a fault."""
    before = time.process_time()
    assert not verify(files).ok
    return time.process_time() - before


def test_signatures_without_end(tiny_documents: dict[str, bytes]) -> None:
    """One good signature line repeated: each takes milliseconds, so a note has at most 100."""
    note = tiny_documents[CHECKPOINT]
    line = note.split(b"\n\n")[1]
    report = verify(manifest({**tiny_documents, CHECKPOINT: note + 100 * line}))
    assert report.first_fault == {
        "file": CHECKPOINT,
        "place": "signature",
        "what": "has more than 100 signatures",
    }
    other = line.replace(b"double-random/tiny-2026", b"a.witness")
    assert verify(manifest({**tiny_documents, CHECKPOINT: note + 50 * other})).ok


def test_registers_without_end(tiny_documents: dict[str, bytes]) -> None:
    """A register is looked up, not searched for: time grows with their number, not its square."""
    path = "transcript/frame.json"
    frame = json.loads(tiny_documents[path])

    def with_more(count: int) -> dict[str, bytes]:
        more = [
            {"register": f"r{n}", "file": "f", "sha256": "0" * 64, "rows": 0, "excluded": []}
            for n in range(count)
        ]
        registers = [*frame["registers"], *more, more[-1]]
        data = canonical({**frame, "registers": registers})
        return forge(dict(tiny_documents), path, data, SIGNER)

    few, many = with_more(2000), with_more(16000)
    report = verify(many)
    assert report.first_fault["what"] == "stands there twice"
    assert cpu_of(many) < 24 * cpu_of(few) + 1


@pytest.mark.parametrize(
    "path",
    [
        "transcript/earlier/1/draw.json",
        "transcript/draws/1/frame.jsonl",
        "transcript/draws/1/earlier/1/seed.json",
        "superseded/1/draw.json",
        "superseded/x",
    ],
)
def test_stray_documents(tiny_documents: dict[str, bytes], path: str) -> None:
    """A document that nothing refers to, but whose name says it counts, is refused."""
    report = verify(manifest({**tiny_documents, path: tiny_documents["transcript/draw.json"]}))
    assert not report.ok
    assert report.first_fault["file"] == path
    assert report.first_fault["what"] in (
        "is of no draw that spec.json names",
        "is not in the ledger",
    )


@pytest.mark.parametrize(
    "time_of",
    ["2026-01-05T24:00:00Z", "2026-01-05T12:00:00+05:60", "2026-01-05T12:00:00-23:99"],
)
def test_times_that_pythons_read_differently(
    tiny_documents: dict[str, bytes], time_of: str
) -> None:
    """Python 3.14 reads 24:00, all read +05:60: RFC 3339 has neither."""
    path = "ledger/entries.jsonl"
    entries = [json.loads(line) for line in tiny_documents[path].splitlines()]
    entries[-1]["time"] = time_of
    data = b"".join(canonical(entry) + b"\n" for entry in entries)
    report = verify(forge(dict(tiny_documents), path, data, SIGNER))
    assert report.first_fault["what"].startswith("must be a time with zone")


ODD = (b"[1,]", b'{"a":1,}', b"[1 , ]", b'{"a":{"b":[1,\n ]}}', b'{"a":1, }', b"[,]", b"{,}")
OLD = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("verify", sys.argv[1])
sys.modules["verify"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
for text in json.load(sys.stdin):
    try:
        module.parse(text.encode(), "f")
        print("fine")
    except module.Fault as fault:
        print(fault.what)
"""


def test_every_python_says_the_same() -> None:
    """Python 3.13 says otherwise that a comma stands before an end: the words are as before."""
    pythons = [p for p in (shutil.which(f"python3.{n}") for n in range(8, 15)) if p]
    pythons += sorted(map(str, Path.home().glob(".pyenv/versions/3.[89].*/bin/python3")))
    pythons += sorted(map(str, Path.home().glob(".pyenv/versions/3.1[0-9]*.*/bin/python3")))
    wanted = []
    for data in ODD:
        with pytest.raises(module.Fault) as caught:
            module.parse(data, "f")
        wanted.append(caught.value.what)
    assert wanted[0] == "no strict JSON: Expecting value: line 1 column 4 (char 3)"
    for python in pythons:
        if subprocess.run([python, "-c", "pass"], capture_output=True, check=False).returncode:
            continue  # a name without a program behind it
        done = subprocess.run(
            [python, "-I", "-S", "-c", OLD, module.__file__],
            input=json.dumps([data.decode() for data in ODD]),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.splitlines() == wanted, (python, done.stderr)
