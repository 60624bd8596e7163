"""Interface text in Chinese and English: both stand in the page, which shows one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from optimizer.publication.text import clean

_LANGUAGES = (("zh", "zh-CN"), ("en", "en"))


class Texts:
    """The texts of ``locale/texts.json``: key → ``[Chinese, English]``."""

    def __init__(self, table: Mapping[str, tuple[str, str]]) -> None:
        self._table = table

    @classmethod
    def load(cls) -> Texts:
        """Read the texts that come with the package."""
        folder = resources.files("optimizer.publication") / "locale"
        found = json.loads((folder / "texts.json").read_text("utf-8"))
        return cls({key: (pair[0], pair[1]) for key, pair in found.items()})

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def pair(self, key: str, **values: Any) -> tuple[str, str]:
        """Return plain Chinese and English with `values` filled in, not escaped.

        Raises
        ------
        KeyError
            There is no such text.
        """
        zh, en = self._table[key]
        return (zh.format(**values), en.format(**values)) if values else (zh, en)

    def named(self, prefix: str, code: str) -> tuple[str, str]:
        """Return the text of a code, or the code itself where it has none."""
        return self._table.get(f"{prefix}.{code}", (code, code))

    def show(self, key: str, **values: Any) -> Markup:
        """Return both languages as markup, with `values` escaped; texts may hold markup."""
        safe = {name: _safe(value) for name, value in values.items()}
        pair = self._table[key]
        return Markup("").join(
            Markup(f'<span class="{name}" lang="{lang}">')  # noqa: S704 - two fixed pairs
            + Markup(text).format(**safe)  # noqa: S704 - our own text
            + Markup("</span>")
            for text, (name, lang) in zip(pair, _LANGUAGES, strict=True)
        )


def spans(pair: tuple[str, str]) -> Markup:
    """Return plain text in two languages as markup, escaped; once when both are the same."""
    if pair[0] == pair[1]:
        return escape(clean(pair[0]))
    return Markup("").join(
        Markup(f'<span class="{name}" lang="{lang}">') + escape(clean(text)) + Markup("</span>")  # noqa: S704
        for text, (name, lang) in zip(pair, _LANGUAGES, strict=True)
    )


def _safe(value: Any) -> Any:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
