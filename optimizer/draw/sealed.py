"""Sealed mode: what hangs on the campaign's secret.

The secret is 32 random bytes. Its commitment stands in the ledger before the public seed exists;
the seed text ends in it, so that nobody without it can make the key. Everything published before
the visits is a hash that holds the secret, so that no guess at a document can be tried against
it. Draft-thomson-elegy-vrs is the nearest published relative.
"""

from __future__ import annotations

import hmac

from optimizer.canon import digest
from optimizer.chance import hash_of, sub_key

SECRET_BYTES = 32


def seal_commitment(secret: bytes, campaign: str) -> str:
    """Return what the ledger holds of a secret before the seed exists, in hex.

    Parameters
    ----------
    secret
        32 random bytes, with the campaign's hash (`optimizer.chance.Key`).
    campaign
        Its identifier, so that a commitment serves one campaign.

    Raises
    ------
    ValueError
        If the secret is not 32 bytes.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret is {SECRET_BYTES} bytes")
    return sub_key(secret, "seal", campaign).hex()


def opens(secret: bytes, campaign: str, commitment: str) -> bool:
    """Return whether a secret is the one that was committed."""
    return len(secret) == SECRET_BYTES and hmac.compare_digest(
        seal_commitment(secret, campaign), commitment
    )


def sealed_digest(secret: bytes, name: str, data: bytes) -> str:
    """Return what the ledger holds of a document before it is opened, in hex.

    Parameters
    ----------
    name
        Path of the document, or ``substitution/<entry>``.
    data
        Its bytes.
    """
    return sub_key(secret, "sealed", f"{name}:{digest(data, hash_of(secret))}").hex()
