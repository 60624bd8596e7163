"""Proof texts against the C2SP format, its example, the Go log's note and the reference trees."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.canon import merkle, note
from optimizer.canon.tlog_proof import HEADER, TlogProof
from optimizer.errors import InputError
from optimizer.verifier import verify

NOTES = json.loads(Path("tests/vectors/notes.json").read_text(encoding="utf-8"))["notes"]
TREES = json.loads(Path("tests/vectors/merkle.json").read_text(encoding="utf-8"))
HASH = st.binary(min_size=32, max_size=32)

# The example of the format's page: c2sp.org/tlog-proof (its base64 of `extra` is cut off there).
EXAMPLE = """c2sp.org/tlog-proof@v1
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

"""


def go_note() -> bytes:
    """The checkpoint of a real log."""
    found = next(one for one in NOTES if one["text"].startswith("go.sum database tree\n"))
    return (found["text"] + "\n" + "".join(f"{s}\n" for s in found["signatures"])).encode()


def test_the_example_of_the_format_is_read_and_written() -> None:
    """Header, index, hashes, an empty line, the checkpoint verbatim."""
    text = EXAMPLE.encode() + go_note()
    proof = TlogProof.parse(text)
    assert (proof.index, len(proof.hashes), proof.extra) == (73894, 5, None)
    assert proof.checkpoint == go_note()
    assert proof.to_text() == text
    key = next(one for one in NOTES if one["text"].startswith("go.sum"))["vkeys"][0]
    opened = note.verify(proof.checkpoint, [note.Verifier.parse(key)])
    assert opened.signers == ("sum.golang.org",)


@given(st.integers(0, 2**62), st.lists(HASH, max_size=40), st.none() | st.binary(min_size=1))
def test_written_is_read(index: int, hashes: list[bytes], extra: bytes | None) -> None:
    """Any proof comes back as it was; the lines are those that the format asks for."""
    proof = TlogProof(index, tuple(hashes), go_note(), extra)
    text = proof.to_text()
    assert TlogProof.parse(text) == proof
    lines = text.decode().split("\n")
    assert lines[0] == HEADER
    rest = lines[1:] if extra is None else lines[2:]
    if extra is not None:
        assert lines[1] == f"extra {base64.b64encode(extra).decode()}"
    assert rest[0] == f"index {index}"
    assert rest[len(hashes) + 1] == ""


def test_reference_trees_through_the_text() -> None:
    """Inclusion proofs of the reference vectors hold after a way through the text, good or bad."""
    tried = 0
    for one in TREES["inclusion"]:
        path, leaf, root = (
            [bytes.fromhex(node) for node in one["proof"]],
            bytes.fromhex(one["leaf_hash"]),
            bytes.fromhex(one["root"]),
        )
        if not 0 <= one["index"] < 2**63 or any(len(node) != 32 for node in path):
            continue
        again = TlogProof.parse(TlogProof(one["index"], tuple(path), b"note\n").to_text())
        good = merkle.verify_inclusion(again.index, one["size"], leaf, list(again.hashes), root)
        assert good == one["valid"], one["case"]
        led = verify.path_root(again.index, one["size"], leaf, list(again.hashes))
        assert (led == root and len(leaf) == len(root) == 32) == one["valid"], one["case"]
        tried += 1
    assert tried > 20


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n",
        "wrong-header\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex notanumber\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 007\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n\n",
        "c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nextra YQ\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra YQ==\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nYQ==\n\nnote\n",
        "c2sp.org/tlog-proof@v1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\nnote\n",
        "\ufeffc2sp.org/tlog-proof@v1\nindex 0\n\nnote\n",
    ],
)
def test_malformed_texts_are_refused(text: str) -> None:
    """As the format asks, each with a code."""
    with pytest.raises(InputError) as raised:
        TlogProof.parse(text.encode())
    assert raised.value.faults[0].code == "proof-malformed"
