"""A made-up run of any size, consistent in itself, for the publication's tests and looks."""

from __future__ import annotations

import json
import random
from collections import Counter
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

COUNTIES = {
    "140302": "城区",
    "140303": "矿区",
    "140311": "郊区",
    "140321": "平定县",
    "140322": "盂县",
}
DEPARTMENTS = [
    ("market", "市场监督管理局"), ("fire", "消防救援机构"), ("emergency", "应急管理局"),
    ("environment", "生态环境局"), ("housing", "住房和城乡建设局"), ("labour", "人力资源和社会保障局"),
    ("transport", "交通运输局"), ("tax", "税务局"), ("culture", "文化和旅游局"), ("health", "卫生健康委员会"),
]  # fmt: skip
D = 10**9


def canonical(value) -> bytes:
    """The values here are ASCII-keyed and without floats, so this is RFC 8785 too."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def make_run(
    *, enterprises=240, departments=6, seed=7, fixed=False, demo=False, about=None, names=None
) -> PublicationInput:
    """Build a run; `names` replaces the first enterprises' names."""
    rng = random.Random(seed)
    deps = [
        DEPARTMENTS[i] if i < len(DEPARTMENTS) else (f"dep{i}", f"第{i}行政执法局")
        for i in range(departments)
    ]
    counties = list(COUNTIES)
    zone = ("high-tech",)
    firms = {}
    for i in range(enterprises):
        ident = f"911403{i:011d}X"
        name = names[i] if names and i < len(names) else f"阳泉市示例{i:05d}商贸有限公司"
        firms[ident] = Enterprise(
            ident, name, rng.choice(counties), "5212", rng.choice(["k1", "k2", ""]),
            zones=zone if rng.random() < 0.1 else (),
        )  # fmt: skip
    units, items, inspectors = {}, {}, {}
    for code, name in deps:
        units[f"{code}-140300"] = Unit(
            f"{code}-140300", f"阳泉市{name}", code, name, "city", "140300"
        )
        for county, place in COUNTIES.items():
            ident = f"{code}-{county}"
            units[ident] = Unit(ident, f"{place}{name}", code, name, "county", county)
        ident = f"{code[:1].upper()}{code[-1].upper()}-01"
        items[ident] = Item(
            ident, f"{name}监督检查事项", code, basis="《中华人民共和国产品质量法》第十五条",
            levels=("city", "county"), industries=("F",) if code == "market" else (),
        )  # fmt: skip
    for unit in units:
        for k in range(rng.randint(4, 8)):
            ident = f"I-{unit}-{k:02d}"
            inspectors[ident] = Inspector(
                ident, f"检查员{k}", unit, f"SX{ident}", Span(date(2020, 1, 1), date(2030, 1, 1))
            )
    start = date(2026, 1, 1)
    calendar = make_calendar(
        Span(start, date(2026, 12, 31)),
        holidays=[date(2026, 2, d) for d in range(16, 24)] + [date(2026, 10, d) for d in range(1, 8)],
    )  # fmt: skip
    draw_items, spec_items, checks, distinct = [], [], [], set()
    for item in sorted(items):
        strata = []
        for county in counties:
            people = sorted(e for e in firms if firms[e].county == county)
            rng.shuffle(people)
            size = max(1, len(people) * 5 // 100 + rng.randint(0, max(1, len(people) // 12)))
            sample, reserves = people[:size], people[size : size + 2]
            strata.append((county, len(people), sample, reserves))
            distinct.update(sample)
            for firm in sample:
                month = rng.choice([1, 3, 4, 5, 6, 7, 8, 9])
                checks.append(
                    {
                        "id": f"P-{item}-{firm}", "enterprise": firm, "item": item,
                        "kind": "planned", "source": "draw",
                        "release": f"2026-{month:02d}-01", "due": f"2026-{month + 3:02d}-28",
                        "severity": 1, "level": "county", "reason": "both-competent",
                        "units": [f"{items[item].department}-{county}"],
                    }
                )  # fmt: skip
        window = ["2026-01-05", "2026-12-20"]
        spec_items.append(
            {
                "item": item, "department": items[item].department, "strata_by": ["county"],
                "reserves": 2, "window": window,
                "strata": [{"stratum": s[0], "population": s[1], "rate": "1/20"} for s in strata],
            }
        )  # fmt: skip
        draw_items.append(
            {
                "item": item, "rounding": {"denominator": 20, "r": 3},
                "strata": [
                    {
                        "stratum": s[0], "population": s[1],
                        "probability": str(Fraction(len(s[2]), max(s[1], 1))),
                        "size": len(s[2]), "cutoff": "00" * 32,
                        "sample": s[2], "reserves": s[3],
                    }
                    for s in strata
                ],
            }
        )  # fmt: skip
    for k, firm in enumerate(sorted(firms)[: max(3, enterprises // 30)]):
        item = rng.choice(sorted(items))
        checks.append(
            {
                "id": f"T-{k:04d}", "enterprise": firm, "item": item, "kind": "triggered",
                "source": "complaint", "release": "2026-03-02", "due": "2026-03-31", "severity": 2,
                "level": "county", "reason": "both-competent",
                "units": [f"{items[item].department}-{firms[firm].county}"],
            }
        )  # fmt: skip
    checks.sort(key=lambda c: c["id"])
    offsite, onsite = checks[::40], [c for i, c in enumerate(checks) if i % 40]
    by_firm: dict[str, list[dict]] = {}
    for check in onsite:
        by_firm.setdefault(check["enterprise"], []).append(check)
    left_out, groups = [], []
    for firm, found in sorted(by_firm.items()):
        while found:
            group, found = found[: rng.randint(1, 4)], found[4:] if False else found
            found = found[len(group) :]
            if rng.random() < 0.01:
                left_out.append({"check": group[0]["id"], "reason": {"code": "capacity"}})
                group = group[1:]
            if group:
                last = min(date.fromisoformat(c["due"]) for c in group)
                first = min(date.fromisoformat(c["release"]) for c in group)
                day = first + timedelta(days=rng.randint(0, (last - first).days))
                while not calendar.is_working(day):
                    day -= (
                        timedelta(days=1) if day > start + timedelta(days=4) else -timedelta(days=1)
                    )
                groups.append((day, firm, group))
    groups.sort(key=lambda g: (g[0], g[1]))
    visits = []
    for n, (day, firm, group) in enumerate(groups, start=1):
        used = sorted({u for c in group for u in c["units"]})
        seats = [
            {"unit": u, "inspectors": 2 if k == 0 else 1, "effort": 1, "skills": []}
            for k, u in enumerate(used)
        ]
        visits.append(
            {
                "id": f"V{n:06d}", "enterprise": firm, "day": day.isoformat(),
                "checks": sorted(c["id"] for c in group), "lead": used[0], "seats": seats,
                "exempt": "complaint" if any(c["kind"] == "triggered" for c in group) else "",
            }
        )  # fmt: skip
    return _finish(locals())


def _finish(v) -> PublicationInput:
    visits, onsite, firms, items = v["visits"], v["onsite"], v["firms"], v["items"]
    members: dict[str, list[str]] = {}
    for ident, inspector in v["inspectors"].items():
        members.setdefault(inspector.unit, []).append(ident)
    rng = v["rng"]
    parts: dict[str, list] = {}
    teams: dict[str, dict[str, list[str]]] = {}
    for visit in visits:
        if visit["day"] >= "2026-04-01":
            continue
        for seat in visit["seats"]:
            people = sorted(members[seat["unit"]])
            share, rest = divmod(seat["inspectors"] * D, len(people))
            odds = [share + (i < rest) for i in range(len(people))]
            parts.setdefault(seat["unit"], []).append(
                {"visit": visit["id"], "skill": "", "seats": seat["inspectors"], "odds": odds}
            )
            chosen = sorted(rng.sample(people, seat["inspectors"]))
            teams.setdefault(visit["id"], {})[seat["unit"]] = chosen
    by_dep_before = Counter(items[c["item"]].department for c in onsite)
    by_id = {c["id"]: c for c in onsite}
    by_dep_after = Counter(
        d for x in visits for d in {items[by_id[c]["item"]].department for c in x["checks"]}
    )
    county_before = Counter(firms[c["enterprise"]].county for c in onsite)
    county_after = Counter(firms[x["enterprise"]].county for x in visits)

    def states(before, after):
        return {
            k: {
                "unmerged": before[k],
                "department_merged": (before[k] + after[k] + 1) // 2,
                "visits": after[k],
            }
            for k in before
        }

    pairs = [
        {"enterprise": a["enterprise"], "visits": [a["id"], b["id"]], "reason": {"code": code}}
        for a, b, code in zip(visits, visits[1:], ["windows", "quiet", "capacity"] * 400, strict=False)
        if a["enterprise"] < b["enterprise"]
    ][:60]  # fmt: skip
    least = len({c["enterprise"] for c in onsite})
    campaign, spec = "synthetic-2026", {}
    docs: dict[str, dict] = {}
    dice = {"source": "dice", "sides": 10, "rolls": "31415926535897932384"}
    source = {"source": "fixed", "text": "test"} if v["fixed"] else dice
    registers = [{"register": "enterprises", "file": "enterprises.csv", "sha256": "ab" * 32,
                  "rows": len(firms), "excluded": []}]  # fmt: skip
    docs["frame"] = {
        "hash": "sha256",
        "size": len(firms),
        "root": "1f" * 32,
        "registers": registers,
    }
    spec = {"frame_root": "1f" * 32, "mode": "open", "seed_source": {"source": "dice", "sides": 10}}
    docs["spec"] = {**spec, "items": v["spec_items"]}
    docs["seed"] = {"purpose": "draw", "source": source, "text": "double-random/v1 campaign=synthetic-2026 purpose=draw",
                    "key": "2e" * 32, "entropy_millibits": 66438, "test": v["fixed"]}  # fmt: skip
    drawn = sum(s["size"] for i in v["draw_items"] for s in i["strata"])
    docs["draw"] = {
        "frame_root": "1f" * 32, "spec": "3d" * 32, "seed": "4c" * 32, "key": "2e" * 32,
        "items": v["draw_items"],
        "distinct": {
            "drawn": drawn, "enterprises": len(v["distinct"]),
            "independent": f"{drawn * 9 // 10}.123456", "bound": f"{len(v['distinct']) * 98 // 100}.500000",
            "simulation": {"draws": 200, "mean": f"{len(v['distinct'])}.120000", "standard_error": "1.234567"},
        },
    }  # fmt: skip
    docs["checks"] = {"draw": "5b" * 32, "checks": onsite, "offsite": v["offsite"]}
    per_unit = {u: [2 * len(members[u]) * w for w in v["calendar"].working] for u in v["units"]}
    docs["problem"] = {
        "checks": "6a" * 32,
        "calendar": {"start": "2026-01-01", "working": "".join("01"[w] for w in v["calendar"].working)},
        "rules": {
            "name": "yangquan-2025", "source": "阳政办发〔2025〕24号",
            "caps": [
                {"id": "cap-department", "by": ["department"], "limit": 2, "limits": {}, "source": "第四条"},
                {"id": "cap-total", "by": [], "limit": 4, "limits": {"k1": 2, "": 3}, "source": "第四条"},
            ],
            "quiet": [
                {"id": "q1", "zones": ["high-tech"], "month_days": [1, 20],
                 "exempt": ["complaint", "transferred"], "source": "第十条"},
                {"id": "q2", "spans": ["2026-06-07/2026-06-09"], "exempt": []},
            ],
            "team": {"lead": 2, "other": 1}, "level": {"both": "county", "major": "city", "cross_county": "city"},
            "exempt_sources": ["complaint", "transferred"], "gap_days": 5, "offsite_first": True,
        },
        "capacity": per_unit,
        "enterprises": {e: {"county": f.county, "risk": f.risk} for e, f in firms.items()},
    }  # fmt: skip
    docs["plan"] = {
        "version": 1, "visits": visits, "left_out": v["left_out"],
        "bound": {"visits": least, "enterprises": {}}, "unmerged": pairs,
        "comparison": {
            "unmerged": len(onsite), "department_merged": (len(onsite) * 4 + len(visits)) // 5,
            "visits": len(visits), "by_department": states(by_dep_before, by_dep_after),
            "by_county": states(county_before, county_after),
        },
    }  # fmt: skip
    docs["roster"] = {
        "inspectors": [{"id": i, "unit": p.unit} for i, p in sorted(v["inspectors"].items())]
    }
    docs["odds"] = {
        "period": ["2026-01-01", "2026-03-31"], "denominator": D,
        "parts": [
            {"unit": u, "effort": 1, "inspectors": sorted(members[u]), "groups": parts[u]} for u in sorted(parts)
        ],
    }  # fmt: skip
    docs["teams-seed"] = {**docs["seed"], "purpose": "teams"}
    docs["teams"] = {"odds": "7f" * 32, "key": "8e" * 32, "teams": teams}
    files = {}
    for name, body in docs.items():
        files[f"transcript/{name}.json"] = canonical(
            {"format": f"double-random/{name}/v1", "campaign": campaign, **body}
        )
    files["transcript/frame.jsonl"] = b"".join(
        canonical({"id": e, "county": f.county}) + b"\n" for e, f in sorted(firms.items())
    )
    kinds = ["frame", "spec", "seed-source", "seed", "draw", "checks", "problem", "roster", "plan",
             "odds", "teams-seed-source", "teams-seed", "teams"]  # fmt: skip
    files["ledger/entries.jsonl"] = b"".join(
        canonical({"index": i, "time": f"2025-12-{20 + i // 2}T09:00:00+08:00", "kind": kind,
                   "campaign": campaign, "body": {"sha256": sha256(kind.encode()).hexdigest()}}) + b"\n"
        for i, kind in enumerate(kinds)
    )  # fmt: skip
    files["ledger/checkpoint.txt"] = (
        "double-random/synthetic-2026\n13\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— double-random/synthetic-2026 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    ).encode()
    files["ledger/log.vkey"] = (
        b"double-random/synthetic-2026+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n"
    )
    return PublicationInput(
        campaign=campaign,
        title={"zh": "阳泉市", "en": "Yangquan"},
        documents=files,
        registers=Registers(
            firms,
            v["units"],
            v["inspectors"],
            items,
            areas=COUNTIES,
            industries={"F": "批发和零售业", "5212": "超级市场零售"},
        ),  # fmt: skip
        summary={"visits": len(visits)},
        verifier=b"# verifier\n",
        demo_secrets=v["demo"],
        about=v["about"] or {},
    )
