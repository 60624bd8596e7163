"""The first random: which enterprises.

Format page: ``docs/formats/publication.md``, *transcript/spec.json*, *seed.json*, *draw.json*.
Anchors: Rivest's consistent sampler; permanent random numbers (Ohlsson 1995).
"""

from optimizer.draw.deal import LARGEST_THETA, Deal, make_deal
from optimizer.draw.draw import Draw, draw_enterprises
from optimizer.draw.rivest import rivest_fraction, rivest_order
from optimizer.draw.sample import smallest
from optimizer.draw.seed import draw_seed, teams_seed
from optimizer.draw.separate import orders_of, sample_of
from optimizer.draw.sources import Dice, Fixed, Seed, make_source
from optimizer.draw.spec import Spec, make_spec
from optimizer.draw.tickets import ticket, ticket_loop, ticket_maker

__all__ = [
    "LARGEST_THETA",
    "Deal",
    "Dice",
    "Draw",
    "Fixed",
    "Seed",
    "Spec",
    "draw_enterprises",
    "draw_seed",
    "make_deal",
    "make_source",
    "make_spec",
    "orders_of",
    "rivest_fraction",
    "rivest_order",
    "sample_of",
    "smallest",
    "teams_seed",
    "ticket",
    "ticket_loop",
    "ticket_maker",
]
