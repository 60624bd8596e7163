"""The page of a draw that a hall can follow: commitments, seed, who was drawn, how to check."""

from __future__ import annotations

from fractions import Fraction

from optimizer.canon import hash_named
from optimizer.domain.registry import Document
from optimizer.publication.html import Pages
from optimizer.publication.locale_texts import Texts
from optimizer.publication.text import fixed, whole

Pair = tuple[str, str]


def page(found: Document) -> bytes:
    """Return the page's bytes, both languages, all within.

    Parameters
    ----------
    found
        As `optimizer.publication.draw_report.draw_report` returns it.
    """
    texts, hash = Texts.load(), hash_named(found["commitments"])
    seed, overlap = found["seed"], found["overlap"]
    context = {
        "page_title": texts.pair("report.title"),
        "campaign": found["campaign"],
        "warnings": [texts.pair("report.test")] if seed and seed["test"] else [],
        "stage": texts.pair(f"report.stage.{found['stage']}"),
        "frame_root": found["commitments"]["frame_root"],
        "frame_size": whole(found["commitments"]["frame_size"]),
        "spec": found["commitments"]["spec"],
        "source": texts.pair(f"report.source.{found['commitments']['seed_source']['source']}")
        if f"report.source.{found['commitments']['seed_source']['source']}" in texts
        else (found["commitments"]["seed_source"]["source"],) * 2,
        "entries": found["commitments"]["entries"],
        "seed": seed,
        "shown": _shown(seed) if seed else "",
        "example": _example(found),
        "hash_title": hash.title,
        "hash_program": {"sha256": "sha256sum"}.get(hash.name, f"openssl dgst -{hash.name}"),
        "tiles": _tiles(overlap, texts) if overlap else [],
        "saved": whole(overlap["saved_visits"]) if overlap else "",
        "departments": [
            [
                _same(row["department"]),
                _same(whole(len(row["orders"]))),
                _same(_number(row["expected"])),
                _same(_count(row["size"])),
                _same(_count(row["enterprises"])),
            ]
            for row in found["departments"]
        ],
        "orders": [
            {
                "name": row["order"],
                "department": row["department"],
                "window": " – ".join(row["window"]),
                "population": whole(row["population"]),
                "expected": _number(row["expected"]),
                "size": _count(row["size"]),
                "strata": [
                    [
                        _same(each["stratum"]),
                        _same(whole(each["population"])),
                        _same(each["probability"]),
                        _same(_number(each["expected"])),
                        _same(_count(each["size"])),
                    ]
                    for each in row["strata"]
                ],
                "drawn": [each for each in row["strata"] if each.get("sample")],
            }
            for row in found["orders"]
        ],
    }
    return Pages(texts, more_style="prices.css").render("draw.html", context)


def _shown(seed: Document) -> str:
    """Return what dice or a fixed text showed; what other sources show is in the seed text."""
    source = seed["source"]
    return str(source.get("rolls") or source.get("text") or "")


def _example(found: Document) -> Document | None:
    """Return an enterprise drawn and its stratum's last ticket, for a check by hand."""
    if found["seed"] is None:
        return None
    for order in found["orders"]:
        for stratum in order["strata"]:
            if stratum.get("sample"):
                return {
                    "order": order["order"],
                    "stratum": stratum["stratum"],
                    "enterprise": stratum["sample"][-1],
                    "ticket": stratum["cutoff"],
                    "key": found["seed"]["key"],
                }
    return None


def _tiles(overlap: Document, texts: Texts) -> list[tuple[Pair, str]]:
    return [
        (texts.pair(f"report.tile.{name}"), value)
        for name, value in (
            ("drawn", whole(overlap["drawn"])),
            ("enterprises", whole(overlap["enterprises"])),
            ("independent", _number(overlap["independent"])),
            ("bound", _number(overlap["bound"])),
        )
    ]


def _number(text: str) -> str:
    value = Fraction(text)
    return whole(int(value)) if value.denominator == 1 else fixed(value, 1)


def _count(value: int | None) -> str:
    return "" if value is None else whole(value)


def _same(text: str) -> Pair:
    return text, text
