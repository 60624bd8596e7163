"""Seed sources from their documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.draw.sources.dice import Dice
from optimizer.draw.sources.fixed import Fixed
from optimizer.draw.sources.source import Seed
from optimizer.errors import Fault, InputError


def make_source(evidence: Mapping[str, Any]) -> Seed:
    """Return the seed source that `evidence` describes.

    Parameters
    ----------
    evidence
        As a scenario or a seed document writes it: ``source``, and what that kind shows.

    Raises
    ------
    InputError
        On an unknown kind, missing or further fields, values the kind cannot show.
    """
    kind = evidence.get("source")
    if kind == "dice":
        _check_fields(evidence, {"rolls": str}, {"sides": int})
        return Dice(evidence["rolls"], sides=evidence.get("sides", 10))
    if kind == "fixed":
        _check_fields(evidence, {"text": str}, {})
        return Fixed(evidence["text"])
    raise InputError(
        Fault(
            "seed-source-unknown",
            "seed",
            field="source",
            value=str(kind),
            expected="expected dice or fixed",
            mend="Name one of these.",
        )
    )


def _check_fields(
    evidence: Mapping[str, Any], needed: Mapping[str, type], optional: Mapping[str, type]
) -> None:
    kinds = {"source": str, **needed, **optional}
    wrong = sorted(
        [name for name in evidence if name not in kinds or type(evidence[name]) is not kinds[name]]
        + [name for name in needed if name not in evidence]
    )
    if wrong:
        expected = ", ".join(f"{name} ({kind.__name__})" for name, kind in kinds.items())
        raise InputError(
            Fault(
                "seed-field",
                "seed",
                field=name,
                value=str(evidence.get(name, "")),
                expected=f"expected the fields {expected}",
                mend="Put texts, such as rolls, between quotes.",
            )
            for name in wrong
        )
