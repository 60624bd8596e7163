"""Bodies of filings, entry codes, scans, outcomes and alerts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from api.schemas.base import MOST_NUMBER, Body, Code, Decimal, Reason, Whole
from optimizer.domain.campaign import SHORTEST_REASON
from optimizer.domain.outcome import OUTCOMES

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2900, 1, 1, tzinfo=UTC)),
]
"""A time with zone, in years that every calendar and store can hold."""


class FilingWanted(Body):
    """The schedule as it stands is filed."""

    body: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=2, max_length=100),
        Field(description="With whom it is filed.", examples=["市司法局"]),
    ]
    opinion: date | None = Field(
        default=None, description="Day on which the city's opinion on county plans was asked."
    )
    reason: Words = Field(default="", description="Why it is filed again; public.")


class CodeWanted(Body):
    """An entry code for a visit; one that the visit has already is revoked."""

    reason: Reason | None = Field(default=None, description="Why another one is needed; public.")


class Revocation(Body):
    """An entry code is to hold no more."""

    reason: Reason = Field(description="Why; public.")


class Place(Body):
    """Where somebody stood: coordinates, or words."""

    latitude: Decimal | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    longitude: Decimal | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    text: Words = ""

    @model_validator(mode="after")
    def _said(self) -> Place:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together")
        if self.latitude is None and not self.text:
            raise ValueError("give latitude and longitude, or words")
        return self


class ScanMade(Body):
    """Somebody entered: who, when, from where, to check what."""

    code: str | None = Field(
        default=None, description="The entry code that was scanned; left out where there was none."
    )
    inspector: Code = Field(description="As the register of inspectors names them.")
    at: Moment = Field(description="When, with zone.")
    place: Place
    items: list[Code] = Field(min_length=1, max_length=100, description="Items to be checked.")
    note: Words = ""


class EntrySeen(Body):
    """An entry that somebody reports, such as the enterprise over 12345: it needs no visit."""

    enterprise: Code
    at: Moment
    department: Code | None = Field(default=None, description="Who came, as far as it is known.")
    inspector: Code | None = None
    items: list[Code] = Field(default=[], max_length=100)
    place: Place | None = None
    note: Words = Field(default="", description="Who reported it, and what was seen.")


class OutcomeIn(Body):
    """What one check of a visit found."""

    check: Code
    outcome: Literal[tuple(OUTCOMES)] = Field(  # type: ignore[valid-type]
        description="A code; `/v1/public/outcome-codes` lists them."
    )
    note: Words = ""
    corrects: Whole | None = Field(
        default=None,
        ge=1,
        le=MOST_NUMBER,
        description="Number of the outcome that this one corrects.",
    )
    reason: Words = Field(default="", description="Why it is corrected, or was not carried out.")

    @model_validator(mode="after")
    def _explained(self) -> OutcomeIn:
        asked = self.corrects is not None or self.outcome == "not-done"
        if asked and len(self.reason) < SHORTEST_REASON:
            raise ValueError("a correction, and a check not carried out, need a reason")
        return self


class OutcomesIn(Body):
    """Outcomes of a visit's checks, all recorded or none."""

    outcomes: list[OutcomeIn] = Field(min_length=1, max_length=100)
    inspector: Code | None = Field(default=None, description="Who answers for them.")
    told_at: Moment | None = Field(
        default=None, description="When the enterprise was told (measure 7)."
    )

    @model_validator(mode="after")
    def _once(self) -> OutcomesIn:
        checks = [one.check for one in self.outcomes]
        if len(set(checks)) != len(checks):
            raise ValueError("each check once")
        return self


class Acknowledgement(Body):
    """A supervisor has looked into an alert."""

    reason: Reason = Field(description="What was found, and done; public.")
