"""What the program prints: JSON on stdout, words and progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from optimizer.errors import CheckFailedError, DoubleRandomError, InfeasibleError, InputError


def say(text: str) -> None:
    """Print words for a person, on stderr."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def table(rows: Iterable[Sequence[object]], heads: Sequence[str] = ()) -> str:
    """Align rows of text in columns; wide (Chinese) characters count as two."""
    body = [[str(cell) for cell in row] for row in rows]
    lines = [list(heads), *body] if heads else body
    if not lines:
        return ""
    widths = [max(_width(line[i]) for line in lines) for i in range(len(lines[0]))]
    out = [
        "  ".join(c + " " * (w - _width(c)) for c, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    if heads:
        out.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(out)


def _width(text: str) -> int:
    return sum(2 if ord(c) >= 0x2E80 else 1 for c in text)


def explain(error: DoubleRandomError, *, as_json: bool, lang: str = "en") -> int:
    """Print an error and return the exit code that stands for it."""
    code = 1 if isinstance(error, CheckFailedError | InfeasibleError) else 2
    faults = list(error.faults) if isinstance(error, InputError) else []
    if as_json:
        print_json(
            {
                "ok": False,
                "error": type(error).__name__,
                "message": str(error),
                "faults": [fault.as_dict() for fault in faults],
                **_reasons(error),
            }
        )
    if isinstance(error, InfeasibleError):
        from optimizer.messages import in_chinese

        head = "无法安排：" if lang == "zh" else "InfeasibleError: nothing was written"
        say("\n".join((head, *map(in_chinese if lang == "zh" else str, error.reasons))))
    elif faults:
        from optimizer.messages import in_language

        count = f"{len(faults)} fault{'s' if len(faults) != 1 else ''}; nothing was written:"
        say(f"{len(faults)} 处错误，未写入任何内容：" if lang == "zh" else count)
        for fault in faults[:200]:
            say(f"  {in_language(fault, lang)}")
        if len(faults) > 200:
            more = len(faults) - 200
            english = f"  … and {more} more (--json lists all)"
            say(f"  … 另有 {more} 处（--json 全部列出）" if lang == "zh" else english)
    elif isinstance(error, CheckFailedError) and lang == "zh":
        from optimizer.messages import in_chinese

        say(f"校验未通过：{in_chinese(error.args[0])}")
    else:
        say(f"{type(error).__name__}: {error}")
    return code


def _reasons(error: DoubleRandomError) -> dict[str, Any]:
    from optimizer.messages import in_chinese

    if not isinstance(error, InfeasibleError):
        return {}
    return {"reasons": [{"en": str(one), "zh": in_chinese(one)} for one in error.reasons]}


class ConsoleProgress:
    """Progress as lines on stderr, with the seconds of each stage.

    Parameters
    ----------
    clock
        Monotonic seconds, such as `time.perf_counter`.
    quiet
        Keep the times but print nothing.
    """

    def __init__(self, clock: Callable[[], float], *, quiet: bool = False) -> None:
        self._clock = clock
        self._quiet = quiet
        self._live = sys.stderr.isatty() and not quiet
        self._name = ""
        self._began = clock()
        self._shown = 0.0
        self.seconds: dict[str, float] = {}

    def stage(self, name: str) -> None:
        """End the present stage and begin another; an empty name only ends."""
        if name == self._name:
            return
        now = self._clock()
        if self._name:
            took = now - self._began
            self.seconds[self._name] = round(self.seconds.get(self._name, 0.0) + took, 3)
            if not self._quiet:
                say(f"{chr(13) if self._live else ''}  {self._name:<12} {took:7.2f} s" + " " * 30)
        self._name, self._began = name, now

    def step(self, done: int, total: int, note: str = "") -> None:
        """Show how far the present stage is, at most ten times a second."""
        if not self._live:
            return
        now = self._clock()
        if now - self._shown >= 0.1:
            self._shown = now
            share = f"{100 * done // total:3d} %" if total else ""
            print(
                f"\r  {self._name:<12} {share} {note:<40.40}", end="", file=sys.stderr, flush=True
            )
