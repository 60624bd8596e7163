"""Renders the templates: everything escaped, both languages in the page, nothing from outside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from optimizer.publication.locale_texts import Texts, spans
from optimizer.publication.text import clean


def _own_file(name: str) -> str:
    folder = resources.files("optimizer.publication") / "templates"
    return (folder / name).read_text("utf-8")


def _minify(css: str) -> str:
    return "\n".join(line.strip() for line in css.splitlines() if line.strip())


def _source(text: str) -> str:
    """Return the hash by which a content security policy lets an inline part through."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _finalize(value: Any) -> Any:
    """Spell out unseen characters in every text that a template shows."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _is_pair(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and set(value) <= {"zh", "en"}


def _pair_of(value: Mapping[str, Any]) -> tuple[str, str]:
    zh, en = value.get("zh"), value.get("en")
    return str(zh if zh is not None else en), str(en if en is not None else zh)


def _about_key(texts: Texts, key: str) -> tuple[str, str]:
    """Return how a key of the free-form block reads; unknown ones as they are written."""
    zh, en = texts.named("about", key)
    return zh.replace("_", " "), en.replace("_", " ")


class Pages:
    """The templates, ready to render.

    Parameters
    ----------
    more_style
        A style sheet of the templates that is added to the common one.
    """

    def __init__(self, texts: Texts, *, more_style: str = "") -> None:
        self._texts = texts
        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("optimizer.publication", "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_finalize,
        )
        style, script = _minify(_own_file("style.css")), _own_file("switch.js").strip()
        style += _minify(_own_file(more_style)) if more_style else ""
        environment.globals.update(
            t=texts.show,
            both=lambda value: spans(value) if isinstance(value, tuple) else value,
            pair=texts.pair,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=_source(style),
            script=Markup(script),  # noqa: S704 - our own file
            script_hash=_source(script),
            is_pair=_is_pair,
            pair_of=_pair_of,
            is_list=lambda value: isinstance(value, Sequence) and not isinstance(value, str),
            about_key=lambda key: _about_key(texts, str(key)),
        )
        self._environment = environment

    def render(self, template: str, context: Mapping[str, Any]) -> bytes:
        """Return a page's bytes."""
        return self._environment.get_template(template).render(context).encode()


def readme(campaign: str, hash: str, warnings: Sequence[tuple[str, str]]) -> bytes:
    """Return README.txt, in Chinese and English.

    Parameters
    ----------
    hash
        What the campaign's hash is called, such as ``SHA-256``.
    """
    shown = []
    for i, mark in ((0, "注意："), (1, "Note: ")):
        lines = [mark + clean(pair[i]) for pair in warnings]
        shown.append("\n" + "\n".join(lines) + "\n" if lines else "")
    text = _own_file("README.txt")
    text = text.replace("{campaign}", clean(campaign)).replace("{hash}", hash)
    return text.replace("{warnings_zh}", shown[0]).replace("{warnings_en}", shown[1]).encode()
