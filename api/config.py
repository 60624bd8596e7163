"""The effective configuration: each setting, and where its value came from.

An option of the command line goes before the environment, that before a file, that before the
default. Names that nobody knows are refused, wherever they stand: a setting that was misspelt must
not quietly be the default.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from api.settings import Settings, store_settings
from optimizer.errors import Fault, InputError

PREFIX = "DOUBLE_RANDOM_"
"""Before a setting's name in capitals: its environment variable."""
FILE = f"{PREFIX}CONFIG"
"""Environment variable that names the file."""
OTHERS = frozenset(
    PREFIX + name
    for name in (
        *("CONFIG", "SERVING"),
        *("FUZZ", "KILLS", "MUTATIONS", "MUTATIONS_SEED", "NEED_BROWSER", "NEED_NODE"),
    )
)
"""Variables with the prefix that are no settings: they are the program's own, or of its tests."""

STORE = "db"
"""The setting that names the store: a file or a URL."""
_MOST = {"port": 65_535, "processes": 64, "workers": 64}
_FROM_ZERO = frozenset({"port", "workers"})
_LARGEST = 2**50


@dataclass(frozen=True, slots=True)
class Effective:
    """A setting as it is in force.

    Attributes
    ----------
    source
        ``default``, ``option --port``, ``environment DOUBLE_RANDOM_PORT``, or ``file NAME``.
    """

    name: str
    value: Any
    source: str

    def show(self) -> dict[str, Any]:
        """Return it for others to see: a password in a URL is hidden."""
        value = self.value
        if self.name == STORE:
            value = without_secrets(str(value))
        elif isinstance(value, Path):
            value = str(value)
        elif isinstance(value, tuple):
            value = list(value)
        return {"name": self.name, "value": value, "source": self.source}


def defaults() -> dict[str, Any]:
    """Return every setting with its default, in the order of `Settings`."""
    found: dict[str, Any] = {STORE: "double-random.sqlite3"}
    for each in fields(Settings):
        if each.name not in (STORE, "url"):
            assert each.default is not MISSING
            found[each.name] = each.default
    return found


def effective(
    options: Mapping[str, Any], environ: Mapping[str, str], file: Path | None = None
) -> tuple[Effective, ...]:
    """Return the whole configuration.

    Parameters
    ----------
    options
        Settings by name, as the command line gives them; ``None`` where it does not.
    environ
        The environment; it may name the file too.
    file
        TOML file of settings.

    Raises
    ------
    InputError
        With every unknown name and every value that is none, from wherever.
    """
    if file is None and environ.get(FILE):
        file = Path(environ[FILE])
    known = defaults()
    faults: list[Fault] = []
    told = {} if file is None else _from_file(file, known, faults)
    named = _from_environment(environ, known, faults)
    given = {
        name: Effective(name, value, f"option --{name.replace('_', '-')}")
        for name, value in options.items()
        if name in known and value is not None
    }
    _judge(given.values(), faults)
    if faults:
        raise InputError(faults)
    return tuple(
        given.get(name) or named.get(name) or told.get(name) or Effective(name, value, "default")
        for name, value in known.items()
    )


def settings_of(config: Iterable[Effective]) -> Settings:
    """Return the settings that a configuration stands for."""
    values = {each.name: each.value for each in config}
    return store_settings(values.pop(STORE), values.pop("home"), **values)


def without_secrets(db: str) -> str:
    """Return what names a store, without the password, and without what a query may hide."""
    if "://" not in db:
        return db
    scheme, rest = db.split("://", 1)
    place, mark, _ = rest.partition("?")
    # The last @, since a password may hold one that was not escaped.
    login, at, host = place.rpartition("@")
    user, colon, _ = login.partition(":")
    hidden = f"{user}{colon}{'***' if colon else ''}{at}{host}"
    return f"{scheme}://{hidden}{mark}{'***' if mark else ''}"


def _from_file(file: Path, known: Mapping[str, Any], faults: list[Fault]) -> dict[str, Effective]:
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        faults.append(
            Fault(
                "config-file",
                file.name,
                expected=f"expected a TOML file of settings ({reason})",
                mend="Correct it: a line each, such as port = 8000.",
            )
        )
        return {}
    found = {}
    for key, value in document.items():
        if key not in known:
            faults.append(_unknown(file.name, key, known, str))
            continue
        each = Effective(key, _typed(value, known[key]), f"file {file.name}")
        if key in (STORE, "home") and "://" not in str(value):
            # Of the file's own folder, wherever the program is started.
            each = Effective(key, _beside(file, value), each.source)
        if key == "home" and isinstance(each.value, str):
            each = Effective(key, Path(each.value), each.source)
        found[key] = each
    _judge(found.values(), faults)
    return found


def _beside(file: Path, value: Any) -> Any:
    return str(file.parent / value) if isinstance(value, str) and value else value


def _typed(value: Any, default: Any) -> Any:
    """Return a value of a file in the setting's type where that loses nothing."""
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(value)
    return value


def _from_environment(
    environ: Mapping[str, str], known: Mapping[str, Any], faults: list[Fault]
) -> dict[str, Effective]:
    found = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in OTHERS:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known or variable != variable.upper():
            faults.append(_unknown("environment", variable, known, _variable))
        elif environ[variable]:
            value = _read(environ[variable], known[name], name)
            found[name] = Effective(name, value, f"environment {variable}")
    _judge(found.values(), faults)
    return found


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _read(text: str, default: Any, name: str) -> Any:
    """Return what a text says of a setting; the text itself where that is nothing."""
    if name == "home":
        return Path(text)
    if isinstance(default, bool):
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if isinstance(default, tuple):
        return tuple(text.split())
    if isinstance(default, int | float):
        try:
            return type(default)(text)
        except ValueError:
            return text
    return text


def _judge(given: Iterable[Effective], faults: list[Fault]) -> None:
    known = defaults()
    for each in given:
        expected = _expected(each.name, each.value, known[each.name])
        if expected:
            place, _, field = each.source.partition(" ")
            in_file = place == "file"
            faults.append(
                Fault(
                    "serve-setting",
                    field if in_file else place,
                    field=each.name if in_file else field,
                    value=without_secrets(str(each.value)),
                    expected=f"expected {expected}",
                    mend="Correct it, or leave it out.",
                )
            )


def _expected(name: str, value: Any, default: Any) -> str:
    """Return what was expected of a value that is none; ``""`` of one that may stand."""
    if name == "home":
        return "" if isinstance(value, Path) else "a folder"
    if isinstance(default, bool):
        return "" if type(value) is bool else "true or false"
    if isinstance(default, tuple):
        fits = isinstance(value, tuple) and all(isinstance(one, str) for one in value)
        return "" if fits else "a list of texts"
    if isinstance(default, int | float):
        least, most = 0 if name in _FROM_ZERO else 1, _MOST.get(name, _LARGEST)
        if isinstance(default, float):
            fits = isinstance(value, float) and 0 < value < _LARGEST
            return "" if fits else "a number above zero"
        fits = type(value) is int and least <= value <= most
        return "" if fits else f"a whole number from {least} to {most}"
    if name == STORE:
        return "" if isinstance(value, str) and value else "a file, or a URL of PostgreSQL"
    return "" if isinstance(value, str) else "a text"


def _unknown(place: str, key: str, known: Iterable[str], show: Callable[[str], str]) -> Fault:
    plain = re.sub(r"[^a-z_]", "_", key.removeprefix(PREFIX).lower())
    near = difflib.get_close_matches(plain, list(known), n=1, cutoff=0.5)
    meant = f"Did you mean {show(near[0])}? " if near else ""
    return Fault(
        "config-unknown",
        place,
        field=key,
        expected="no setting is called so",
        mend=f"{meant}`double-random config` lists all.",
    )
