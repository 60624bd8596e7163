"""Every fault can be said in both languages."""

from __future__ import annotations

import ast
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.errors import Fault, InputError
from optimizer.io import requests
from optimizer.messages import (
    MESSAGES,
    SENTENCES,
    Words,
    _recover,
    in_chinese,
    in_language,
    listed,
    phrase,
    sentence,
)

ROOT = Path(__file__).parents[2]
SOURCES = [p for name in ("optimizer", "scenarios") for p in sorted((ROOT / name).rglob("*.py"))]
"""The API has words of its own, in its problem documents."""
MAKERS = {"Fault": 0, "make_fault": 0, "BadCell": 0, "fault": 0, "_add_whole": 0}


def codes() -> Iterator[tuple[str, str]]:
    """Give (file, code) of every fault that the source makes by name."""
    for path in SOURCES:
        if "verifier" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name not in MAKERS:
                continue
            first = node.args[0] if node.args else None
            for keyword in node.keywords:
                if keyword.arg == "code":
                    first = keyword.value
            either = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
            for one in either:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield path.name, one.value


def test_every_code_has_words_in_both_languages() -> None:
    """No fault of the program lacks English or Chinese."""
    found = set(codes())
    assert len({code for _, code in found}) > 90
    assert sorted((f, c) for f, c in found if c not in MESSAGES) == []
    for code, message in MESSAGES.items():
        assert all(message), code
        assert re.search("[\u4e00-\u9fff]", message.expected_zh), code
        assert re.search("[\u4e00-\u9fff]", message.mend_zh), code


def test_no_code_stands_in_the_table_twice() -> None:
    """JSON would take the last without a word, and another fault would be said."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        assert sorted({n for n in names if names.count(n) > 1}) == []
        return dict(pairs)

    json.loads((ROOT / "optimizer" / "messages.json").read_text("utf-8"), object_pairs_hook=once)


def written(node: ast.expr | None) -> str | None:
    """Return the text of a literal, with a word in place of each value; ``None`` of all else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "w1" for v in node.values)
    return None


def test_faults_written_in_place_say_what_the_table_says() -> None:
    """Else a fault keeps its English words in Chinese, or says something else."""
    other, seen = [], 0
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Fault":
                continue
            given = dict(zip(Fault.__dataclass_fields__, node.args, strict=False))
            given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
            code = written(given.get("code"))
            for field in ("expected", "mend"):
                text = written(given.get(field))
                if code is None or text is None:
                    continue
                seen += 1
                if _recover(getattr(MESSAGES[code], field), text) is None:
                    other.append((path.name, node.lineno, code, text))
    assert seen > 40
    assert other == []


def test_no_code_is_there_for_nothing() -> None:
    """Every code of the table stands somewhere in the source."""
    text = "\n".join(p.read_text("utf-8") for p in SOURCES)
    made = [c for c in MESSAGES if f'"{c}"' in text or f'f"{c.split("-")[0]}-{{field}}"' in text]
    assert sorted(set(MESSAGES) - set(made)) == []


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_chinese_has_the_same_parameters(code: str) -> None:
    """What the English text names, the Chinese text names or does without; never more."""
    message = MESSAGES[code]
    english = set(re.findall(r"\{(\w+)\}", message.expected + message.mend))
    chinese = set(re.findall(r"\{(\w+)\}", message.expected_zh + message.mend_zh))
    assert chinese <= english


@settings(deadline=None)
@given(st.sampled_from(sorted(MESSAGES)), st.data())
def test_parameters_are_recovered_in_chinese(code: str, data: st.DataObject) -> None:
    """Each parameter that the Chinese text names comes over from the English one."""
    message = MESSAGES[code]
    names = sorted(set(re.findall(r"\{(\w+)\}", message.expected + message.mend)))
    values = {
        name: data.draw(st.text("0123456789", min_size=1, max_size=6).map(lambda t: "w" + t))
        for name in names
    }
    expected, mend = phrase(code, **values)
    chinese = in_language(Fault(code, "f.csv", 3, "列", "值", expected, mend), "zh")
    assert chinese.startswith("f.csv 第 3 行 “列”：“值”：")
    for name in re.findall(r"\{(\w+)\}", message.expected_zh + message.mend_zh):
        assert values[name] in chinese
    assert "{" not in chinese
    assert "[" not in chinese


def test_unknown_codes_keep_their_english_words() -> None:
    """A fault that the table does not know is said as it is."""
    fault = Fault("no-such-code", "f.csv", expected="this", mend="Do that.")
    assert "this" in in_language(fault, "zh")
    assert in_language(fault, "en") == str(fault)


def test_every_sentence_stands_in_both_languages() -> None:
    """The same braces in both, no code for nothing, none that the source asks for missing."""
    text = "\n".join(p.read_text("utf-8") for p in SOURCES)
    for code, (english, chinese) in SENTENCES.items():
        braces = [set(re.findall(r"\{(\w+)\}", words)) for words in (english, chinese)]
        assert braces[1] <= braces[0], code
        assert braces[0] - braces[1] <= {"asks", "people"}, code  # number of a verb or noun
        assert re.search("[\u4e00-\u9fff（]", chinese), code
        stem = code.rpartition("-")[0]
        assert f'"{code}"' in text or f'f"{stem}-' in text, code
    for code in re.findall(r'sentence\(\s*"([a-z-]+)"', text):
        assert code in SENTENCES, code


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_words_keep_their_chinese(english: str, chinese: str, more: list[str]) -> None:
    """Through pickles (workers raise), in lists and in sentences, whatever they hold."""
    words = Words(english, chinese)
    again = pickle.loads(pickle.dumps(words))
    assert (again, again.zh) == (english, chinese)
    row = listed([words, *more])
    assert row == ", ".join([english, *more])
    assert row.zh == "、".join([chinese, *more])
    whole = sentence("whom-skill", people=english, skill=words)
    assert whole == f"{english} holding {english}"
    assert in_chinese(whole) == f"具备 {chinese} 的检查人员"
    assert in_chinese(english) == english


def test_what_a_request_should_be_is_said_in_chinese(tmp_path: Path) -> None:
    """An entry that is no object, and a date: no English is left between the Chinese words."""
    listed = tmp_path / "add.json"
    listed.write_text("[1]", "utf-8")
    with pytest.raises(InputError) as caught:
        list(requests._records(listed))
    (fault,) = caught.value.faults
    assert in_language(fault).endswith("expected an object. Correct the request.")
    assert in_language(fault, "zh").endswith("应为 带字段的对象。请更正请求。")
    expected, mend = phrase("request-value", form="a date such as 2026-03-01")
    date = Fault("request-value", "add.json", 1, "due", "2026-02-30", expected, mend)
    assert in_language(date, "zh").endswith("应为 日期，例如 2026-03-01。请更正请求。")
