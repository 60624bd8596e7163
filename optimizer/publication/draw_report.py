"""The report of a draw: what a hall wants to see, from the published documents alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from optimizer.canon import canonical, digest, hash_field, hash_named
from optimizer.domain.registry import Document


def draw_report(
    frame: Document,
    spec: Document,
    *,
    seed: Document | None = None,
    draw: Document | None = None,
    entries: Sequence[Mapping[str, Any]] = (),
) -> Document:
    """Gather a draw by department and stratum, at whatever stage it is.

    Parameters
    ----------
    frame, spec
        ``frame.json`` and ``spec.json``.
    seed
        ``seed.json``, once the seed was shown.
    draw
        ``draw.json``; or ``draw-sealed.json``, which tells sizes and no names.
    entries
        Lines of the ledger, as objects, in their order.

    Returns
    -------
    dict
        ``campaign``, ``stage`` (``committed``, ``sealed`` or ``drawn``), ``commitments``,
        ``seed``, ``departments``, ``orders`` with their strata, ``overlap``. Expected numbers are
        exact fractions, as texts.
    """
    taken = _taken(draw)
    orders = [_order(entry, taken) for entry in spec["items"]]
    named = draw is not None and "distinct" in draw
    return {
        "campaign": spec["campaign"],
        "stage": "drawn" if named else "committed" if draw is None else "sealed",
        "mode": spec["mode"],
        "commitments": {
            "frame_root": frame["root"],
            "frame_size": frame["size"],
            "spec": digest(canonical(spec)),
            "seed_source": spec["seed_source"],
            **hash_field(hash_named(spec)),
            "entries": [
                {"index": number, "kind": entry["kind"], "time": entry["time"]}
                for number, entry in enumerate(entries)
            ],
        },
        "seed": None
        if seed is None
        else {name: seed[name] for name in ("source", "text", "key", "test")},
        "departments": [
            _department(name, [o for o in orders if o["department"] == name])
            for name in sorted({order["department"] for order in orders})
        ],
        "orders": orders,
        "overlap": _overlap(draw["distinct"]) if draw is not None and named else None,
    }


def _taken(draw: Document | None) -> dict[tuple[str, str], Document]:
    return {
        (item.get("order", item["item"]), stratum["stratum"]): stratum
        for item in (draw or {"items": []})["items"]
        for stratum in item["strata"]
    }


def _order(entry: Document, taken: Mapping[tuple[str, str], Document]) -> Document:
    key = str(entry.get("order", entry["item"]))
    strata = [_stratum(each, taken.get((key, each["stratum"]))) for each in entry["strata"]]
    return {
        "order": key,
        "item": entry["item"],
        "department": entry["department"],
        "strata_by": entry["strata_by"],
        "window": entry["window"],
        "reserves": entry["reserves"],
        "population": sum(each["population"] for each in strata),
        "expected": str(sum((Fraction(each["expected"]) for each in strata), Fraction(0))),
        "size": _sum(strata),
        "strata": strata,
    }


def _stratum(each: Document, found: Document | None) -> Document:
    if found is not None:
        rate = Fraction(found["probability"])
    elif "rate" in each:
        rate = Fraction(each["rate"])
    else:
        rate = Fraction(each["size"], each["population"])
    told = {
        "stratum": each["stratum"],
        "population": each["population"],
        "probability": str(rate),
        "expected": str(rate * each["population"]),
        "size": None if found is None else found["size"],
    }
    if found is not None and "sample" in found:
        told |= {name: found[name] for name in ("sample", "reserves", "cutoff")}
    return told


def _department(name: str, orders: Sequence[Document]) -> Document:
    sampled = [
        enterprise
        for order in orders
        for stratum in order["strata"]
        for enterprise in stratum.get("sample", ())
    ]
    return {
        "department": name,
        "orders": [order["order"] for order in orders],
        "expected": str(sum((Fraction(order["expected"]) for order in orders), Fraction(0))),
        "size": _sum(orders),
        "enterprises": len(set(sampled)) if sampled else None,
    }


def _sum(parts: Sequence[Document]) -> int | None:
    sizes = [part["size"] for part in parts]
    return None if None in sizes else sum(sizes)


def _overlap(distinct: Document) -> Document:
    independent = Fraction(distinct["independent"])
    return {
        **distinct,
        "saved_visits": distinct["drawn"] - distinct["enterprises"],
        "saved_by_one_ticket": str(independent - distinct["enterprises"]),
    }
