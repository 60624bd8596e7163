"""Bodies of the teams' steps."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from api.schemas.base import Body, Reason
from api.schemas.campaigns import Reveal

Days = tuple[date, date]


class OddsWanted(Body):
    """Odds of a period, before its seeds exist."""

    period: Days = Field(description="First and last day; after all that is drawn.")
    draws: Literal["whole", "daily", "weekly"] | list[Days] = Field(
        default="whole", description="One draw, one a day or week with visits, or these spans."
    )
    seed_source: dict[str, Any] = Field(
        description="Where the first draw's seed will come from, as it is announced."
    )
    reason: str = Field(
        default="", max_length=500, description="Needed where draws that are left are given up."
    )


class DrawWanted(Reveal):
    """The seed that was shown, for the days whose turn it is."""

    days: Days | None = Field(default=None, description="The days that are meant.")
    next_source: dict[str, Any] | None = Field(
        default=None,
        description="Of the next draw's seed; by default the same again where it names no time.",
    )


class StandInWanted(Body):
    """An inspector who cannot come."""

    visit: str = Field(max_length=20)
    absent: str = Field(max_length=40)
    reason: Reason = Field(description="Why; it stands in the ledger for ever.")
