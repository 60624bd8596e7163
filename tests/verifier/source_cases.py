"""Seed sources for tests of the verifiers: real rounds, made-up lotteries and parties, in time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from optimizer.draw.sources import party_commitment

VECTORS = json.loads(Path("tests/vectors/drand.json").read_text("utf-8"))
TIMES = {
    "committed": "2023-09-15T09:00:00Z",
    "reveals": "2023-09-15T10:05:00Z",
    "revealed": "2023-09-15T11:10:00Z",
    "planned": "2023-09-15T11:15:00Z",
    "odds": "2023-09-15T11:20:00Z",
    "teams-reveals": "2023-09-15T11:35:00Z",
    "teams": "2023-09-15T12:00:00Z",
}
"""Around the rounds of two chains: quicknet's at 11:00:03, the chained one's at 11:55:00."""

VALUES = {name: name[0].encode().hex() * 32 for name in ("market", "fire", "env", "union")}


def drand(chain: str, number: int) -> dict[str, Any]:
    """Evidence of a real round."""
    (found,) = (
        entry for entry in VECTORS["rounds"] if (entry["chain"], entry["round"]) == (chain, number)
    )
    made = {"source": "drand", "chain": chain, "round": number, "signature": found["signature"]}
    if found["previous_signature"]:
        made["previous_signature"] = found["previous_signature"]
    return made


QUICKNET = drand("quicknet", 657413)
CHAINED = drand("default", 3311596)


def lottery(day: str, results: list[list[int]]) -> dict[str, Any]:
    """Evidence of three drawings: six of 33 and one of 16 each, at a time."""
    inputs = []
    for number in range(len(results) // 2):
        for name, count, high in (("red", 6, 33), ("blue", 1, 16)):
            inputs.append(
                {
                    "name": f"双色球 {day[5:16]}/{number} {name}",
                    "at": day,
                    "count": count,
                    "low": 1,
                    "high": high,
                }
            )
    return {"source": "lottery", "inputs": inputs, "results": results}


NUMBERS = [[3, 7, 12, 19, 20, 33], [16], [1, 2, 3, 4, 5, 6], [1], [8, 9, 14, 22, 30, 31], [7]]
LOTTERY = lottery("2023-09-15T10:55:00Z", NUMBERS)


def parties(
    deadline: str, reveals: dict[str, tuple[str, str]], absent: str = "anew"
) -> dict[str, Any]:
    """Evidence of parties: party → (value, time); all of `VALUES` have committed themselves."""
    return {
        "source": "parties",
        "parties": [
            {"party": party, "commitment": party_commitment(party, value)}
            for party, value in VALUES.items()
        ],
        "deadline": deadline,
        "absent": absent,
        "reveals": [
            {"party": party, "value": value, "time": time}
            for party, (value, time) in reveals.items()
        ],
    }


ALL = {party: (value, "2023-09-15T11:25:00Z") for party, value in VALUES.items()}
PARTIES = parties("2023-09-15T11:30:00Z", ALL)
SOME = {
    "market": (VALUES["market"], "2023-09-15T09:30:00Z"),
    "env": ("00" * 32, "2023-09-15T09:31:00Z"),  # false
    "union": (VALUES["union"], "2023-09-15T10:01:00Z"),  # late; fire is missing
}
MIXED = {
    "source": "combined",
    "parts": [parties("2023-09-15T10:00:00Z", SOME, "go-on"), LOTTERY, QUICKNET],
}
LATE_DICE = {
    "source": "combined",
    "parts": [
        lottery("2023-09-15T11:50:00Z", NUMBERS[2:4]),
        {
            "source": "dice",
            "sides": 6,
            "at": "2023-09-15T11:58:00Z",
            "rolls": "1234561234561234561234561",
        },
    ],
}
PAIRS = {
    "drand": (QUICKNET, CHAINED),
    "lottery": (LOTTERY, PARTIES),
    "combined": (MIXED, LATE_DICE),
}
"""Sources of the first and second draw of a publication."""
