"""What every fault says, in English and in Chinese, by its code.

Words in braces are parameters; a part in square brackets is left out where its parameter is empty.
The English text stands in the fault itself; `in_language` says the same in Chinese. The words stand
in ``messages.json``: code, then expected and mend in English, expected and mend in Chinese.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple, Protocol


class Message(NamedTuple):
    """What was expected and how to mend it, in two languages."""

    expected: str
    mend: str
    expected_zh: str
    mend_zh: str


class FaultLike(Protocol):
    """What is needed of `optimizer.errors.Fault` to say it in another language."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def file(self) -> str: ...  # noqa: D102
    @property
    def row(self) -> int | None: ...  # noqa: D102
    @property
    def field(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> str: ...  # noqa: D102
    @property
    def expected(self) -> str: ...  # noqa: D102
    @property
    def mend(self) -> str: ...  # noqa: D102


def _load() -> tuple[dict[str, Message], dict[str, str]]:
    text = files("optimizer").joinpath("messages.json").read_text("utf-8")
    found = json.loads(text)
    return {code: Message(*words) for code, words in found["messages"].items()}, found["terms"]


MESSAGES, _TERMS_ZH = _load()
"""Code → words; and words that stand as parameters in English faults → the same in Chinese."""


def phrase(code: str, **params: object) -> tuple[str, str]:
    """Return the English words of a fault: what was expected, how to mend it.

    Raises
    ------
    KeyError
        Where the code or a parameter is not known.
    """
    message = MESSAGES[code]
    values = {name: str(value) for name, value in params.items()}
    return _fill(message.expected, values), _fill(message.mend, values)


def in_language(fault: FaultLike, lang: str = "en") -> str:
    """Return a fault as one line of text.

    Parameters
    ----------
    lang
        ``en`` or ``zh``; a fault without Chinese words is said in English.
    """
    message = MESSAGES.get(fault.code)
    if lang != "zh":
        return str(fault)
    expected, mend = fault.expected, fault.mend
    if message is not None:
        values = _recover(message.expected, fault.expected) or {}
        values |= _recover(message.mend, fault.mend) or {}
        # A fault said in other words than the table's keeps them.
        with suppress(KeyError):
            expected, mend = _fill(message.expected_zh, values), _fill(message.mend_zh, values)
    where = fault.file
    if fault.row is not None:
        where += f" 第 {fault.row} 行"
    if fault.field:
        where += f" “{fault.field}”"
    if fault.value:
        where += f"：“{fault.value}”"
    return f"{where}：{expected}。{mend}" if expected else f"{where}。{mend}"


_PART = re.compile(r"\[([^\]]*)\]")
_BRACE = re.compile(r"\{(\w+)\}")


def _fill(template: str, values: dict[str, str]) -> str:
    def optional(match: re.Match[str]) -> str:
        part = match.group(1)
        return part if all(values.get(name) for name in _BRACE.findall(part)) else ""

    text = _PART.sub(optional, template) if "[" in template else template
    return text.format_map(values) if "{" in text else text


def _recover(template: str, text: str) -> dict[str, str] | None:
    """Return the values that fill `template` to give `text`, or ``None``."""
    match = _pattern(template).fullmatch(text)
    if match is None:
        return None
    return {k: _TERMS_ZH.get(v, v) for k, v in match.groupdict().items() if v}


@lru_cache(maxsize=512)
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\[|\]|\{\w+\})", template)
    swap = {"[": "(?:", "]": ")?"}
    seen: set[str] = set()

    def piece(part: str) -> str:
        if part in swap:
            return swap[part]
        if _BRACE.fullmatch(part):
            name = part[1:-1]
            if name in seen:
                return f"(?P={name})"
            seen.add(name)
            return f"(?P<{name}>.+?)"
        return re.escape(part)

    return re.compile("".join(piece(part) for part in parts), re.DOTALL)
