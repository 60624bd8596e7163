"""Cosignatures (C2SP tlog-cosignature): those of others are read, ours are what they should be."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from optimizer.canon import note
from optimizer.canon.cosignature import Cosigner, Witness, cosignatures, open_line
from optimizer.errors import CheckFailedError, InputError

# A checkpoint of a public log of certificates as it was served, with witnesses' cosignatures.
REAL = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""  # noqa: E501
LOG = (
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
)
REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
STAGEMOLE = "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv"
TEXT = "example.org/log\n3\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n"
OURS = Cosigner("witness.example/w", bytes(range(1, 33)))


def test_cosignatures_of_others_are_read() -> None:
    """Of known witnesses in the order of the note; the log's own signature holds beside them."""
    witnesses = [Witness.parse(STAGEMOLE), Witness.parse(REMORA)]
    found = cosignatures(REAL.encode(), witnesses)
    assert [(each.name, each.time) for each in found] == [
        ("remora.n621.de", 0x6A122120),
        ("witness.stagemole.eu", 0x6A122120),
    ]
    assert all(f"{each.line}\n" in REAL for each in found)
    assert note.verify(REAL.encode(), [note.Verifier.parse(LOG)]).signers == (LOG.split("+")[0],)
    assert [each.vkey for each in witnesses] == [STAGEMOLE, REMORA]


def test_a_cosignature_of_another_checkpoint_does_not_hold() -> None:
    """One more entry, another root, another time: refused, not ignored."""
    witnesses = [Witness.parse(REMORA)]
    for old, new in (
        ("1432088532", "1432088533"),
        ("U7WM", "V7WM"),
        ("2net5wAAAABqEiEg", "2net5wAAAABqEiEh"),
    ):
        with pytest.raises(CheckFailedError, match="remora"):
            cosignatures(REAL.replace(old, new).encode(), witnesses)


@given(st.integers(1, 2**40))
def test_ours_are_as_the_format_says(time: int) -> None:
    """Key id, time and message put together by hand; the library's own key verifies them."""
    line = OURS.cosign(TEXT, time)
    name, data = note.read_line(line)
    public = OURS.witness.public
    assert name == "witness.example/w"
    assert data[:4] == hashlib.sha256(b"witness.example/w\n\x04" + public).digest()[:4]
    assert int.from_bytes(data[4:12], "big") == time
    message = f"cosignature/v1\ntime {time}\n{TEXT}".encode()
    Ed25519PublicKey.from_public_bytes(public).verify(data[12:], message)
    found = open_line(TEXT, line, [OURS.witness])
    assert found is not None
    assert (found.name, found.time, found.line) == ("witness.example/w", time, line)
    assert open_line(TEXT, line, [Witness.parse(REMORA)]) is None


def test_a_key_that_signs_notes_is_no_witnesss_key() -> None:
    """Types keep the two apart, and so do key ids; the same name does not help."""
    with pytest.raises(InputError):
        Witness.parse(LOG)
    other = OURS.witness.vkey.replace("witness.example/w", "witness.example/v")
    with pytest.raises(InputError):
        Witness.parse(other)
    with pytest.raises(InputError):
        note.Verifier.parse(OURS.witness.vkey)


@pytest.mark.parametrize("cut", [4, 11, 12, 75])
def test_cut_cosignatures_do_not_hold(cut: int) -> None:
    """Too short, at every border: a failure in words."""
    _, data = note.read_line(OURS.cosign(TEXT, 1))
    short = base64.b64encode(data[: max(cut, 5)]).decode()
    with pytest.raises(CheckFailedError):
        open_line(TEXT, f"— witness.example/w {short}", [OURS.witness])
