"""The effective configuration: what goes before what, what is refused, what is hidden."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import config
from api.settings import Settings
from benchmarks.served import STOPPED, Served, run
from optimizer.errors import InputError

ROOT = Path(__file__).parents[2]


def found(
    file: Path | None = None, environ: dict[str, str] | None = None, **options: Any
) -> dict[str, tuple[Any, str]]:
    return {
        each.name: (each.value, each.source)
        for each in config.effective(options, environ or {}, file)
    }


def refused(file: Path | None = None, environ: dict[str, str] | None = None) -> set[str]:
    with pytest.raises(InputError) as caught:
        config.effective({}, environ or {}, file)
    return {f"{fault.file} {fault.field}" for fault in caught.value.faults}


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return file


def test_option_environment_file_default(tmp_path: Path) -> None:
    """Each goes before the next, setting by setting, and the source is told."""
    file = write(tmp_path, "port = 1\npage = 2\nmax_page = 3\n")
    environ = {"DOUBLE_RANDOM_PORT": "4", "DOUBLE_RANDOM_PAGE": "5", "PATH": "/bin"}
    got = found(file, environ, port=6, host=None)
    assert got["port"] == (6, "option --port")
    assert got["page"] == (5, "environment DOUBLE_RANDOM_PAGE")
    assert got["max_page"] == (3, "file config.toml")
    assert got["host"] == ("127.0.0.1", "default")


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    """A file need not stand on the command line; an empty variable is none."""
    file = write(tmp_path, "port = 1\n")
    assert found(None, {config.FILE: str(file)})["port"][0] == 1
    assert found(None, {config.FILE: "", "DOUBLE_RANDOM_PORT": ""})["port"] == (8000, "default")


def test_every_setting_can_be_set_in_every_way(tmp_path: Path) -> None:
    """What `Settings` has, file and environment can name, and the settings have it."""
    values = {
        name: {bool: True, int: 7, float: 2.5, tuple: ["a", "b"]}.get(type(value), f"/x/{name}")
        for name, value in config.defaults().items()
    }
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    environ = {
        f"DOUBLE_RANDOM_{name.upper()}": " ".join(value) if type(value) is list else str(value)
        for name, value in values.items()
    }
    for told in (
        config.effective({}, {}, write(tmp_path, lines)),
        config.effective({}, environ),
    ):
        settings = config.settings_of(told)
        for name, value in values.items():
            wanted = tuple(value) if type(value) is list else value
            assert getattr(settings, name) == (Path(value) if name in ("db", "home") else wanted)
    assert set(values) | {"url"} == set(Settings.__dataclass_fields__)


def test_unknown_names_are_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    """In the file and in the environment, all at once with the values that do not fit."""
    file = write(tmp_path, 'prot = 1\npage = "many"\nworkers = true\n[store]\ndb = "x"\n')
    environ = {"DOUBLE_RANDOM_PROCESES": "2", "DOUBLE_RANDOM_KEY_RATE": "nan"}
    with pytest.raises(InputError) as caught:
        config.effective({}, environ, file)
    said = {(fault.code, fault.field): str(fault) for fault in caught.value.faults}
    assert set(said) == {
        ("config-unknown", "prot"),
        ("config-unknown", "store"),
        ("config-unknown", "DOUBLE_RANDOM_PROCESES"),
        ("serve-setting", "page"),
        ("serve-setting", "workers"),
        ("serve-setting", "DOUBLE_RANDOM_KEY_RATE"),
    }
    assert "Did you mean port?" in said["config-unknown", "prot"]
    assert (
        "Did you mean DOUBLE_RANDOM_PROCESSES?"
        in (said["config-unknown", "DOUBLE_RANDOM_PROCESES"])
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("port", text) for text in ("-1", "65536", "x", "8000.0")),
        *(("processes", text) for text in ("0", "65")),
        ("workers", "-1"),
        *(("key_rate", text) for text in ("0", "inf", "nan", "-1")),
        ("max_files", "1e3"),
        ("metrics_on_loopback", "maybe"),
    ],
)
def test_values_that_make_no_sense_are_refused(name: str, value: str) -> None:
    """Beyond the range, of another kind, not a number."""
    variable = f"DOUBLE_RANDOM_{name.upper()}"
    assert refused(environ={variable: value}) == {f"environment {variable}"}


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    """Missing, not TOML, not UTF-8: one fault with the file's name."""
    assert refused(tmp_path / "gone.toml") == {"gone.toml "}
    assert refused(write(tmp_path, "port: 8000\n")) == {"config.toml "}
    file = tmp_path / "config.toml"
    file.write_bytes(b'db = "\xff"\n')
    assert refused(file) == {"config.toml "}


def test_places_in_a_file_are_of_its_own_folder(tmp_path: Path) -> None:
    """Wherever the program is started; a URL and an absolute path stay as they are."""
    settings = config.settings_of(config.effective({}, {}, write(tmp_path, 'db = "a.sqlite3"\n')))
    assert settings.db == tmp_path / "a.sqlite3"
    url = write(tmp_path, 'db = "postgresql://h/d"\nhome = "/k"\n')
    settings = config.settings_of(config.effective({}, {}, url))
    assert (settings.url, settings.home) == ("postgresql://h/d", Path("/k"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:SECRET@h/d",
        "postgresql://u:a@SECRET@h/d",
        "postgresql://u:SECRET:x@h:5432/d",
        "postgresql://h/d?user=u&password=SECRET",
        "mysql://u:SECRET@h/d",
    ],
)
def test_secrets_are_hidden(tmp_path: Path, url: str) -> None:
    """No part of a password is printed, neither as table nor JSON nor in a refusal."""
    file = write(tmp_path, f"db = {json.dumps(url)}\n")
    (shown,) = (each.show() for each in config.effective({}, {}, file) if each.name == "db")
    assert "SECRET" not in str(shown)
    assert "h" in shown["value"]


def test_the_verb_prints_table_and_json(tmp_path: Path) -> None:
    """Every setting once, with value and source, and no password; refusals are bad input."""
    file = write(tmp_path, 'db = "postgresql://u:SECRET@h/d"\nport = 9\n')
    done = run("config", "--config", str(file), "--json", "--workers", "0", cwd=tmp_path)
    told = json.loads(done.stdout)
    rows = {row["name"]: (row["value"], row["source"]) for row in told["settings"]}
    assert list(rows) == list(config.defaults())
    assert rows["port"] == (9, "file config.toml")
    assert rows["workers"] == (0, "option --workers")
    table = run("config", "--config", str(file), cwd=tmp_path)
    assert re.search(r"^port +9 +file config\.toml$", table.stdout, re.M)
    assert "SECRET" not in done.stdout + table.stdout
    file.write_text("prot = 9\n")
    bad = run("config", "--config", str(file), cwd=tmp_path)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "Did you mean port?" in bad.stderr


def test_a_server_goes_by_its_file(tmp_path: Path) -> None:
    """What the file says is what the server does: its store, its limits, its open metrics."""
    file = write(
        tmp_path,
        'db = "named.sqlite3"\nworkers = 0\nmax_json = 100\nmetrics_on_loopback = true\n',
    )
    with Served(None, "--config", str(file), home=tmp_path) as server:
        assert (tmp_path / "named.sqlite3").exists()
        assert httpx.get(f"{server.url}/metrics", trust_env=False, timeout=60).status_code == 200
        answer = server.client.post("/v1/checks", content=b"x" * 101)
        assert answer.status_code == 413
        assert server.stop() in STOPPED


def test_the_page_lists_every_setting_with_its_default() -> None:
    """docs/how-to/configure.md, in the order of `double-random config`."""
    page = (ROOT / "docs/how-to/configure.md").read_text("utf-8")
    listed = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`)? ?\|", page, re.M)
    wanted = [
        (name, "" if value is None else json.dumps(value))
        for name, value in config.defaults().items()
    ]
    assert listed == wanted


def test_every_variable_of_the_project_is_known() -> None:
    """What program, tests and CI name in the environment is a setting or known to be none."""
    named = set()
    for pattern in ("api/**/*.py", "tests/**/*.py", "benchmarks/**/*.py", ".ci/run", "Makefile"):
        for path in ROOT.glob(pattern):
            if path != Path(__file__):
                named |= set(re.findall(r"DOUBLE_RANDOM_[A-Z_]*[A-Z]", path.read_text("utf-8")))
    settings = {f"DOUBLE_RANDOM_{name.upper()}" for name in config.defaults()}
    assert named - settings - config.OTHERS == set()
    assert named & settings
