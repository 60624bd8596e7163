"""Opening a checkpoint that came from elsewhere."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from optimizer.canon import SHA256, Hash, merkle, note
from optimizer.errors import CheckFailedError, Fault, InputError
from optimizer.messages import sentence


def verify_checkpoint(
    data: bytes, vkey: str, entries: Iterable[bytes] | None = None, hash: Hash = SHA256
) -> tuple[str, int, bytes]:
    """Open a checkpoint.

    Parameters
    ----------
    data
        ``checkpoint.txt``.
    vkey
        The log's key, from elsewhere than the checkpoint.
    entries
        Lines whose tree must have the checkpoint's size and root, if given.
    hash
        What the tree is made with.

    Returns
    -------
    tuple
        (origin, size, root).

    Raises
    ------
    InputError
        If note or key are malformed.
    CheckFailedError
        If the signature does not hold, or the entries are others.
    """
    verifier = note.Verifier.parse(vkey)
    text = note.verify(data, [verifier]).text
    try:
        origin, number, encoded, _ = text.split("\n")
        size, root = int(number), base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise _malformed(text) from error
    if origin != verifier.name or str(size) != number or size < 0 or len(root) != 32:
        raise _malformed(text)
    if entries is not None:
        leaves = [merkle.leaf_hash(line, hash) for line in entries]
        if len(leaves) != size or merkle.root(leaves, hash) != root:
            raise CheckFailedError(sentence("checkpoint-differs"))
    return origin, size, root


def _malformed(text: str) -> InputError:
    return InputError(
        Fault(
            "checkpoint-malformed",
            "checkpoint.txt",
            value=text,
            expected="expected three lines: the key's name, a size and a root in base64",
            mend="Take the file from the publication again.",
        )
    )
