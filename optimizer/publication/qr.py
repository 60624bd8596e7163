"""QR codes as SVG, drawn without an image library."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str, *, scale: int = 6) -> str:
    """Return a QR code that a quarter of may be lost or dirty (level Q), or less where it is long.

    Parameters
    ----------
    text
        Capital letters, digits and ``$%*+-./:`` and spaces take the least room.
    scale
        Pixels of a module.
    """
    level = "q" if len(text) <= 200 else "m"
    out = io.BytesIO()
    made = segno.make(text, error=level, micro=False, boost_error=True)
    # White is drawn too: on a dark page a code without it cannot be read.
    made.save(out, kind="svg", scale=scale, border=4, light="#fff", xmldecl=False, nl=False)
    return out.getvalue().decode()
