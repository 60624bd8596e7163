"""Code lists: areas (GB/T 2260 counties) and industries (GB/T 4754), or a scenario's own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CodeLists:
    """Area and industry codes with their names.

    Attributes
    ----------
    areas
        Area code → name; of the built-in list provinces and prefectures too.
    counties
        Area codes an enterprise may lie in.
    industries
        Industry code → name, sections included.
    sections
        Industry code → section (门类).
    classes
        Industry codes an enterprise may bear: the four-digit ones of GB/T 4754.
    """

    areas: Mapping[str, str]
    counties: frozenset[str]
    industries: Mapping[str, str]
    sections: Mapping[str, str]
    classes: frozenset[str]

    def near_county(self, text: str, city: str = "") -> str:
        """Return the county code perhaps meant by `text`, or ``""``.

        A county's name is found too; a county of the city is preferred.
        """
        own = sorted(code for code in self.counties if city and code.startswith(city[:4]))
        for codes in (own, sorted(self.counties)):
            named = [code for code in codes if self.areas[code] == text]
            if len(named) == 1:
                return named[0]
        # One digit off and one county only: else it is anyone's guess.
        close = [
            code
            for code in own
            if len(code) == len(text) and sum(a != b for a, b in zip(code, text, strict=True)) == 1
        ]
        return close[0] if len(close) == 1 else ""

    def near_industry(self, text: str) -> str:
        """Return the class code perhaps meant by `text`, or ``""``.

        A spreadsheet drops leading zeros, and a clerk may write a name.
        """
        if text.isdigit() and text.zfill(4) in self.classes:
            return text.zfill(4)
        named = sorted(code for code in self.classes if self.industries[code] == text)
        if len(named) == 1:
            return named[0]
        below = [code for code in self.classes if text and code.startswith(text)]
        return below[0] if len(below) == 1 else ""


def make_codes(
    *,
    areas: Mapping[str, str] | None = None,
    industries: Mapping[str, tuple[str, str]] | None = None,
) -> CodeLists:
    """Put code lists together; what is not given is built in.

    Parameters
    ----------
    areas
        Code → name.
    industries
        Code → (name, section).
    """
    base = builtin_codes()
    own = industries is not None
    named = {code: name for code, (name, _) in (industries or {}).items()}
    placed = {code: section for code, (_, section) in (industries or {}).items()}
    return CodeLists(
        MappingProxyType(dict(areas)) if areas is not None else base.areas,
        frozenset(areas) if areas is not None else base.counties,
        MappingProxyType(named) if own else base.industries,
        MappingProxyType(placed) if own else base.sections,
        frozenset(named) if own else base.classes,
    )


@lru_cache(maxsize=1)
def builtin_codes() -> CodeLists:
    """Return the built-in lists; their sources are named in ``data/README.md``."""
    areas, industries = _rows("areas.csv"), _rows("industries.csv")
    return CodeLists(
        MappingProxyType({row["code"]: row["name"] for row in areas}),
        frozenset(row["code"] for row in areas if row["kind"] in ("county", "zone", "whole")),
        MappingProxyType({row["code"]: row["name"] for row in industries}),
        MappingProxyType({row["code"]: row["section"] for row in industries}),
        frozenset(row["code"] for row in industries if row["level"] == "4"),
    )


def _rows(name: str) -> list[dict[str, str]]:
    text = files("optimizer.registers").joinpath("data", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
