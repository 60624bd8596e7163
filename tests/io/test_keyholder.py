"""A key behind a program: real programs, right and wrong ones."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from pathlib import Path

import gmalg
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from optimizer.canon import note
from optimizer.canon.signing import ED25519, SM2, SM2_ID, Ed25519Key
from optimizer.errors import InputError
from optimizer.io.keyholder import CommandKey, open_key_holder, read_public_key

SEED = bytes(range(32))
PRIVATE = bytes(31) + b"\7"


def program(code: str) -> list[str]:
    """A program of Python that has `data`, what came on its input, and `out`."""
    before = "import sys; data = sys.stdin.buffer.read(); out = sys.stdout.buffer; "
    return [sys.executable, "-c", before + code]


def code_of(error: pytest.ExceptionInfo[InputError]) -> str:
    (fault,) = error.value.faults
    assert fault.file == "--signer-command"
    assert fault.expected
    assert fault.mend
    return fault.code


def pem(data: bytes) -> str:
    text = base64.encodebytes(data).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n"


def test_a_program_signs_with_ed25519() -> None:
    """The message goes in as it is, the signature comes out; the note is that of the seed."""
    own = Ed25519Key(SEED)
    code = f"from optimizer.canon.signing import Ed25519Key as K; out.write(K({SEED!r}).sign(data))"
    held = CommandKey(program(code), ED25519, own.public)
    assert note.sign("甲\n", note.Signer("a", held)) == note.sign("甲\n", note.Signer("a", SEED))
    assert PRIVATE.hex() not in repr(held)


@pytest.mark.parametrize("der", [False, True])
def test_a_program_signs_with_sm2(der: bool) -> None:
    """The signature may come as r ‖ s or in DER."""
    public = gmalg.SM2().generate_pk(PRIVATE)
    library = gmalg.SM2(PRIVATE, SM2_ID)
    r, s = (int.from_bytes(part, "big") for part in library.sign(b"message\n"))
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    answer = encode_dss_signature(r, s) if der else raw
    held = CommandKey(program(f"out.write({answer!r})"), SM2, public)
    assert held.sign(b"message\n") == raw
    with pytest.raises(InputError, match="holds under the key") as error:
        held.sign(b"another message\n")
    assert code_of(error) == "signer-signature"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["no-such-program-anywhere"], "signer-start"),
        (program("sys.exit('the device is not plugged in')"), "signer-failed"),
        (program("pass"), "signer-answer"),
        (program("out.write(bytes(65))"), "signer-answer"),
        (program("out.write(bytes(64))"), "signer-signature"),
        (program("out.write(b'0' + bytes(70))"), "signer-answer"),
        (program("import time; time.sleep(60)"), "signer-slow"),
    ],
)
@pytest.mark.parametrize("algorithm", [ED25519, SM2], ids=["ed25519", "sm2"])
def test_bad_answers_are_refused(command, code: str, algorithm) -> None:
    """No program, a failing, silent or slow one, and what is no signature: each by its name."""
    public = Ed25519Key(SEED).public if algorithm is ED25519 else gmalg.SM2().generate_pk(PRIVATE)
    held = CommandKey(command, algorithm, public, seconds=1 if code == "signer-slow" else 30)
    with pytest.raises(InputError) as error:
        held.sign(b"message\n")
    assert code_of(error) == code
    if code == "signer-failed":
        assert "not plugged in" in str(error.value)


def test_public_keys_are_read(tmp_path: Path) -> None:
    """Both kinds, as openssl and others write them."""
    path = tmp_path / "log.pem"
    own = Ed25519Key(SEED).public
    path.write_text(pem(bytes.fromhex("302a300506032b6570032100") + own))
    assert read_public_key(path) == (ED25519, own)
    shown = gmalg.SM2().generate_pk(PRIVATE)
    der = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + shown
    path.write_text(pem(der).replace("\n", "\r\n"), newline="")
    assert read_public_key(path) == (SM2, shown)
    for wrong in ("", "x", pem(der[:-1]), pem(der + b"\0"), pem(b"")[:-3], pem(der) * 2, "é"):
        path.write_text(wrong, "utf-8")
        with pytest.raises(InputError) as error:
            read_public_key(path)
        assert error.value.faults[0].code == "signer-public"
    with pytest.raises(InputError) as error:
        read_public_key(tmp_path / "none.pem")
    assert error.value.faults[0].code == "file-unreadable"


def test_options(tmp_path: Path) -> None:
    """Both or neither; a command must be one."""
    path = tmp_path / "log.pem"
    path.write_text(pem(bytes.fromhex("302a300506032b6570032100") + Ed25519Key(SEED).public))
    assert open_key_holder(None, None) is None
    held = open_key_holder("sign 'my key'", path)
    assert held is not None
    assert held.algorithm is ED25519
    for command, public, code in (
        ("sign", None, "signer-half"),
        (None, path, "signer-half"),
        ("", path, "signer-words"),
        ("sign 'x", path, "signer-words"),
    ):
        with pytest.raises(InputError) as error:
            open_key_holder(command, public)
        assert error.value.faults[0].code == code


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl program here")
@pytest.mark.parametrize("kind", ["ed25519", "sm2"])
def test_openssl_holds_the_key(kind: str, tmp_path: Path) -> None:
    """OpenSSL makes the key, writes the public one, and signs a note that opens."""
    key, public = tmp_path / "key.pem", tmp_path / "public.pem"
    what = {"ed25519": ["ED25519"], "sm2": ["EC", "-pkeyopt", "ec_paramgen_curve:SM2"]}[kind]
    made = subprocess.run(
        ["openssl", "genpkey", "-algorithm", *what, "-out", key], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this openssl has no such key")
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
    sign = f"openssl dgst -sm3 -sign '{key}' -sigopt distid:1234567812345678"
    if kind == "ed25519":
        # It asks for a file whose size it can see: a pipe will not do.
        script = tmp_path / "sign.sh"
        script.write_text(
            f"cat > '{key}.in'\nopenssl pkeyutl -sign -rawin -inkey '{key}' -in '{key}.in'\n"
        )
        sign = f"sh '{script}'"
    held = open_key_holder(sign, public)
    assert held is not None
    signer = note.Signer("double-random/tiny", held)
    signed = note.sign("double-random/tiny\n13\nAA==\n", signer)
    assert note.verify(signed, [note.Verifier.parse(signer.vkey)]).signers == (signer.name,)
