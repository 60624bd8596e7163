"""Signed notes against the Go module's vectors."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.canon import note
from optimizer.errors import CheckFailedError, InputError

VECTORS = json.loads(Path("tests/vectors/notes.json").read_text(encoding="utf-8"))
FIRST = VECTORS["notes"][0]
SIGNER = note.Signer("log.example", bytes(range(32)))


def written(case: dict) -> bytes:
    return (case["text"] + "\n" + "".join(s + "\n" for s in case["signatures"])).encode()


@pytest.mark.parametrize("case", VECTORS["notes"], ids=lambda case: case["source"][:20])
def test_published_notes_open(case: dict) -> None:
    """Published notes verify under their keys, and under each of them alone."""
    verifiers = [note.Verifier.parse(vkey) for vkey in case["vkeys"]]
    opened = note.verify(written(case), verifiers)
    assert opened == note.Note(case["text"], tuple(v.name for v in verifiers))
    for verifier in verifiers:
        assert note.verify(written(case), [verifier]).signers == (verifier.name,)


def test_go_signer_gives_the_same_note() -> None:
    """Go's private key gives Go's signature and verifier key (Ed25519 is deterministic)."""
    encoded = FIRST["signer"].rsplit("+", 1)[0], FIRST["signer"].split("+", 4)[4]
    signer = note.Signer("PeterNeumann", base64.b64decode(encoded[1])[1:])
    assert signer.vkey == FIRST["vkeys"][0]
    assert note.sign(FIRST["text"], signer) == written(
        {"text": FIRST["text"], "signatures": FIRST["signatures"][:1]}
    )


@pytest.mark.parametrize("vkey", VECTORS["bad_vkeys"])
def test_bad_keys_are_refused(vkey: str) -> None:
    """Keys that Go refuses are refused."""
    with pytest.raises(InputError):
        note.Verifier.parse(vkey)


def test_altered_keys_are_refused() -> None:
    """Any proper substring of a key, and any byte one higher, is refused."""
    vkey = FIRST["vkeys"][0]
    substrings = {vkey[:i] for i in range(len(vkey))} | {vkey[i:] for i in range(1, len(vkey))}
    stepped = {vkey[:i] + chr(ord(vkey[i]) + 1) + vkey[i + 1 :] for i in range(len(vkey))}
    for bad in substrings | stepped:
        with pytest.raises(InputError):
            note.Verifier.parse(bad)


def test_malformed_notes_are_refused() -> None:
    """The malformations of Go's TestOpen are refused as malformed."""
    text, good = FIRST["text"], written(FIRST)
    line = FIRST["signatures"][0]
    for bad in [
        text.encode(),
        (text + "\n").encode(),
        good[:-1],
        b"\x01" + good,
        b"\xff" + good,
        (text + "\n— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZIn\n").encode(),
        good + b"Unexpected line.\n",
        (text + "\n" + (line + "\n") * 101).encode(),
        (text + "\n" + line[:-1] + "\n").encode(),
    ]:
        with pytest.raises(InputError):
            note.verify(bad, [note.Verifier.parse(FIRST["vkeys"][0])])


def test_false_and_unknown_signatures() -> None:
    """A changed text fails its known key; unknown keys alone are not enough."""
    signed = note.sign("size 14\n", SIGNER)
    with pytest.raises(CheckFailedError, match="does not hold"):
        note.verify(signed.replace(b"14", b"15"), [SIGNER.verifier])
    other = note.Signer("log.example", bytes(32))
    with pytest.raises(CheckFailedError, match="no signature"):
        note.verify(signed, [other.verifier])
    both = note.sign("size 14\n", other, SIGNER)
    assert note.verify(both, [SIGNER.verifier]).signers == ("log.example",)


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=60)


@given(TEXT, st.binary(min_size=32, max_size=32))
def test_what_is_signed_verifies(text: str, seed: bytes) -> None:
    """Any text, blank lines included, comes back from its signed note."""
    signer = note.Signer("甲/log-1", seed)
    opened = note.verify(note.sign(text + "\n", signer), [note.Verifier.parse(signer.vkey)])
    assert opened == note.Note(text + "\n", ("甲/log-1",))


@given(st.binary(max_size=200))
def test_reader_never_crashes(data: bytes) -> None:
    """Any bytes are refused with our errors."""
    with pytest.raises((InputError, CheckFailedError)):
        note.verify(data, [SIGNER.verifier])


def test_bad_arguments() -> None:
    """Names with spaces or plus, short seeds and texts without newline are refused."""
    for name in ("", "a b", "a+b", "a\n"):
        with pytest.raises(ValueError, match="name"):
            note.Signer(name, bytes(32))
    with pytest.raises(ValueError, match="32 bytes"):
        note.Signer("a", bytes(31))
    for text in ("no newline", "", "tab\there\n"):
        with pytest.raises(ValueError, match="newline"):
            note.sign(text, SIGNER)
    with pytest.raises(ValueError, match="signer"):
        note.sign("a\n")
