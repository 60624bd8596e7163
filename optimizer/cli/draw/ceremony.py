"""What is read aloud at a ceremony, and what a step prints: in Chinese and English."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from optimizer import canon
from optimizer.flow import Dossier

PLACE = {"zh": 0, "en": 1}


def texts() -> dict[str, list[str]]:
    """Return code → ``[Chinese, English]``."""
    found: dict[str, list[str]] = json.loads(
        files("optimizer.cli.draw").joinpath("texts.json").read_text("utf-8")
    )
    return found


def word(code: str, lang: str, **values: object) -> str:
    """Return a text in one language."""
    return texts()[code][PLACE[lang]].format(**values)


def heads(code: str, lang: str) -> list[str]:
    """Return the headings of a table in one language."""
    return word(f"table.{code}", lang).split("|")


def facts(dossier: Dossier) -> dict[str, Any]:
    """Return what is public of a campaign, as ``--json`` prints it and as it is read aloud."""
    spec = dossier.parsed("transcript/spec.json")
    ledger, course = dossier.ledger, dossier.ledger.course
    waits = []
    if course.void:
        stage = "void"
    else:
        stage = "complete" if course.complete else "under way"
        if dossier.shut:
            waits.append("open" if course.sealed else "seal")
        if not course.whole:
            waits.append(course.next)
    found: dict[str, Any] = {
        "campaign": ledger.campaign,
        "mode": spec["mode"],
        "stage": stage,
        "waits": waits,
        "frame_root": spec["frame_root"],
        "enterprises": dossier.parsed("transcript/frame.json")["size"],
        "spec": canon.digest(dossier.data("transcript/spec.json"), ledger.hash),
        "seed_source": spec["seed_source"],
        "commitments": course.commitments,
        "ledger": {"size": len(ledger), "root": ledger.root.hex()},
        "checkpoint": dossier.public["ledger/checkpoint.txt"].decode(),
        "vkey": dossier.public["ledger/log.vkey"].decode().strip(),
    }
    if course.sealed:
        found["seal"] = {k: dossier.last("seal").body[k] for k in ("commitment", "open_after")}
    return found


def read_aloud(told: dict[str, Any], lang: str) -> Iterator[str]:
    """Yield the lines to read aloud, as far as the campaign has come."""
    yield word("aloud.head", lang)
    rows = [
        ("campaign", told["campaign"]),
        ("mode", word(f"mode.{told['mode']}", lang)),
        ("frame", f"{told['frame_root']} ({told['enterprises']:,})"),
        ("spec", told["spec"]),
        ("source", source_words(told["seed_source"], lang)),
    ]
    if "seal" in told:
        rows += [("seal", told["seal"]["commitment"]), ("after", told["seal"]["open_after"])]
    if told["commitments"] > 1:
        rows.append(("again", str(told["commitments"])))
    rows += [("size", str(told["ledger"]["size"])), ("root", told["ledger"]["root"])]
    for code, value in rows:
        yield f"  {word(f'aloud.{code}', lang)}{value}"


def source_words(source: dict[str, Any], lang: str) -> str:
    """Return an announced source in words."""
    kind = source["source"]
    if kind == "dice":
        return word("source.dice", lang, sides=source["sides"])
    if kind == "fixed":
        return word("source.fixed", lang)
    if kind == "drand":  # the whole chain stands in the ledger, whose root is read aloud
        chain = str(source["chain"]["hash"])[:16]
        return word("source.drand", lang, round=source["round"], chain=chain)
    return canon.canonical(source).decode()
