"""Earlier publications that a campaign's draw is dealt after: read, verified, put in order."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from optimizer.canon import digest, hash_named
from optimizer.domain.earlier import DRAW_DOCUMENTS, EarlierDraw
from optimizer.domain.registry import Registers
from optimizer.draw import LARGEST_THETA, orders_of, sample_of
from optimizer.errors import Fault
from optimizer.io.seeds import read_fraction
from optimizer.io.yamlfile import YamlFile, read_yaml

KEPT = ".publications"
"""In a kept scenario: copies of the publications it names, and ``names.json``, which is whose."""


def keep_others(scenario: Path, kept: Path) -> None:
    """Copy the publications that a scenario names beside its kept copy, which finds them there.

    Parameters
    ----------
    scenario, kept
        The scenario's folder, where the names in ``after`` and ``draws`` start, and the copy.
    """
    raw = read_yaml(scenario / "scenario.yaml", file="scenario.yaml", schema="scenario").value
    campaign = raw["campaign"]
    names = sorted({*campaign.get("after", ()), *campaign.get("draws", ())})
    if not names:
        return
    place = kept / KEPT
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    numbers = {name: str(number) for number, name in enumerate(names, 1)}
    for name, number in numbers.items():
        shutil.copytree(publication_at(scenario, name), place / number)
    (place / "names.json").write_text(json.dumps(numbers), "utf-8")


def publication_at(folder: Path, name: str) -> Path:
    """Return where a publication is that a scenario names: its kept copy, if it has one."""
    listed = folder / KEPT / "names.json"
    if listed.is_file():
        number = json.loads(listed.read_text("utf-8")).get(name)
        if number is not None:
            return folder / KEPT / str(number)
    return folder / name


def read_after(
    found: YamlFile, folder: Path, raw: Mapping[str, Any], times: Mapping[str, str]
) -> tuple[tuple[EarlierDraw, ...], Fraction, list[Fault]]:
    """Read ``after`` and ``theta`` of the campaign block.

    Parameters
    ----------
    folder
        Of the scenario; paths in ``after`` start there.
    raw
        The block, already checked against the schema.
    times
        When what was or will be done: an earlier draw must lie before the commitment.

    Returns
    -------
    tuple
        Draws in order, each after those that it was itself dealt after, theta, and faults.
    """
    faults: list[Fault] = []
    theta = Fraction(1)
    path = "campaign.theta"
    if ("theta" in raw) != ("after" in raw):
        faults.append(found.fault("theta-after", "campaign"))
    elif "theta" in raw:
        value = read_fraction(raw["theta"])
        if value is None or not 0 <= value <= 1 or value.denominator > LARGEST_THETA:
            faults.append(found.fault("theta", path, raw["theta"]))
        else:
            theta = value
    draws: dict[str, EarlierDraw] = {}
    for place, name in enumerate(raw.get("after", ())):
        path = f"campaign.after[{place}]"
        files, wrong = _read(found, path, publication_at(folder, name), times)
        faults += wrong
        if files:
            faults += _add(found, path, files, raw["id"], draws)
    return tuple(draws.values()), theta, faults


def read_separate(
    found: YamlFile,
    folder: Path,
    raw: Mapping[str, Any],
    times: Mapping[str, str],
    registers: Registers | None,
    keys: Collection[str],
) -> tuple[tuple[EarlierDraw, ...], list[Fault]]:
    """Read ``draws`` of the campaign block: separate draws, to be planned together.

    Parameters
    ----------
    registers
        ``None`` where they are faulty: what needs them is not checked then.
    keys
        Of the campaign's own orders.
    """
    faults: list[Fault] = []
    draws: list[EarlierDraw] = []
    taken = set(keys)
    for place, name in enumerate(raw.get("draws", ())):
        path = f"campaign.draws[{place}]"
        files, wrong = _read(found, path, publication_at(folder, name), times)
        faults += wrong
        if not files:
            continue
        campaign = json.loads(files["spec.json"])["campaign"]
        if campaign == raw["id"]:
            faults.append(found.fault("earlier-self", path, campaign))
            continue
        if any(one.campaign == campaign for one in draws):
            faults.append(found.fault("earlier-twice", path, campaign))
            continue
        if "draws" in json.loads(files["spec.json"]):
            faults.append(found.fault("draws-of-draws", path, campaign))
            continue
        kept = {
            file: data
            for file, data in files.items()
            if "/" not in file or file.startswith("earlier/")
        }
        draw = EarlierDraw(campaign, kept)
        draws.append(draw)
        for order in orders_of(draw):
            if order.key in taken:
                faults.append(found.fault("order-twice", path, order.key, key=order.key))
            taken.add(order.key)
            item = None if registers is None else registers.items.get(order.item)
            if registers is not None and (item is None or item.department != order.department):
                faults.append(found.fault("draws-item", path, order.item))
        if registers is not None:
            drawn = {one.enterprise for one in sample_of(draw)}
            gone = sorted(drawn - set(registers.enterprises))
            if gone:
                faults.append(found.fault("draws-enterprise", path, gone[0], count=len(gone)))
    return tuple(draws), faults


def _read(
    found: YamlFile, path: str, folder: Path, times: Mapping[str, str]
) -> tuple[dict[str, bytes], list[Fault]]:
    """Return the files of a publication below ``transcript/``, if its draw holds."""
    field, place = path.removeprefix("campaign.").rstrip("]").split("[")
    shown = found.value["campaign"][field][int(place)]
    if not (folder / "manifest.json").is_file():
        return {}, [found.fault("earlier-missing", path, shown)]
    from optimizer.verifier.verify import verify_draw  # large, and seldom asked

    report = verify_draw(folder)
    if report.first_fault is not None:
        fault = report.first_fault
        what = f"{fault['file']} {fault['place']}: {fault['what']}"
        return {}, [found.fault("earlier-broken", path, shown, what=what)]
    entries = (folder / "ledger" / "entries.jsonl").read_text("utf-8").splitlines()
    drawn = next(json.loads(line)["time"] for line in entries if '"kind":"draw"' in line)
    if "committed" in times and not _is_before(drawn, times["committed"]):
        return {}, [found.fault("earlier-late", path, shown, drawn=drawn)]
    return {
        file.relative_to(folder / "transcript").as_posix(): file.read_bytes()
        for file in sorted((folder / "transcript").rglob("*"))
        if file.name in DRAW_DOCUMENTS
    }, []


def _add(
    found: YamlFile,
    path: str,
    files: Mapping[str, bytes],
    campaign: str,
    draws: dict[str, EarlierDraw],
) -> list[Fault]:
    """Add a publication's draw, and before it those that it was dealt after."""
    spec = json.loads(files["spec.json"])
    ways = [f"earlier/{number}/" for number in range(1, 1 + len(spec.get("after", ())))]
    for way in (*ways, ""):
        documents = {name: files[way + name] for name in DRAW_DOCUMENTS}
        name = json.loads(documents["spec.json"])["campaign"]
        if name == campaign:
            return [found.fault("earlier-self", path, name)]
        key = digest(documents["draw.json"], hash_named(json.loads(documents["frame.json"])))
        known = draws.get(key)
        if not way and known is not None and known.is_counted:
            return [found.fault("earlier-twice", path, name)]
        if known is None and any(one.campaign == name for one in draws.values()):
            return [found.fault("earlier-twice", path, name)]
        if known is None:
            draws[key] = EarlierDraw(name, documents, is_counted=not way)
        elif not way:
            draws[key] = replace(known, is_counted=True)
    return []


def _is_before(one: str, other: str) -> bool:
    try:
        return datetime.fromisoformat(one) <= datetime.fromisoformat(other)
    except (ValueError, TypeError):
        # A time that is none is a fault of its own.
        return True
