"""Explanations as sentences, in Chinese and English; the texts stand in ``texts.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from optimizer.domain.registry import Document

PLACE = {"zh": 0, "en": 1}


def load_texts() -> dict[str, list[str]]:
    """Return code → ``[Chinese, English]``."""
    found: dict[str, list[str]] = json.loads(
        files("optimizer.cli.plan").joinpath("texts.json").read_text("utf-8")
    )
    return found


class Words:
    """Says what the plan's verbs found.

    Parameters
    ----------
    lang
        ``en`` or ``zh``.
    """

    def __init__(self, lang: str) -> None:
        self._at = PLACE[lang]
        self._texts = load_texts()

    def text(self, key: str, **values: object) -> str:
        """Return a text with values filled in."""
        return self._texts[key][self._at].format(**values)

    def _list(self, words: Any) -> str:
        return ("、", ", ")[self._at].join(str(word) for word in words)

    def reason(self, reason: Mapping[str, Any]) -> str:
        """Return why two visits are apart, or why a check is left out."""
        text = self.text(f"reason.{reason['code']}")
        named = [reason[k] for k in ("unit", "rule", "clause", "day") if reason.get(k)]
        named += [str(rule) for rule in reason.get("rules", ())]
        named += [self.text("collide.apart", a=a, b=b) for a, b in reason.get("items", ())]
        if isinstance(reason.get("days"), int):
            named.append(self.text("collide.days", n=reason["days"]))
        if "ends" in reason:
            key = "reason.no-work" if reason["begins"] <= reason["ends"] else "reason.no-overlap"
            named.append(self.text(key, ends=reason["ends"], begins=reason["begins"]))
        if reason.get("lacking"):
            named.append(self.text(f"lacking.{reason['of']}", n=reason["lacking"]))
        return (
            f"{text}{('（', ' (')[self._at]}{self._list(named)}{('）', ')')[self._at]}"
            if named
            else text
        )

    def change(self, line: Document) -> str:
        """Return one line of a difference."""
        values = {k: v if v is not None else "" for k, v in line.items()}
        text = self.text(f"change.{line['kind']}", **values)
        if line["joined"]:
            text += self.text("change.joined", checks=self._list(line["joined"]))
        if line["left"]:
            text += self.text("change.left", checks=self._list(line["left"]))
        return text

    def explained(self, found: Document) -> Iterator[str]:
        """Yield an enterprise's visits, pairs and checks left out."""
        yield self.text("explain.enterprise", enterprise=found["enterprise"])
        for visit in found["visits"]:
            yield self.text("explain.visit", n=len(visit["checks"]), **_plain(visit))
            for check in visit["checks"]:
                first, last = check["window"]
                units = self._list(check["units"])
                yield self.text(
                    "explain.check", **{**check, "units": units}, first=first, last=last
                )
            why = visit["why_day"]
            yield self.text(f"day.{why['code']}", **why)
            yield self.text("explain.days", **why)
        for pair in found["pairs"]:
            a, b = pair["visits"]
            yield self.text("explain.pair", a=a, b=b, reason=self.reason(pair["reason"]))
        for out in found["left_out"]:
            yield self.text("explain.out", check=out["check"], reason=self.reason(out["reason"]))

    def why_not(self, found: Document) -> Iterator[str]:
        """Yield the rules that collide and the mends."""
        first, last = found["window"]
        yield self.text("whynot.check", first=first, last=last, **_plain(found))
        if found["fits"]:
            yield self.text("whynot.fits", day=found["fits"]["day"])
            return
        if not found["collide"]:
            yield self.text("whynot.none")
        else:
            yield self.text("whynot.minimal" if found["minimal"] else "whynot.collide")
        for rule in found["collide"]:
            yield "  " + self._collides(rule, first=first, last=last)
        yield self.text(
            f"whynot.scope-{found['scope']}",
            n=found.get("checks", ""),
            visits=self._list(found.get("free", ())),
        )
        yield self.text("whynot.mends" if found["mends"] else "whynot.no-mend")
        for mend in found["mends"]:
            yield "  " + self.mend(mend) + self.text("whynot.then", day=mend["visit"]["day"])

    def _collides(self, rule: Mapping[str, Any], **window: object) -> str:
        """Return a rule that keeps a check out, with what is known of it."""
        text = self.text(f"collide.{rule['rule']}", name=rule["name"], **window)
        more = []
        if "limit" in rule:
            more.append(self.text("collide.limit", n=rule["limit"]))
        more += [self.text(f"by.{key}") for key in rule.get("by", ())]
        if "days" in rule:
            more.append(self.text("collide.days", n=rule["days"]))
        more += [self.text("collide.apart", a=a, b=b) for a, b in rule.get("items", ())]
        more += [rule["clause"]] if rule.get("clause") else []
        if "enough" in rule:
            more.append(self.text("collide.enough" if rule["enough"] else "collide.more"))
        if not more:
            return text
        return f"{text}{('（', ' (')[self._at]}{self._list(more)}{('）', ')')[self._at]}"

    def mend(self, mend: Mapping[str, Any]) -> str:
        """Return what a mend changes."""
        if mend["mend"] == "together":
            parts = (self.mend(part) for part in mend["parts"])
            return self.text("mend.together", parts=self._texts["and"][self._at].join(parts))
        values = {
            key: self._list(value) if isinstance(value, list) else value
            for key, value in mend.items()
            if key not in ("mend", "moved")
        }
        if "moved" in mend:
            moves = [
                f"{m['enterprise']} {self._list(m['from'])} → {self._list(m['to'])}"
                for m in mend["moved"]
            ]
            values |= {"n": len(moves), "moves": "; ".join(moves[:3]) + (" …" if moves[3:] else "")}
        return self.text(f"mend.{mend['mend']}", **values)


def _plain(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields that are text."""
    return {key: value for key, value in found.items() if isinstance(value, str)}
