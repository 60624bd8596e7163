"""What verifiers say is said in Chinese by the verbs that run them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from late import late_campaign
from test_verify_stages import held

from optimizer.cli.draw.verify import say_verdict
from optimizer.cli.output import explain
from optimizer.cli.run import refuse_unverified
from optimizer.cli.verify import say_checks
from optimizer.errors import CheckFailedError
from optimizer.flow import Dossier
from optimizer.messages import fault_verdict, in_chinese, verdict
from optimizer.verifier import verify as verifier
from optimizer.verifier.verify import verify

SAID = {"need": 3, "same": 4, "Fault": 2, "Wrong": 0}
"""What raises a fault → the place of its words among the arguments."""
CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b[a-z]+ [a-z]+")


@pytest.fixture(scope="module")
def late(tiny: Any) -> dict[str, Dossier]:
    return late_campaign(tiny)


def texts(node: ast.expr) -> list[str]:
    """Return what an expression can say, with 17 in place of each value."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.BinOp(left=left, op=ast.Mod()):
            return [re.sub(r"%(?:\.\d+)?[sdf]", "17", text) for text in texts(left)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(both) for both in product(texts(left), texts(right))]
        case ast.IfExp(body=one, orelse=other):
            return texts(one) + texts(other)
        case ast.BoolOp(values=several):
            return [text for one in several for text in texts(one)]
    return ["17"]


def messages() -> Iterator[str]:
    """Give the words of every fault of verify.py, and what is put behind a section's detail."""
    for node in ast.walk(ast.parse(Path(verifier.__file__).read_text("utf-8"))):
        if isinstance(node, ast.Call):
            place = SAID.get(getattr(node.func, "id", ""))
            if place is not None and len(node.args) > place:
                yield from texts(node.args[place])
        elif isinstance(node, ast.AugAssign):
            yield from (text[2:] for text in texts(node.value) if text.startswith("; "))


def test_every_message_of_the_verifier_has_chinese_words() -> None:
    """Faults and the ends of details, found in its source: none is left in English."""
    found = set(messages()) - {"17"}
    assert len(found) > 330
    assert sorted(text for text in found if not CHINESE.search(verdict(text).zh)) == []
    assert sorted(text for text in found if ENGLISH.search(verdict(text).zh)) == []


def test_values_stand_in_their_places_whatever_they_hold() -> None:
    """In another order where Chinese asks for it; what is quoted is nowhere taken for words."""
    told = verdict('digest of odds.json: published "sum; 3 files", recomputed "a\\"; waits"')
    assert told.zh == 'odds.json 的摘要：公示为 "sum; 3 files"，重算为 "a\\"; waits"'
    assert verdict("round 7 of drand's quicknet, signature holds").zh == (
        "drand quicknet 第 7 轮，签名成立"
    )
    assert verdict("what nobody says").zh == "what nobody says"


def test_details_of_sections_are_said_in_chinese(
    late: dict[str, Dossier], capsys: pytest.CaptureFixture[str]
) -> None:
    """At every stage of a campaign: no English between the Chinese words."""
    for dossier in late.values():
        report = held(dossier).as_dict()
        assert say_verdict(report, "zh") == 0
        say_checks(report["checks"], "zh")
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == len(report["checks"]) + 1
        for line in lines:
            assert CHINESE.search(line)
            assert not ENGLISH.search(line.replace("double-random", "")), line
    assert "后续检查组：后续 2 轮" in "\n".join(lines)


def test_what_is_wrong_is_said_in_chinese(
    late: dict[str, Dossier], capsys: pytest.CaptureFixture[str]
) -> None:
    """The section, the verdict, and the error of a verb that refuses to write."""
    files = dict(late["whole"].public)
    odds = json.loads(files["transcript/odds.json"])
    odds["parts"][0]["groups"][0]["odds"][0] += 1
    files["transcript/odds.json"] = json.dumps(odds, sort_keys=True, separators=(",", ":")).encode()
    report = verify(files).as_dict()
    fault = report["first_fault"]
    said = fault_verdict(fault)
    assert str(said) == f"{fault['file']} {fault['place']}: {fault['what']}"
    assert CHINESE.search(said.zh)
    assert not ENGLISH.search(said.zh)
    say_checks(report["checks"], "zh")
    assert say_verdict(report, "zh") == 1
    *_, section, last = capsys.readouterr().err.splitlines()
    assert section.startswith("  不符  ")
    assert section.endswith(said.zh)
    assert last == f"第一处错误：{said.zh}"
    with pytest.raises(CheckFailedError) as caught:
        refuse_unverified(report)
    assert str(caught.value).endswith(str(said))
    assert explain(caught.value, as_json=False, lang="zh") == 1
    told = capsys.readouterr().err.rstrip()
    assert told == f"校验未通过：{in_chinese(caught.value.args[0])}"
    assert told.endswith(f"未写入任何内容：{said.zh}")
    assert explain(caught.value, as_json=False) == 1
    assert capsys.readouterr().err.startswith("CheckFailedError: the verifier does not accept")
