"""Bodies of campaigns."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.schemas.base import Body, Whole


class DiceShown(Body):
    """Rolls of dice, as everybody saw them."""

    source: Literal["dice"]
    sides: Whole = Field(default=10, ge=2, le=1000)
    at: str | None = Field(default=None, description="Not rolled before this time, as announced.")
    rolls: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9-]{1,4000}$"),
        Field(
            description="In the order rolled: digits, or numbers joined by - with more than ten "
            "sides.",
            examples=["31415926535897932384"],
        ),
    ]


class TextFixed(Body):
    """A fixed text: for tests, and every document says so."""

    source: Literal["fixed"]
    text: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]


class RoundShown(Body):
    """A round of a drand chain, as the beacon answers; its signature is verified here."""

    source: Literal["drand"]
    chain: Annotated[
        str | dict[str, Any],
        Field(description="Its name, or what its /info says.", examples=["quicknet"]),
    ]
    round: Whole
    signature: str
    previous_signature: str | None = None
    randomness: str | None = None


class LotteryShown(Body):
    """Numbers of public lotteries, in the order of the inputs that were announced."""

    source: Literal["lottery"]
    inputs: list[dict[str, Any]] = Field(max_length=100)
    results: list[list[Whole]] = Field(max_length=100)


class PartiesShown(Body):
    """What parties committed to, and what they revealed."""

    source: Literal["parties"]
    parties: list[dict[str, Any]] = Field(max_length=100)
    deadline: str
    absent: str
    hash: Literal["sha256", "sm3"] | None = None
    reveals: list[dict[str, Any]] = Field(max_length=100)


class CombinedShown(Body):
    """Several sources, each as it stands alone, in the order of time."""

    source: Literal["combined"]
    parts: list[dict[str, Any]] = Field(max_length=100)


class Reveal(Body):
    """The seed of the draw."""

    seed: DiceShown | TextFixed | RoundShown | LotteryShown | PartiesShown | CombinedShown = Field(
        discriminator="source"
    )

    def evidence(self) -> dict[str, Any]:
        """Return the seed as documents write it."""
        return self.seed.model_dump(exclude_none=True)


class Seal(Body):
    """A secret to be sealed: the server makes it."""

    open_after: date | None = Field(
        default=None, description="The last day on which it stays shut; by default that of windows."
    )
    reason: Annotated[str, StringConstraints(max_length=500)] = Field(
        default="", description="Why, where a secret is sealed already and was lost."
    )


class Opening(Body):
    """The opening of a sealed campaign."""

    reason: Annotated[str, StringConstraints(max_length=500)] = Field(
        default="", description="Why, on or before the stated day."
    )


class PartyReveals(Body):
    """What the parties of a seed source have revealed, each with the time it came in."""

    reveals: list[dict[str, Any]] = Field(
        max_length=100,
        description="party, value and time of each; who did not reveal is left out.",
        examples=[[{"party": "fire", "value": "6f" * 32, "time": "2026-03-02T09:12:00+08:00"}]],
    )
