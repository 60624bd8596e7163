"""Substitution: who has closed or cannot be found gives way to the next reserve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.domain.registry import Document
from optimizer.errors import Fault, InputError
from optimizer.messages import phrase

REASONS = ("closed", "not-found", "moved")
"""Why: it has closed, it cannot be found at its address, it has moved out of the area."""


@dataclass(frozen=True, slots=True)
class Substitution:
    """One enterprise gives way to one reserve, for one order.

    Attributes
    ----------
    order
        Key of the order.
    stratum
        Its stratum.
    enterprise
        Who gives way: in the sample, or a reserve that took a place before.
    reserve
        Who comes instead.
    reason
        One of `REASONS`.
    """

    order: str
    stratum: str
    enterprise: str
    reserve: str
    reason: str

    def document(self) -> Document:
        """Return it as the ledger, or ``substitutions.json``, holds it."""
        return {
            "enterprise": self.enterprise,
            "order": self.order,
            "reason": self.reason,
            "reserve": self.reserve,
            "stratum": self.stratum,
        }


class Places:
    """Who holds the places of a draw, as substitutions go on.

    Parameters
    ----------
    draw
        ``draw.json``.
    done
        Substitutions so far, as documents, in order.
    """

    def __init__(self, draw: Mapping[str, Any], done: Iterable[Mapping[str, Any]] = ()) -> None:
        self._strata: dict[str, dict[str, tuple[list[str], list[str]]]] = {
            item.get("order", item["item"]): {
                stratum["stratum"]: (list(stratum["sample"]), list(stratum["reserves"]))
                for stratum in item["strata"]
            }
            for item in draw["items"]
        }
        for one in done:
            self._take(one["order"], one["stratum"], one["enterprise"])

    def holders(self, order: str, stratum: str) -> tuple[str, ...]:
        """Return who holds the places of a stratum now, in the order of the draw."""
        return tuple(self._strata[order][stratum][0])

    def substitute(self, order: str, enterprise: str, reason: str) -> Substitution:
        """Replace an enterprise by the next unused reserve of its stratum.

        Raises
        ------
        InputError
            On an unknown order or reason, an enterprise that holds no place of the order, a
            stratum without reserves left.
        """
        if reason not in REASONS:
            words = ", ".join(REASONS)
            raise InputError(_fault("substitute-reason", "reason", reason, words=words))
        if order not in self._strata:
            words = ", ".join(sorted(self._strata))
            raise InputError(_fault("substitute-order", "order", order, words=words))
        for name, (sample, reserves) in self._strata[order].items():
            if enterprise in sample:
                if not reserves:
                    raise InputError(
                        _fault("substitute-no-reserve", "enterprise", enterprise, stratum=name)
                    )
                reserve = self._take(order, name, enterprise)
                return Substitution(order, name, enterprise, reserve, reason)
        raise InputError(_fault("substitute-not-drawn", "enterprise", enterprise, order=order))

    def _take(self, order: str, stratum: str, enterprise: str) -> str:
        sample, reserves = self._strata[order][stratum]
        place = sample.index(enterprise)
        sample[place] = reserves.pop(0)
        return sample[place]


def _fault(code: str, field: str, value: str, **params: str) -> Fault:
    return Fault(code, "substitute", None, field, value, *phrase(code, **params))
