"""Where a seed comes from: a kind of source a file.

A new kind (a beacon, a lottery, commit and reveal) is a class that fulfils `Seed` and its line
in `make_source`.
"""

from optimizer.draw.sources.dice import Dice
from optimizer.draw.sources.fixed import Fixed
from optimizer.draw.sources.make import make_source
from optimizer.draw.sources.source import Seed

__all__ = ["Dice", "Fixed", "Seed", "make_source"]
