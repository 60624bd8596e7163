"""An SM2 key in memory, for tests: a library signs."""

from __future__ import annotations

import gmalg

from optimizer.canon.signing import SM2, SM2_ID


class Sm2Key:
    """Holds an SM2 key; the library draws a number for each signature, so that no two are alike.

    Parameters
    ----------
    private
        32 bytes.
    """

    algorithm = SM2

    def __init__(self, private: bytes) -> None:
        self._library = gmalg.SM2(private, SM2_ID)
        self.public = gmalg.SM2().generate_pk(private)

    def sign(self, message: bytes) -> bytes:
        """Return r ‖ s."""
        return b"".join(part.rjust(32, b"\0") for part in self._library.sign(message))
