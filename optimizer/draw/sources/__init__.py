"""Where a seed comes from: a kind of source a file.

A new kind is an announcement that fulfils `Announcement`, a class that fulfils `Seed`, and a line
each in `make`.
"""

from optimizer.draw.sources.chain import CHAINS, Chain
from optimizer.draw.sources.combined import Combined
from optimizer.draw.sources.dice import Dice, rolls_needed
from optimizer.draw.sources.drand import Drand
from optimizer.draw.sources.fixed import Fixed
from optimizer.draw.sources.lottery import Lottery
from optimizer.draw.sources.make import (
    EVIDENCE,
    announced_part,
    is_shown,
    make_announcement,
    make_source,
)
from optimizer.draw.sources.parties import (
    Parties,
    check_hash,
    parties_in,
    party_commitment,
    record_reveals,
)
from optimizer.draw.sources.source import (
    ENTROPY_BITS,
    MARGIN,
    Announcement,
    Seed,
    announced_document,
)
from optimizer.draw.sources.times import check_announced, check_recorded, check_shown

__all__ = [
    "CHAINS",
    "ENTROPY_BITS",
    "EVIDENCE",
    "MARGIN",
    "Announcement",
    "Chain",
    "Combined",
    "Dice",
    "Drand",
    "Fixed",
    "Lottery",
    "Parties",
    "Seed",
    "announced_document",
    "announced_part",
    "check_announced",
    "check_hash",
    "check_recorded",
    "check_shown",
    "is_shown",
    "make_announcement",
    "make_source",
    "parties_in",
    "party_commitment",
    "record_reveals",
    "rolls_needed",
]
