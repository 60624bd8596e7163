"""The spec: strata, populations, rates and sizes, and what cannot be drawn."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from draw_city import RATES, make_case, make_enterprise, make_order

from optimizer.canon import canonical, digest, parse
from optimizer.domain.campaign import STRATUM_FIELDS, Campaign
from optimizer.draw import Spec, make_spec
from optimizer.errors import InputError
from optimizer.messages import MESSAGES, in_language


def strata(spec: Spec) -> dict[str, int]:
    """Return populations by stratum of the first item."""
    return {s["stratum"]: s["population"] for s in spec.document["items"][0]["strata"]}


@pytest.mark.parametrize(
    "strata_by", [(), ("county",), ("county", "risk"), ("size", "section", "zone"), STRATUM_FIELDS]
)
def test_strata_recounted_from_the_lines(strata_by) -> None:
    """Names, order and populations are what anyone counts from the frame's lines."""
    frame, spec = make_case(200, make_order(strata_by=strata_by, rate=Fraction(1, 20)))
    counted: dict[str, int] = {}
    for line in frame.lines:
        record = parse(line)
        if "M-01" in record["items"]:
            name = "|".join(record["labels"][field] for field in strata_by) or "all"
            counted[name] = counted.get(name, 0) + 1
    assert strata(spec) == counted
    assert list(strata(spec)) == sorted(counted)
    assert spec.digest == digest(canonical(spec.document))


def test_document_is_as_the_format_page_says() -> None:
    """Fields of the spec and of an item, with rates as fractions and sizes as numbers."""
    orders = (
        make_order(reserves=2, strata_by=("risk",)),
        make_order("M-02", size=1, strata_by=("county",), id="M-02-spring"),
    )
    frame, spec = make_case(30, *orders)
    document = spec.document
    assert {k: v for k, v in document.items() if k != "items"} == {
        "format": "double-random/spec/v1",
        "campaign": "draw-2026",
        "frame_root": frame.root,
        "mode": "open",
        "seed_source": {"source": "dice", "sides": 10},
        "binds": {},
    }
    first, second = document["items"]
    assert first == {
        "item": "M-01",
        "department": "market",
        "strata_by": ["risk"],
        "reserves": 2,
        "window": ["2026-03-01", "2026-06-30"],
        "strata": [
            {"stratum": label, "population": 6, "rate": str(RATES[label])}
            for label in sorted(RATES)
        ],
    }
    assert second["order"] == "M-02-spring"
    assert second["strata"] == [
        {"stratum": f"14030{n}", "population": 10, "size": 1} for n in (1, 2, 3)
    ]


def test_empty_strata_are_not_listed() -> None:
    """A stratum without eligible enterprises does not appear; an order without any has none."""
    _, spec = make_case(
        30, make_order(strata_by=("section",), rate=Fraction(1, 2)), industries={"M-01": ("F",)}
    )
    assert list(strata(spec)) == ["F"]
    _, spec = make_case(30, industries={"M-01": ("Z",)})
    assert strata(spec) == {}


def test_fixed_seed_source_is_announced() -> None:
    """The kind of source stands in the spec before the seed exists."""
    campaign = Campaign("draw-2026", (make_order(),), seed_source="fixed")
    assert make_case(3, campaign=campaign)[1].document["seed_source"] == {"source": "fixed"}
    campaign = replace(campaign, seed_source="dice", seed_sides=6)
    assert make_case(3, campaign=campaign)[1].document["seed_source"]["sides"] == 6


def test_size_over_population_is_refused_for_each_stratum() -> None:
    """Every stratum smaller than the size is named with its population."""
    with pytest.raises(InputError) as caught:
        make_case(4, make_order(size=2, strata_by=("county",)))
    faults = caught.value.faults
    assert [fault.code for fault in faults] == ["size-over-population"] * 2
    assert "140302 has 1 eligible" in faults[0].expected


def test_stratum_without_rate_is_refused() -> None:
    """A class for which neither a rate nor a default is given is named."""
    frame, _ = make_case(30)
    rates = {label: rate for label, rate in RATES.items() if label != "k3"}
    campaign = Campaign("draw-2026", (make_order(rates=rates, strata_by=("risk",)),))
    with pytest.raises(InputError) as caught:
        make_spec(frame, campaign)
    assert [(f.code, f.value) for f in caught.value.faults] == [("stratum-without-rate", "k3")]
    with_default = replace(campaign.orders[0], rate=Fraction(1, 7))
    spec = make_spec(frame, replace(campaign, orders=(with_default,)))
    assert spec.document["items"][0]["strata"][3]["rate"] == "1/7"


def test_denominators_beyond_the_limit_are_refused() -> None:
    """Rates whose common denominator is over 2^40 are a fault, not a wrong draw."""
    with pytest.raises(InputError, match="2\\^40"):
        make_case(3, make_order(rate=Fraction(1, 2**40 + 1), rates={}))


COUNTIES = ("140301", "140302", "140303")
WEIGHTS = {"k1": Fraction(1), "k2": Fraction(2), "k3": Fraction(4), "k4": Fraction(90)}


def weighing(step: int):
    """Return enterprises with weights that grow; at step 0 every third has none."""
    return lambda n: make_enterprise(n, weight=1 + n * step if step else n % 3)


def test_levels_share_a_fixed_total() -> None:
    """Each county gives its size; a level that would be over 1 is taken whole."""
    order = make_order(
        size=20, strata_by=("county",), levels_by="risk", weights=WEIGHTS | {"": Fraction(3, 2)}
    )
    _, spec = make_case(150, order)
    entry = spec.document["items"][0]
    assert entry["levels"] == {
        "by": "risk",
        "weights": {"": "3/2", "k1": "1", "k2": "2", "k3": "4", "k4": "90"},
        "size": 20,
    }
    assert entry["strata_by"] == ["county", "risk"]
    for county in ("140301", "140302", "140303"):
        its = [s for s in entry["strata"] if s["stratum"].startswith(county)]
        assert sum(Fraction(s["rate"]) * s["population"] for s in its) == 20
        assert {s["stratum"][7:]: s["rate"] for s in its}["k4"] == "1"


@pytest.mark.parametrize(
    ("fields", "code", "value"),
    [
        ({"size": 20, "levels_by": "risk", "weights": WEIGHTS}, "level-without-weight", ""),
        ({"size": 60, "levels_by": "county", "weights": dict.fromkeys(COUNTIES, Fraction(1)),
          "strata_by": ("risk",)}, "size-over-population", "60"),
        ({"size": 5, "levels_by": "county", "strata_by": (), "weights": {
            "140301": Fraction(1, 999983), "140302": Fraction(1, 999979), "140303": Fraction(1)}},
         "weights-denominator", None),
        ({"size": 2, "design": "pivotal"}, "weight-missing", "E-000000"),
        ({"size": 200, "design": "pivotal", "strata_by": ()}, "size-over-population", "200"),
    ],
)  # fmt: skip
def test_unequal_designs_that_cannot_be_drawn(fields, code: str, value: str | None) -> None:
    """Levels and weights that do not do are named, in both languages."""
    order = make_order(**({"strata_by": ("county",)} | fields))
    with pytest.raises(InputError) as caught:
        make_case(150, order, enterprise=weighing(0))
    assert {fault.code for fault in caught.value.faults} - {"weight-missing"} <= {code}
    fault = next(fault for fault in caught.value.faults if fault.code == code)
    assert value is None or fault.value == value
    assert fault.field.startswith("orders.M-01.")
    assert MESSAGES[code].mend_zh in in_language(fault, "zh")


def test_shares_too_fine_for_the_duels_are_refused() -> None:
    """Sums of weights times a rate's denominator beyond 2^47 are a fault."""
    order = make_order(rate=Fraction(1, 2**39 - 7), rates={}, strata_by=(), design="pivotal")
    with pytest.raises(InputError, match="2\\^47"):
        make_case(150, order, enterprise=weighing(6007))


def test_repr_is_one_line() -> None:
    """A spec prints itself in one line."""
    assert repr(make_case(30)[1]).startswith("<Spec draw-2026: 1 orders, 15 strata, ")
