"""The seed text and its key: everything committed goes in, so no two draws share a key."""

from __future__ import annotations

from datetime import date

from optimizer.canon import SHA256, Hash, digest
from optimizer.domain.registry import Document
from optimizer.draw.sources import Seed


def draw_seed(
    seed: Seed,
    *,
    campaign: str,
    frame_root: str,
    spec_digest: str,
    secret: bytes | None = None,
    hash: Hash = SHA256,
) -> Document:
    """Return ``seed.json`` of the first draw.

    Parameters
    ----------
    seed
        The source, after it has shown what it shows.
    campaign
        Its identifier.
    frame_root, spec_digest
        Hex.
    secret
        In sealed mode: the text ends in it, so that who lacks it cannot make the key, and who
        has the text repeats the draw with nothing but the hash.
    hash
        The campaign's.
    """
    ending = "" if secret is None else f" secret={secret.hex()}"
    bound = f"frame={frame_root} spec={spec_digest}"
    return _document(seed, campaign, "draw", bound, hash, ending)


def teams_seed(
    seed: Seed,
    *,
    campaign: str,
    odds_digest: str,
    days: tuple[date, date] | None = None,
    hash: Hash = SHA256,
) -> Document:
    """Return ``teams-seed.json`` of the second draw.

    Parameters
    ----------
    odds_digest
        Digest of ``odds.json``, hex.
    days
        First and last of those that are drawn, from the second draw of these odds on.
    hash
        The campaign's.
    """
    bound = f"odds={odds_digest}"
    if days is not None:
        bound += f" days={days[0].isoformat()}/{days[1].isoformat()}"
    return _document(seed, campaign, "teams", bound, hash)


def _document(
    seed: Seed, campaign: str, purpose: str, bound: str, hash: Hash, ending: str = ""
) -> Document:
    text = f"double-random/v1 campaign={campaign} purpose={purpose} {bound} {seed.words()}{ending}"
    document: Document = {
        "format": "double-random/seed/v1",
        "campaign": campaign,
        "purpose": purpose,
        "source": seed.evidence(),
        "text": text,
        "key": digest(text.encode(), hash),
        "entropy_millibits": seed.entropy_millibits(),
        "test": seed.test,
    }
    if seed.warnings():
        document["warnings"] = list(seed.warnings())
    return document
