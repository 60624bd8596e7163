"""What every fault says, in English and in Chinese, by its code.

Words in braces are parameters; a part in square brackets is left out where its parameter is empty.
The English text stands in the fault itself; `in_language` says the same in Chinese. The words stand
in ``messages.json``: code, then expected and mend in English, expected and mend in Chinese. What
the verifiers say, in English alone, stands there as well (`verdict`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple, Protocol, Self


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


def _load() -> tuple[
    dict[str, Message], dict[str, tuple[str, str]], dict[str, str], dict[str, str]
]:
    text = files("optimizer").joinpath("messages.json").read_text("utf-8")
    found = json.loads(text)
    sentences = {
        code: (english, chinese) for code, (english, chinese) in found["sentences"].items()
    }
    messages = {code: Message(*words) for code, words in found["messages"].items()}
    return messages, sentences, found["verdicts"], found["terms"]


MESSAGES, SENTENCES, VERDICTS, _TERMS_ZH = _load()
"""Code → words of a fault; code → English and Chinese of a sentence or a part of one; what the
verifiers say → the same in Chinese; and words that stand as parameters in English faults → the
same in Chinese."""


class Words(str):
    """English text that knows what it says in Chinese.

    Parameters
    ----------
    english, chinese
        The same in both languages.
    """

    zh: str

    def __new__(cls, english: str, chinese: str) -> Self:
        """Make the text."""
        made = super().__new__(cls, english)
        made.zh = chinese
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.zh


def sentence(code: str, /, **params: object) -> Words:
    """Return a sentence, or a part of one, in both languages.

    Parameters
    ----------
    code
        Of ``messages.json``, *sentences*.
    params
        What its braces stand for: `Words`, or what reads the same in both languages.

    Raises
    ------
    KeyError
        Where the code or a parameter is not known.
    """
    english, chinese = SENTENCES[code]
    return Words(
        english.format_map({name: str(value) for name, value in params.items()}),
        chinese.format_map({name: in_chinese(value) for name, value in params.items()}),
    )


def listed(parts: Sequence[str], english: str = ", ", chinese: str = "、") -> Words:
    """Return parts in a row, with what stands between them."""
    return Words(english.join(parts), chinese.join(in_chinese(part) for part in parts))


def in_chinese(value: object) -> str:
    """Return what a text says in Chinese; the text itself where it reads the same."""
    return value.zh if isinstance(value, Words) else str(value)


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


def verdict(text: str) -> Words:
    """Return what a verifier says, of a section or a fault, in both languages.

    Verifiers stand alone and speak English: the words are recovered from what they said.
    """
    return Words(text, _verdict_in_chinese(text))


def fault_verdict(fault: Mapping[str, str]) -> Words:
    """Return what a verifier's first fault says, file and place before it, in both languages.

    Parameters
    ----------
    fault
        ``file``, ``place`` and ``what``.
    """
    place, what = f"{fault['file']} {fault['place']}", verdict(fault["what"])
    return Words(f"{place}: {what}", f"{place.rstrip()}：{what.zh}")


def _verdict_in_chinese(text: str) -> str:
    if text in VERDICTS or text.startswith('"'):
        return VERDICTS.get(text, text)
    for pattern, chinese in _verdicts():
        match = pattern.fullmatch(text)
        if match is not None:
            return chinese.format(*map(_verdict_in_chinese, match.groups()))
    parts = text.split("; ")
    return "；".join(map(_verdict_in_chinese, parts)) if len(parts) > 1 else text


@lru_cache(maxsize=1)
def _verdicts() -> list[tuple[re.Pattern[str], str]]:
    """Return patterns of what has values in it: those that say most of it themselves first."""
    found = sorted((w for w in VERDICTS if "{}" in w), key=lambda w: -len(w.replace("{}", "")))
    # A value in quotation marks holds whatever it likes, one without no end of a sentence.
    value = r'((?:"(?:[^"\\]|\\.)*"|[^;"])*?)'
    return [(re.compile(re.escape(w).replace(r"\{\}", value)), VERDICTS[w]) for w in found]


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
