"""A small SVG writer: elements as text, escaped, with a title and a description for readers."""

from __future__ import annotations

from markupsafe import Markup, escape

from optimizer.publication.text import clean

WIDE, NARROW = 1000, 350
"""Widths in CSS pixels that charts are drawn for."""


def num(value: float) -> str:
    """Return a coordinate with at most two decimals, the same text on every machine."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def text_width(text: str, size: float) -> float:
    """Return about how wide `text` runs at a font size: a Chinese character is one em."""
    return sum(size * (1 if ord(c) > 0x2E7F else 0.9 if c in "mwMW" else 0.56) for c in text)


def fit(text: str, size: float, width: float) -> str:
    """Return `text`, cut with an ellipsis where it would run over `width`."""
    text = clean(text)
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


class Svg:
    """Collects elements; `render` closes the drawing.

    Parameters
    ----------
    width, height
        Size in CSS pixels; the drawing scales with its box.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def rect(
        self, x: float, y: float, w: float, h: float, cls: str, *, tip: str = "", r: float = 0
    ) -> None:
        """Add a rectangle; `tip` shows when the pointer rests on it."""
        inner = f"<title>{escape(clean(tip))}</title>" if tip else ""
        radius = f' rx="{num(r)}"' if r else ""
        self._parts.append(
            f'<rect x="{num(x)}" y="{num(y)}" width="{num(max(w, 0))}" '
            f'height="{num(max(h, 0))}"{radius} class="{cls}"'
            + (f">{inner}</rect>" if inner else "/>")
        )

    def circle(self, x: float, y: float, r: float, cls: str, *, tip: str = "") -> None:
        """Add a circle."""
        inner = f"<title>{escape(clean(tip))}</title>" if tip else ""
        self._parts.append(
            f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}" class="{cls}"'
            + (f">{inner}</circle>" if inner else "/>")
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, cls: str) -> None:
        """Add a straight line."""
        self._parts.append(
            f'<line x1="{num(x1)}" y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}" class="{cls}"/>'
        )

    def text(self, x: float, y: float, text: str, cls: str = "", *, anchor: str = "start") -> None:
        """Add a line of text that is the same in both languages."""
        shown = escape(clean(text))
        side = "" if anchor == "start" else f' text-anchor="{anchor}"'
        name = f' class="{cls}"' if cls else ""
        self._parts.append(f'<text x="{num(x)}" y="{num(y)}"{side}{name}>{shown}</text>')

    def both(
        self, x: float, y: float, pair: tuple[str, str], cls: str = "", *, anchor: str = "start"
    ) -> None:
        """Add a line of text in Chinese and English, of which the page shows one."""
        for text, name in zip(pair, ("zh", "en"), strict=True):
            self.text(x, y, text, f"{cls} {name}".strip(), anchor=anchor)

    def inline(self, cls: str) -> Markup:
        """Return the drawing as an ornament beside text that says the same."""
        size = f"0 0 {num(self.width)} {num(self.height)}"
        head = f'<svg class="{cls}" viewBox="{size}" preserveAspectRatio="none" aria-hidden="true">'
        return Markup(head + "".join(self._parts) + "</svg>")  # noqa: S704 - every part is escaped

    def render(self, ident: str, title: tuple[str, str], desc: tuple[str, str]) -> Markup:
        """Return the drawing as markup.

        Parameters
        ----------
        ident
            Unique on the page; names the title and description elements.
        title, desc
            Chinese and English; read by screen readers in place of the drawing.
        """
        head = (
            f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" role="img" '
            f'viewBox="0 0 {num(self.width)} {num(self.height)}" '
            f'aria-labelledby="{ident}-t {ident}-d">'
            f'<title id="{ident}-t">{escape(clean(" / ".join(title)))}</title>'
            f'<desc id="{ident}-d">{escape(clean(" / ".join(desc)))}</desc>'
        )
        return Markup(head + "".join(self._parts) + "</svg>")  # noqa: S704 - every part is escaped
