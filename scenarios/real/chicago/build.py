"""Build the scenario from the city's log: ``python -m scenarios.real.chicago.build``.

The city's duty by risk class and the triggered checks of 2012 as they arrived, with the visits of
each day as that day's capacity. README.md in this folder says what is real and what is assumed.
"""

from __future__ import annotations

import csv
import gzip
import io
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from scenarios.real.chicago.merging import least_visits, met_by_chance

FOLDER = Path(__file__).parent
YEAR = 2012
HALVES = {
    1: (date(YEAR, 1, 3), date(YEAR, 6, 30)),
    2: (date(YEAR, 7, 1), date(YEAR, 12, 31)),
}
"""Windows of the duty to see high risks twice a year."""
HIGH, MEDIUM, LOW, NONE = "1", "2", "3", ""
"""Risk classes of the data; the duty of the missing class cannot be told."""
LOW_RATE = "1/2"
"""Once in two years: half of the class in one of them."""
RESPONSE = {"complaint": 10, "food-poisoning": 2, "fire": 2, "licence": 10}
"""Source → working days from inspection day to due date: assumed, the log holds neither date."""
SEVERITY = {"complaint": 1, "food-poisoning": 3, "fire": 3, "licence": 1}
REPEAT_DAYS = 60
PLACES_A_VISIT = 2
"""Half-day places that one real visit of a day becomes: teams of two go here, one went there."""

_GROUPS = {
    "Restaurant": "R",
    "Grocery Store": "G",
    "School": "S",
    "Bakery": "B",
    "Long Term Care": "L",
    "": "U",
}
_GROUP_NAMES = {
    "R": "Restaurant",
    "G": "Grocery store",
    "S": "School",
    "D": "Daycare",
    "B": "Bakery",
    "L": "Long-term care",
    "O": "Other food business",
    "U": "Food business of unknown kind",
}
_SEEN = {
    1: "in the log in the first half-year only",
    2: "in the log in the second half-year only",
    3: "in the log in both half-years",
}
"""By the halves between an establishment's first and last entry, as a sum of 1 and 2."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the log."""

    id: str
    establishment: str
    day: date
    purpose: str
    kind: str

    @property
    def source(self) -> str:
        """Source of a triggered check."""
        if self.kind == "licence":
            return "licence"
        word = self.purpose.lower()
        if "fire" in word:
            return "fire"
        return "food-poisoning" if "poisoning" in word or "sick" in word else "complaint"

    @property
    def half(self) -> int:
        """Half of the year: 1 or 2."""
        return 1 if self.day.month <= 6 else 2


def main() -> None:
    """Write the scenario's registers, calendar, code lists and facts."""
    for name, data in build(FOLDER / "source").items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def build(source: Path) -> dict[str, bytes]:
    """Return path → bytes of everything that is derived from the log."""
    log = [
        Row(
            r["row_id"], r["est_id"].upper(), date.fromisoformat(r["date"]), r["purpose"], r["kind"]
        )
        for r in _read(source / "inspections.csv.gz")
        if r["date"].startswith(str(YEAR))
    ]
    asked = [row for row in log if row.kind in ("triggered", "licence")]
    work = [row for row in log if row.kind in ("planned", "triggered", "licence")]
    visits = Counter(day for _, day in {(row.establishment, row.day) for row in work})
    calendar, workdays = _calendar(log)
    establishments = [
        r
        for r in _read(source / "establishments.csv.gz")
        if r["first_seen"] <= f"{YEAR}-12-31" and r["last_seen"] >= f"{YEAR}-01-01"
    ]
    return {
        "calendar.csv": calendar,
        "areas.csv": _areas(establishments),
        "industries.csv": _industries(),
        "registers/enterprises.csv.gz": _zip(_enterprises(establishments)),
        "registers/units.csv": _table(
            ("id", "name", "department", "department_name", "level", "area"),
            [
                (
                    "cdph",
                    "Chicago Department of Public Health food protection",
                    "cdph",
                    "Food protection",
                    "city",
                    "chicago",
                )
            ],
        ),
        "registers/inspectors.csv.gz": _zip(_places(visits, workdays)),
        "registers/items.csv": _items(),
        "registers/triggered.csv.gz": _zip(_triggered(asked, workdays)),
        "scenario.yaml": _scenario(
            _facts(log, asked, visits)
            | _duty(establishments, log)
            | _merging(establishments, asked, workdays)
        ).encode(),
    }


def _read(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _halves(record: Mapping[str, str]) -> int:
    """Return the halves of the year between first and last entry, as a sum of 1 and 2."""
    middle = HALVES[2][0].isoformat()
    return (record["first_seen"] < middle) + 2 * (record["last_seen"] >= middle)


def _calendar(log: Sequence[Row]) -> tuple[bytes, list[date]]:
    """Return the table of days that are otherwise than Monday to Friday, and the working days."""
    inspected = {row.day for row in log}
    rows, workdays = [], []
    for offset in range((date(YEAR, 12, 31) - date(YEAR, 1, 1)).days + 1):
        day = date(YEAR, 1, 1) + timedelta(days=offset)
        if day in inspected:
            workdays.append(day)
        if (day.weekday() < 5) != (day in inspected):
            rows.append((day.isoformat(), "workday" if day in inspected else "holiday"))
    return _table(("date", "kind"), rows), workdays


def _areas(establishments: Iterable[Mapping[str, str]]) -> bytes:
    zips = sorted({_zip_area(r) for r in establishments})
    return _table(("code", "name"), [("chicago", "Chicago"), *((z, f"ZIP {z}") for z in zips)])


def _zip_area(record: Mapping[str, str]) -> str:
    return record["zip"] if record["zip"].isdigit() else "unknown"


def _group(facility: str) -> str:
    if facility.startswith("Daycare"):
        return "D"
    return _GROUPS.get(facility, "O")


def _industries() -> bytes:
    return _table(
        ("code", "name", "section"),
        [
            (f"{number}{letter}", f"{name}, {words}", letter)
            for number, words in _SEEN.items()
            for letter, name in _GROUP_NAMES.items()
        ],
    )


def _enterprises(establishments: Iterable[Mapping[str, str]]) -> bytes:
    rows = []
    for r in establishments:
        name = r["est_id"].upper()
        letter = _group(r["facility_type"])
        rows.append(
            (
                name,
                f"{r['facility_type'] or 'Food business'} {name}",
                _zip_area(r),
                f"{_halves(r)}{letter}",
                r["risk"],
                r["lat"],
                r["lon"],
            )
        )
    return _table(("id", "name", "county", "industry", "risk", "lat", "lon"), sorted(rows))


def _places(visits: Mapping[date, int], workdays: Sequence[date]) -> bytes:
    """Return the capacity as places: place k is there on the days with at least k real visits."""
    rows = []
    for level in range(1, max(visits.values()) + 1):
        away = _spans([day for day in workdays if visits.get(day, 0) < level])
        for side in range(1, PLACES_A_VISIT + 1):
            name = f"P{level:03d}-{side}"
            rows.append(
                (
                    name,
                    f"Place {level}-{side}",
                    "cdph",
                    name,
                    f"{YEAR}-01-01",
                    f"{YEAR}-12-31",
                    away,
                    "1",
                )
            )
    heads = (
        "id",
        "name",
        "unit",
        "certificate",
        "valid_from",
        "valid_to",
        "leave",
        "max_half_days",
    )
    return _table(heads, rows)


def _spans(days: Sequence[date]) -> str:
    """Return days as spans; days that no working day lies between are joined."""
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and (day - spans[-1][1]).days == 1:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return ";".join(str(a) if a == b else f"{a}/{b}" for a, b in spans)


def _items() -> bytes:
    heads = ("id", "name", "department", "basis", "levels", "industries")
    basis = "Municipal Code of Chicago 7-38"
    rows = [
        (f"canvass-{half}", f"Canvass of half-year {half}", "cdph", basis, "city", f"{half};3")
        for half in HALVES
    ]
    rows += [
        ("canvass-year", "Canvass of the year", "cdph", basis, "city", ""),
        ("complaint", "Complaint", "cdph", basis, "city", ""),
        ("food-poisoning", "Suspected food poisoning", "cdph", basis, "city", ""),
        ("fire", "Fire complaint", "cdph", basis, "city", ""),
        ("licence", "Licence inspection", "cdph", basis, "city", ""),
    ]
    return _table(heads, rows)


def _due(row: Row, workdays: Sequence[date]) -> date:
    """Return the assumed due date, within the year."""
    at = bisect_left(workdays, row.day) + RESPONSE[row.source]
    return workdays[min(at, len(workdays) - 1)]


def _triggered(asked: Sequence[Row], workdays: Sequence[date]) -> bytes:
    rows = []
    for row in asked:
        due = _due(row, workdays)
        rows.append(
            (
                row.id,
                row.establishment,
                row.source,
                row.source,
                row.day.isoformat(),
                due.isoformat(),
                SEVERITY[row.source],
            )
        )
    heads = ("id", "enterprise", "item", "source", "received", "due", "severity")
    return _table(heads, sorted(rows))


def _duty(establishments: Sequence[Mapping[str, str]], log: Sequence[Row]) -> dict[str, int]:
    """Count the duty: high risks in each half in which they stand in the log, medium, half of low.

    Half of an odd number is rounded down, as the draw may do.
    """
    classes = Counter(r["risk"] for r in establishments)
    high = sum(_halves(r).bit_count() for r in establishments if r["risk"] == HIGH)
    low = classes[LOW] // 2
    unclassed = {r["est_id"].upper() for r in establishments if r["risk"] == NONE}
    return {
        "active": len(establishments),
        "unclassed": len(unclassed),
        "unclassed_canvasses": sum(
            row.kind == "planned" and row.establishment in unclassed for row in log
        ),
        "duty_high": high,
        "duty_medium": classes[MEDIUM],
        "duty_low": low,
        "duty": high + classes[MEDIUM] + low,
    }


def _merging(
    establishments: Sequence[Mapping[str, str]], asked: Sequence[Row], workdays: Sequence[date]
) -> dict[str, int]:
    """Count the visits that merging can save: at most, and where nothing is known beforehand.

    Whom the draw takes of the low risks is not known here: for the most, all that were visited on
    request are taken to be drawn; for the expected, each with the rate.
    """
    place = {day: i for i, day in enumerate(workdays)}
    windows = {
        half: (
            min(place[day] for day in workdays if first <= day),
            max(place[day] for day in workdays if day <= last),
        )
        for half, (first, last) in HALVES.items()
    }
    year = (windows[1][0], windows[2][1])
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in asked:
        spans[row.establishment].append((place[row.day], place[_due(row, workdays)]))
    most, expected = 0, Fraction(0)
    for r in establishments:
        triggered = spans[r["est_id"].upper()]
        planned = [windows[half] for half in HALVES if _halves(r) & half]
        if r["risk"] != HIGH:
            planned = [] if r["risk"] == NONE else [year]
        checks = [*planned, *triggered]
        most += len(checks) - least_visits(checks)
        rate = Fraction(LOW_RATE) if r["risk"] == LOW else Fraction(1)
        expected += len(triggered) - least_visits(triggered)
        expected += rate * sum(met_by_chance(window, triggered) for window in planned)
    return {"saved_most": most, "saved_unforeseen": round(expected)}


def _facts(log: Sequence[Row], asked: Sequence[Row], visits: Mapping[date, int]) -> dict[str, int]:
    """Count what the city did in the year, all kinds, and the part that is replayed."""
    made = sorted({(row.establishment, row.day) for row in log})
    follow = {(row.establishment, row.day) for row in log if row.kind == "followup"}
    repeats = [
        later
        for earlier, later in pairwise(made)
        if earlier[0] == later[0] and (later[1] - earlier[1]).days <= REPEAT_DAYS
    ]
    kinds = Counter(row.kind for row in log)
    return {
        "rows": len(log),
        "visits": len(made),
        "days": len({day for _, day in made}),
        "establishments": len({name for name, _ in made}),
        "canvasses": kinds["planned"],
        "complaints": kinds["triggered"],
        "licences": kinds["licence"],
        "followups": kinds["followup"],
        "repeats": len(repeats),
        "repeats_not_followup": sum(1 for visit in repeats if visit not in follow),
        "triggered": len(asked),
        "capacity": sum(visits.values()),
    }


def _scenario(f: Mapping[str, int]) -> str:
    checks = f["duty"] + f["triggered"]
    undone = checks - f["saved_most"] - f["capacity"]
    facts = (
        (
            f"In {YEAR} the city's log has {f['rows']:,} entries: {f['visits']:,} visits "
            f"(an establishment on a day) at {f['establishments']:,} establishments on {f['days']} "
            f"days.",
            f"{YEAR}年该市记录{f['rows']:,}条：{f['days']}天内对{f['establishments']:,}家"
            f"经营者入企{f['visits']:,}次（一家一天计一次）。",
        ),
        (
            f"{f['canvasses']:,} canvasses, {f['complaints']:,} complaints, {f['licences']:,} "
            f"licence inspections, {f['followups']:,} re-inspections.",
            f"其中计划检查{f['canvasses']:,}次、投诉{f['complaints']:,}次、"
            f"许可检查{f['licences']:,}次、复查{f['followups']:,}次。",
        ),
        (
            f"{f['repeats']:,} visits came within {REPEAT_DAYS} days of another at the same "
            f"establishment, {f['repeats_not_followup']:,} of them without any re-inspection "
            f"({f['repeats_not_followup'] / f['visits']:.1%} of all visits).",
            f"{f['repeats']:,}次入企距同一经营者上一次不足{REPEAT_DAYS}天，"
            f"其中{f['repeats_not_followup']:,}次并非复查"
            f"（占全部入企的{f['repeats_not_followup'] / f['visits']:.1%}）。",
        ),
        (
            f"The city's duty that year (high risk twice, medium once, low every second year): "
            f"{f['duty']:,} checks, {f['duty_high']:,} + {f['duty_medium']:,} + "
            f"{f['duty_low']:,}. It made {f['canvasses']:,} canvasses, "
            f"{f['unclassed_canvasses']:,} of them where the data gives no risk class.",
            f"该市按风险等级规定的频次（高风险一年两次、中风险一次、低风险两年一次），"
            f"当年应检{f['duty']:,}项（{f['duty_high']:,}＋{f['duty_medium']:,}＋"
            f"{f['duty_low']:,}）。实际计划检查{f['canvasses']:,}次，其中"
            f"{f['unclassed_canvasses']:,}次的对象没有风险等级数据。",
        ),
        (
            f"Duty and {f['triggered']:,} triggered checks are {checks:,} checks; the capacity is "
            f"the {f['capacity']:,} visits made. One by one {checks - f['capacity']:,} could not "
            f"be done. Merging can save {f['saved_most']:,} visits at most "
            f"({f['saved_most'] / checks:.1%}), so {undone:,} checks or more stay undone: the plan "
            f"names them, reason capacity.",
            f"应检与触发式检查{f['triggered']:,}项合计{checks:,}项，力量为实际入企的"
            f"{f['capacity']:,}次。逐项检查则{checks - f['capacity']:,}项无法完成；合并最多节省"
            f"{f['saved_most']:,}次（{f['saved_most'] / checks:.1%}），故至少{undone:,}项"
            f"无法完成，方案逐项列出，原因为力量不足。",
        ),
        (
            f"Much of that saving is foresight: the planner keeps a canvass back for a complaint "
            f"that it knows will come. Canvasses on evenly spread days, made early when somebody "
            f"asks for a visit, would save about {f['saved_unforeseen']:,} visits "
            f"({f['saved_unforeseen'] / checks:.1%}).",
            f"其中不少来自预知：编排时已知何时会有投诉，可将计划检查留待合并。若计划检查日期"
            f"均匀分布、遇触发式检查时提前一并完成，约可节省{f['saved_unforeseen']:,}次"
            f"（{f['saved_unforeseen'] / checks:.1%}）。",
        ),
    )
    assumptions = (
        (
            "The log holds only the day of an inspection: a triggered check is taken as received "
            "that day, and due 10 working days later (2 for suspected food poisoning and fire).",
            "记录中只有检查日期：触发式检查视为当日收到，10个工作日内办结"
            "（疑似食物中毒和火灾为2个工作日）。",
        ),
        (
            "An establishment is active from its first to its last entry in the log of 2011-01 to "
            "2013-06; a high risk is due in each half of the year in which it is active. Its class "
            "is that of its latest canvass that could be matched with a published result.",
            "经营者自其在记录（2011年1月至2013年6月）中首次出现至最后出现视为存续；"
            "高风险者在其存续的每个半年各检一次。风险等级取自能与公开结果对应的最近一次计划检查。",
        ),
        (
            f"{f['unclassed']:,} of {f['active']:,} active establishments have no risk class: "
            f"their duty cannot be told and none is planned, so the real duty was larger. The "
            f"visits made to them count as capacity.",
            f"存续的{f['active']:,}家中{f['unclassed']:,}家没有风险等级，无从得知频次，"
            f"未列计划，实际应检更多；当年对其入企仍计入力量。",
        ),
        (
            "Low risks of this year: half of them, drawn by lot; which half the city meant is not "
            "known.",
            "低风险者当年抽取一半；该市当年原定检查哪一半不得而知。",
        ),
        (
            "Re-inspections depend on results that the log does not hold: they and the visits made "
            "for them alone are left out, of the work and of the capacity.",
            "复查取决于记录中没有的检查结果：复查及专为复查的入企，既不计工作量，也不计力量。",
        ),
        (
            "The capacity of a day is the number of visits really made that day for canvasses, "
            "complaints and licences. A team of two stands for the one sanitarian who went.",
            "每日力量等于当日为计划检查、投诉和许可实际入企的次数；以两人一组代替当时的一名检查员。",
        ),
        (
            "The plan's saving is told of the checks it visits. Short of capacity it keeps those "
            "that merge, so the share is above that of all checks, and planning knows the whole "
            "year beforehand: read it as the most, not as what to expect.",
            "方案的节省比例以已安排的检查为基数；力量不足时优先保留可合并者，且编排时已知全年检查，"
            "故为上限，并非预期值。",
        ),
    )
    lines = [
        "# Built by build.py from the city's log; see README.md for source, licence and limits.",
        "format: double-random/scenario/v1",
        "name: chicago",
        f"title: {{en: 'Chicago food inspections, {YEAR}, as they arrived', "
        f"zh: '芝加哥食品检查回放（{YEAR}年）'}}",
        "city: chicago",
        "identifiers: free",
        f"horizon: {{from: {YEAR}-01-01, to: {YEAR}-12-31}}",
        "registers:",
        "  enterprises: registers/enterprises.csv.gz",
        "  units: registers/units.csv",
        "  inspectors: registers/inspectors.csv.gz",
        "  items: registers/items.csv",
        "  triggered: registers/triggered.csv.gz",
        "codes: {areas: areas.csv, industries: industries.csv}",
        "calendar: {file: calendar.csv}",
        "rules: [rules.yaml]",
        "times:",
        "  committed: 2011-12-19T09:00:00-06:00",
        "  revealed: 2011-12-21T10:00:00-06:00",
        "  planned: 2011-12-28T09:00:00-06:00",
        "  odds: 2011-12-29T09:00:00-06:00",
        "  teams: 2011-12-30T10:00:00-06:00",
        "secrets: demo",
        "campaign:",
        f"  id: chicago-{YEAR}",
        "  mode: open",
        '  seed: {source: dice, sides: 10, rolls: "17320508075688772935"}',
        "  orders:",
    ]
    none = {HIGH: "0", MEDIUM: "0", LOW: "0", NONE: "0"}
    for item, rates, (first, last) in (
        *((f"canvass-{half}", none | {HIGH: "1"}, window) for half, window in HALVES.items()),
        ("canvass-year", none | {MEDIUM: "1", LOW: LOW_RATE}, (HALVES[1][0], HALVES[2][1])),
    ):
        told_rates = ", ".join(f'"{name}": "{rate}"' for name, rate in rates.items())
        lines += [
            f"    - item: {item}",
            "      strata_by: [risk]",
            f"      rates: {{{told_rates}}}",
            f"      window: {{from: {first}, to: {last}}}",
        ]
    lines += [
        "teams:",
        '  seed: {source: dice, sides: 10, rolls: "22360679774997896964"}',
        f"  period: {{from: {YEAR}-01-03, to: {YEAR}-01-06}}",
        '  kappa: "3/10"',
        "about:",
    ]
    for key, told in (("facts", facts), ("assumptions", assumptions)):
        lines.append(f"  {key}:")
        for en, zh in told:
            lines += [f"    - en: {_quoted(en)}", f"      zh: {_quoted(zh)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return made.getvalue().encode()


def _zip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


if __name__ == "__main__":
    main()
