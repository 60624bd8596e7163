"""A signing key that stays where it is: a device or a program signs, and answers the signature.

A bureau's key lives in a USB key (智能密码钥匙), a card or a server; what it is reached by differs
from maker to maker. So a program is asked: it gets the message on its input, nothing else, and
writes the signature to its output. Behind it may stand PKCS#11, GM/T 0016 or ``openssl``.
"""

from __future__ import annotations

import base64
import binascii
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from optimizer.canon.signing import ED25519, SM2, Algorithm
from optimizer.errors import InputError
from optimizer.registers.fault import make_fault

SECONDS = 300
"""How long a program may take: somebody may have to touch the device or type a number."""

_PEM = re.compile(
    r"\s*-----BEGIN PUBLIC KEY-----\s([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*", re.ASCII
)
_BEFORE = {
    bytes.fromhex("302a300506032b6570032100"): ED25519,
    bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200"): SM2,
}
"""What stands before the key in its DER (RFC 5280, SubjectPublicKeyInfo): one way of writing it."""


class CommandKey:
    """A key behind a program.

    Parameters
    ----------
    command
        The program and its arguments; no shell reads them.
    algorithm, public
        What the program signs with; its answers are held to it.
    seconds
        How long it may take.
    """

    def __init__(
        self,
        command: Sequence[str],
        algorithm: Algorithm,
        public: bytes,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self.algorithm = algorithm
        self.public = public
        self._command = list(command)
        self._seconds = seconds

    def __repr__(self) -> str:
        return f"<CommandKey {self._command[0]}: {self.algorithm.name}>"

    def sign(self, message: bytes) -> bytes:
        """Ask for a signature.

        Returns
        -------
        bytes
            64 bytes. SM2 may be answered as ``r ‖ s`` or in DER (GM/T 0009-2012).

        Raises
        ------
        InputError
            Where the program does not start, fails, takes too long, or answers what is no
            signature of the message under the public key.
        """
        answer = self._ask(message)
        signature = answer
        if len(answer) != 64 and self.algorithm is SM2:
            try:
                r, s = decode_dss_signature(answer)
                signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
            except (ValueError, OverflowError):
                pass
        if len(signature) != 64:
            raise self._fault("signer-answer", f"{len(answer)} bytes")
        if not self.algorithm.holds(self.public, message, signature):
            raise self._fault("signer-signature", signature.hex())
        return signature

    def _ask(self, message: bytes) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - the program is what the user names
                self._command,
                input=message,
                capture_output=True,
                check=False,
                timeout=self._seconds,
            )
        except subprocess.TimeoutExpired:
            raise self._fault("signer-slow", seconds=f"{self._seconds:g}") from None
        except OSError as error:
            raise self._fault("signer-start", reason=error.strerror or str(error)) from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no word"]
            raise self._fault("signer-failed", status=done.returncode, said=said[-1][:200])
        return done.stdout

    def _fault(self, code: str, value: str = "", **params: object) -> InputError:
        shown = value or shlex.join(self._command)
        return InputError(make_fault(code, "--signer-command", None, "", shown, **params))


def read_public_key(path: Path) -> tuple[Algorithm, bytes]:
    """Read a public key as ``openssl pkey -pubout`` writes it: PEM, Ed25519 or SM2.

    Raises
    ------
    InputError
        If there is no such file, or it holds anything else.
    """
    try:
        found = _PEM.fullmatch(path.read_text("ascii"))
        data = base64.b64decode("".join(found[1].split()), validate=True) if found else b""
    except OSError as error:
        raise InputError(
            make_fault("file-unreadable", str(path), reason=error.strerror or str(error))
        ) from None
    except (UnicodeDecodeError, binascii.Error):
        data = b""
    for before, algorithm in _BEFORE.items():
        public = data[len(before) :]
        if data.startswith(before) and len(public) == algorithm.public_size:
            return algorithm, public
    raise InputError(make_fault("signer-public", str(path)))


def open_key_holder(command: str | None, public: Path | None) -> CommandKey | None:
    """Return the key behind a program, or ``None`` where neither is given.

    Parameters
    ----------
    command
        The program and its arguments, as a shell would split them.
    public
        File of the public key.

    Raises
    ------
    InputError
        Where one is given without the other, or cannot be read.
    """
    if command is None and public is None:
        return None
    if command is None or public is None:
        given, missing = "--signer-command", "--signer-public"
        if command is None:
            given, missing = missing, given
        raise InputError(make_fault("signer-half", given, missing=missing))
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        raise InputError(make_fault("signer-words", "--signer-command", value=command))
    return CommandKey(words, *read_public_key(public))
