"""The seed text and its key: everything committed goes in, so no two draws share a key."""

from __future__ import annotations

import hashlib

from optimizer.domain.registry import Document
from optimizer.draw.sources import Seed


def draw_seed(seed: Seed, *, campaign: str, frame_root: str, spec_digest: str) -> Document:
    """Return ``seed.json`` of the first draw.

    Parameters
    ----------
    seed
        The source, after it has shown what it shows.
    campaign
        Its identifier.
    frame_root, spec_digest
        Hex.
    """
    return _document(seed, campaign, "draw", f"frame={frame_root} spec={spec_digest}")


def teams_seed(seed: Seed, *, campaign: str, odds_digest: str) -> Document:
    """Return ``teams-seed.json`` of the second draw.

    Parameters
    ----------
    odds_digest
        Digest of ``odds.json``, hex.
    """
    return _document(seed, campaign, "teams", f"odds={odds_digest}")


def _document(seed: Seed, campaign: str, purpose: str, bound: str) -> Document:
    text = f"double-random/v1 campaign={campaign} purpose={purpose} {bound} {seed.words()}"
    document: Document = {
        "format": "double-random/seed/v1",
        "campaign": campaign,
        "purpose": purpose,
        "source": seed.evidence(),
        "text": text,
        "key": hashlib.sha256(text.encode()).hexdigest(),
        "entropy_millibits": seed.entropy_millibits(),
        "test": seed.test,
    }
    if seed.warnings():
        document["warnings"] = list(seed.warnings())
    return document
