"""A made-up run of any size, consistent in itself, for the publication's tests.

Nothing here draws or plans as the project does: it only makes documents of the published shapes,
so that the pages can be tried with hostile names and at any size without a solver.
"""

import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256

from optimizer.domain.days import Span, make_calendar
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.unit import Unit
from optimizer.publication import PublicationInput

CAMPAIGN = "synthetic-2026"
DENOMINATOR = 10**9
PERIOD = ["2026-01-01", "2026-03-31"]
COUNTIES = {
    "140302": "城区",
    "140303": "矿区",
    "140311": "郊区",
    "140321": "平定县",
    "140322": "盂县",
}
DEPARTMENTS = {
    "market": "市场监督管理局",
    "fire": "消防救援机构",
    "emergency": "应急管理局",
    "environment": "生态环境局",
    "housing": "住房和城乡建设局",
    "labour": "人力资源和社会保障局",
    "transport": "交通运输局",
    "tax": "税务局",
    "culture": "文化和旅游局",
    "health": "卫生健康委员会",
}
RULES = {
    "name": "yangquan-2025",
    "source": "阳政办发〔2025〕24号",
    "caps": [
        {"id": "cap-department", "by": ["department"], "limit": 2, "source": "第四条"},
        {"id": "cap-total", "by": [], "limit": 4, "limits": {"k1": 2, "": 3}, "source": "第四条"},
    ],
    "quiet": [
        {
            "id": "quiet-zone",
            "zones": ["high-tech"],
            "month_days": [1, 20],
            "exempt": ["complaint", "transferred"],
            "source": "第十条",
        },
        {"id": "quiet-exam", "spans": ["2026-06-07/2026-06-09"], "exempt": []},
    ],
    "team": {"lead": 2, "other": 1},
    "level": {"both": "county", "major": "city", "cross_county": "city"},
    "exempt_sources": ["complaint", "transferred"],
    "gap_days": 5,
    "offsite_first": True,
}
LEDGER_KINDS = (
    *("frame", "spec", "seed-source", "seed", "draw", "checks"),
    *("problem", "roster", "plan", "odds", "teams-seed-source", "teams-seed", "teams"),
)
CHECKPOINT = (
    f"double-random/{CAMPAIGN}\n13\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    f"— double-random/{CAMPAIGN} Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5\n"
)
CALENDAR = make_calendar(
    Span(date(2026, 1, 1), date(2026, 12, 31)),
    holidays=[
        *(date(2026, 2, day) for day in range(16, 24)),
        *(date(2026, 10, day) for day in range(1, 8)),
    ],
)


def canonical(value) -> bytes:
    """The values here have ASCII keys and no floats, so this is RFC 8785 too."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@dataclass
class City:
    """The registers, and chance."""

    firms: dict
    units: dict
    items: dict
    inspectors: dict
    rng: random.Random

    def unit_of(self, check) -> str:
        """Return the county unit that goes."""
        return f"{self.items[check['item']].department}-{self.firms[check['enterprise']].county}"


def make_city(enterprises, departments, names, rng) -> City:
    """Make registers; `names` replaces the first enterprises' names."""
    found = dict(list(DEPARTMENTS.items())[:departments])
    found |= {f"dep{i}": f"第{i}行政执法局" for i in range(len(found), departments)}
    firms, units, items, inspectors = {}, {}, {}, {}
    for i in range(enterprises):
        ident = f"911403{i:011d}X"
        firms[ident] = Enterprise(
            ident,
            names[i] if i < len(names) else f"阳泉市示例{i:05d}商贸有限公司",
            rng.choice(list(COUNTIES)),
            "5212",
            rng.choice(["k1", "k2", ""]),
            zones=("high-tech",) if rng.random() < 0.1 else (),
        )
    for code, name in found.items():
        for area, place in {"140300": "阳泉市", **COUNTIES}.items():
            level = "city" if area == "140300" else "county"
            units[f"{code}-{area}"] = Unit(f"{code}-{area}", place + name, code, name, level, area)
        items[f"{code}-01"] = Item(
            f"{code}-01",
            f"{name}监督检查事项",
            code,
            basis="《中华人民共和国产品质量法》第十五条",
            levels=("city", "county"),
            industries=("F",) if code == "market" else (),
        )
    for unit in units:
        for k in range(rng.randint(4, 8)):
            ident = f"I-{unit}-{k:02d}"
            valid = Span(date(2020, 1, 1), date(2030, 1, 1))
            inspectors[ident] = Inspector(ident, f"检查员{k}", unit, f"SX{ident}", valid)
    return City(firms, units, items, inspectors, rng)


def make_draw(city) -> tuple[list, list, list]:
    """Return the items of spec and draw, and the planned checks."""
    ordered, drawn, checks = [], [], []
    for item in sorted(city.items):
        strata = []
        for county in COUNTIES:
            people = sorted(e for e, firm in city.firms.items() if firm.county == county)
            city.rng.shuffle(people)
            size = min(len(people), 1 + len(people) // 20 + city.rng.randint(0, len(people) // 12))
            sample = people[:size]
            strata.append(
                {
                    "stratum": county,
                    "population": len(people),
                    "probability": str(Fraction(size, max(len(people), 1))),
                    "size": size,
                    "cutoff": "00" * 32,
                    "sample": sample,
                    "reserves": people[size : size + 2],
                }
            )
            checks += [make_check(city, f"P-{item}-{firm}", firm, item) for firm in sample]
        ordered.append(
            {
                "item": item,
                "department": city.items[item].department,
                "strata_by": ["county"],
                "reserves": 2,
                "window": ["2026-01-05", "2026-12-20"],
                "strata": [
                    {"stratum": s["stratum"], "population": s["population"], "rate": "1/20"}
                    for s in strata
                ],
            }
        )
        drawn.append({"item": item, "rounding": None, "strata": strata})
    return ordered, drawn, checks


def make_check(city, ident, firm, item, *, source="draw") -> dict:
    """Return a check with a window of four months."""
    month = city.rng.choice([1, 3, 4, 5, 6, 7, 8, 9])
    check = {
        "id": ident,
        "enterprise": firm,
        "item": item,
        "kind": "planned" if source == "draw" else "triggered",
        "source": source,
        "release": f"2026-{month:02d}-01",
        "due": f"2026-{month + 3:02d}-28",
        "severity": 1,
        "level": "county",
        "reason": "both-competent",
    }
    return {**check, "units": [city.unit_of(check)]}


def make_visits(city, onsite) -> tuple[list, list]:
    """Put each enterprise's checks into visits of one to four; leave a few out."""
    waiting: dict[str, list] = {}
    for check in onsite:
        waiting.setdefault(check["enterprise"], []).append(check)
    groups, left_out = [], []
    for firm, checks in sorted(waiting.items()):
        rest = checks
        while rest:
            size = city.rng.randint(1, 4)
            group, rest = rest[:size], rest[size:]
            if city.rng.random() < 0.02:
                mend = {"mend": "due-later", "day": "2026-12-01"}
                reason = {"code": "capacity", "unit": group[0]["units"][0], "mend": [mend]}
                left_out.append({"check": group[0]["id"], "reason": reason})
                group = group[1:]
            if group:
                groups.append((working_day(city, group), firm, group))
    groups.sort(key=lambda found: found[:2])
    visits = []
    for number, (day, firm, group) in enumerate(groups, start=1):
        units = sorted({unit for check in group for unit in check["units"]})
        visits.append(
            {
                "id": f"V{number:06d}",
                "enterprise": firm,
                "day": day.isoformat(),
                "checks": sorted(check["id"] for check in group),
                "lead": units[0],
                "seats": [
                    {"unit": unit, "inspectors": 2 - (k > 0), "effort": 1, "skills": []}
                    for k, unit in enumerate(units)
                ],
                "exempt": "complaint" if any(c["kind"] == "triggered" for c in group) else "",
            }
        )
    return visits, left_out


def working_day(city, group) -> date:
    """Return some working day near the group's windows."""
    first = min(date.fromisoformat(check["release"]) for check in group)
    day = first + timedelta(days=city.rng.randint(0, 80))
    while not CALENDAR.is_working(day):
        day += timedelta(days=1)
    return day


def make_teams(city, visits) -> tuple[list, dict]:
    """Return the parts of the odds, and the teams, for the visits of the period."""
    members: dict[str, list[str]] = {}
    for ident, inspector in city.inspectors.items():
        members.setdefault(inspector.unit, []).append(ident)
    groups: dict[str, list] = {}
    teams: dict[str, dict[str, list[str]]] = {}
    for visit in visits:
        if visit["day"] > PERIOD[1]:
            continue
        for seat in visit["seats"]:
            people = members[seat["unit"]]
            share, rest = divmod(seat["inspectors"] * DENOMINATOR, len(people))
            odds = [share + (i < rest) for i in range(len(people))]
            group = {"visit": visit["id"], "skill": "", "seats": seat["inspectors"], "odds": odds}
            groups.setdefault(seat["unit"], []).append(group)
            chosen = sorted(city.rng.sample(people, seat["inspectors"]))
            teams.setdefault(visit["id"], {})[seat["unit"]] = chosen
    parts = [
        {"unit": unit, "effort": 1, "inspectors": members[unit], "groups": groups[unit]}
        for unit in sorted(groups)
    ]
    return parts, teams


def make_comparison(city, onsite, visits, left_out) -> dict:
    """Count visits before and after, as docs/formats/plan.md does."""
    gone = {entry["check"] for entry in left_out}
    by_id = {check["id"]: check for check in onsite if check["id"] not in gone}
    department = {ident: city.items[check["item"]].department for ident, check in by_id.items()}

    def states(before, after):
        return {
            key: {
                "unmerged": before[key],
                "department_merged": (before[key] + after[key] + 1) // 2,
                "visits": after[key],
            }
            for key in before
        }

    return {
        "unmerged": len(by_id),
        "department_merged": (4 * len(by_id) + len(visits)) // 5,
        "visits": len(visits),
        "by_department": states(
            Counter(department.values()),
            Counter(d for v in visits for d in {department[c] for c in v["checks"]}),
        ),
        "by_county": states(
            Counter(city.firms[check["enterprise"]].county for check in by_id.values()),
            Counter(city.firms[visit["enterprise"]].county for visit in visits),
        ),
    }


def make_seed(purpose, fixed) -> dict:
    """Return a seed's document."""
    dice = {"source": "dice", "sides": 10, "rolls": "31415926535897932384"}
    return {
        "purpose": purpose,
        "source": {"source": "fixed", "text": "test"} if fixed else dice,
        "text": f"double-random/v1 campaign={CAMPAIGN} purpose={purpose}",
        "key": sha256(purpose.encode()).hexdigest(),
        "entropy_millibits": 0 if fixed else 66438,
        "test": fixed,
    }


def make_documents(city, fixed) -> dict[str, dict]:
    """Return the transcripts, less format and campaign."""
    ordered, drawn, checks = make_draw(city)
    for k, firm in enumerate(sorted(city.firms)[: max(3, len(city.firms) // 30)]):
        item = city.rng.choice(sorted(city.items))
        checks.append(make_check(city, f"T-{k:05d}", firm, item, source="complaint"))
    checks.sort(key=lambda check: check["id"])
    onsite = [check for i, check in enumerate(checks) if i % 40]
    visits, left_out = make_visits(city, onsite)
    parts, teams = make_teams(city, visits)
    last: dict[str, str] = {}
    unmerged = []
    for visit in visits:
        if earlier := last.get(visit["enterprise"]):
            code = ("windows", "quiet", "capacity")[len(unmerged) % 3]
            pair = {"visits": [earlier, visit["id"]], "reason": {"code": code}}
            unmerged.append({"enterprise": visit["enterprise"], **pair})
        last[visit["enterprise"]] = visit["id"]
    samples = [ident for entry in drawn for s in entry["strata"] for ident in s["sample"]]
    distinct = len(set(samples))
    staff = Counter(inspector.unit for inspector in city.inspectors.values())
    spec = {"frame_root": "1f" * 32, "mode": "open", "seed_source": {"source": "dice", "sides": 10}}
    register = {"register": "enterprises", "file": "enterprises.csv", "sha256": "ab" * 32}
    return {
        "frame": {
            "hash": "sha256",
            "size": len(city.firms),
            "root": "1f" * 32,
            "registers": [{**register, "rows": len(city.firms), "excluded": []}],
        },
        "spec": {**spec, "items": ordered},
        "seed": make_seed("draw", fixed),
        "draw": {
            "frame_root": "1f" * 32,
            "spec": "3d" * 32,
            "seed": "4c" * 32,
            "key": make_seed("draw", fixed)["key"],
            "items": drawn,
            "distinct": {
                "drawn": len(samples),
                "enterprises": distinct,
                "independent": f"{len(samples) * 9 // 10}.123456",
                "bound": f"{distinct * 98 // 100}.500000",
                "simulation": {
                    "draws": 200,
                    "mean": f"{distinct}.120000",
                    "standard_error": "1.234567",
                },
            },
        },
        "checks": {"draw": "5b" * 32, "checks": onsite, "offsite": checks[::40]},
        "problem": {
            "checks": "6a" * 32,
            "calendar": {
                "start": CALENDAR.start.isoformat(),
                "working": "".join("01"[flag] for flag in CALENDAR.working),
            },
            "rules": RULES,
            "items": {i: {"department": item.department} for i, item in city.items.items()},
            "capacity": {
                unit: [2 * staff[unit] * flag for flag in CALENDAR.working] for unit in city.units
            },
            "enterprises": {
                ident: {"county": firm.county, "risk": firm.risk}
                for ident, firm in city.firms.items()
            },
        },
        "plan": {
            "version": 1,
            "visits": visits,
            "left_out": left_out,
            "bound": {"visits": len({c["enterprise"] for c in onsite}), "enterprises": {}},
            "unmerged": unmerged,
            "comparison": make_comparison(city, onsite, visits, left_out),
        },
        "roster": {
            "inspectors": [{"id": i, "unit": p.unit} for i, p in sorted(city.inspectors.items())]
        },
        "odds": {"period": PERIOD, "denominator": DENOMINATOR, "parts": parts},
        "teams-seed": make_seed("teams", fixed),
        "teams": {"odds": "7f" * 32, "key": make_seed("teams", fixed)["key"], "teams": teams},
    }


def make_ledger() -> bytes:
    """Return entries in the order of a run."""
    entries = (
        {
            "index": i,
            "time": f"2025-12-{20 + i // 2}T09:00:00+08:00",
            "kind": kind,
            "campaign": CAMPAIGN,
            "body": {"sha256": sha256(kind.encode()).hexdigest()},
        }
        for i, kind in enumerate(LEDGER_KINDS)
    )
    return b"".join(canonical(entry) + b"\n" for entry in entries)


def make_run(
    *, enterprises=240, departments=6, fixed=False, demo=False, about=None, names=()
) -> PublicationInput:
    """Build a run; the same arguments give the same run."""
    city = make_city(enterprises, departments, names, random.Random(7))
    files = {
        f"transcript/{name}.json": canonical(
            {"format": f"double-random/{name}/v1", "campaign": CAMPAIGN, **body}
        )
        for name, body in make_documents(city, fixed).items()
    }
    files["transcript/frame.jsonl"] = b"".join(
        canonical({"id": ident, "county": firm.county}) + b"\n"
        for ident, firm in sorted(city.firms.items())
    )
    files["ledger/entries.jsonl"] = make_ledger()
    files["ledger/checkpoint.txt"] = CHECKPOINT.encode()
    files["ledger/log.vkey"] = f"double-random/{CAMPAIGN}+c74f20a3+ARpc2QcUPDhMQegw\n".encode()
    return PublicationInput(
        campaign=CAMPAIGN,
        title={"zh": "阳泉市", "en": "Yangquan"},
        documents=files,
        registers=Registers(
            city.firms,
            city.units,
            city.inspectors,
            city.items,
            areas=COUNTIES,
            industries={"F": "批发和零售业", "5212": "超级市场零售"},
        ),
        summary={"enterprises": enterprises},
        verifiers={"verify.py": b"# verifier\n"},
        demo_secrets=demo,
        about=about or {},
    )
