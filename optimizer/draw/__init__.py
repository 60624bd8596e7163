"""The first random: which enterprises.

Format page: ``docs/formats/publication.md``, *transcript/spec.json*, *seed.json*, *draw.json*.
Anchors: Rivest's consistent sampler; permanent random numbers (Ohlsson 1995).
"""

from optimizer.draw.cuts import below, take_smallest
from optimizer.draw.deal import LARGEST_THETA, Deal, make_deal
from optimizer.draw.draw import Draw, draw_enterprises
from optimizer.draw.packed import Packed, pack, pack_array
from optimizer.draw.parts import Part, Source, make_part, strata_names
from optimizer.draw.results import Results, make_results, told_document
from optimizer.draw.rfc3797 import rfc3797_order
from optimizer.draw.rivest import rivest_fraction, rivest_order
from optimizer.draw.sample import smallest
from optimizer.draw.sealed import opens, seal_commitment, sealed_digest
from optimizer.draw.seed import draw_seed, teams_seed
from optimizer.draw.separate import orders_of, sample_of
from optimizer.draw.sources import (
    Combined,
    Dice,
    Drand,
    Fixed,
    Lottery,
    Parties,
    Seed,
    check_hash,
    make_announcement,
    make_source,
    party_commitment,
)
from optimizer.draw.spec import Spec, make_spec, refuse_nobody
from optimizer.draw.stream import draw_stream
from optimizer.draw.substitution import REASONS, Places, Substitution
from optimizer.draw.tickets import ticket, ticket_loop, ticket_maker

__all__ = [
    "LARGEST_THETA",
    "REASONS",
    "Combined",
    "Deal",
    "Dice",
    "Drand",
    "Draw",
    "Fixed",
    "Lottery",
    "Packed",
    "Part",
    "Parties",
    "Places",
    "Results",
    "Seed",
    "Source",
    "Spec",
    "Substitution",
    "below",
    "check_hash",
    "draw_enterprises",
    "draw_seed",
    "draw_stream",
    "make_announcement",
    "make_deal",
    "make_part",
    "make_results",
    "make_source",
    "make_spec",
    "opens",
    "orders_of",
    "pack",
    "pack_array",
    "party_commitment",
    "refuse_nobody",
    "rfc3797_order",
    "rivest_fraction",
    "rivest_order",
    "sample_of",
    "seal_commitment",
    "sealed_digest",
    "smallest",
    "strata_names",
    "take_smallest",
    "teams_seed",
    "ticket",
    "ticket_loop",
    "ticket_maker",
    "told_document",
]
