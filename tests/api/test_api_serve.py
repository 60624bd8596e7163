"""`double-random serve`: first key, new keys, and where it listens."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from api.settings import Settings
from api.verbs import _open_port
from benchmarks.served import STOPPED, Served, run
from optimizer.errors import InputError

KEY = r"dr_[0-9a-f]{12}_[0-9a-f]{64}"


def test_the_first_start_prints_the_admin_key_once(tmp_path: Path) -> None:
    """The key stands on stdout of the first start, works, and never appears again."""
    db = tmp_path / "store.sqlite3"
    with Served(db) as server:
        key = server.printed
        assert re.fullmatch(KEY, key)
        said = server.client.get("/v1/caller", headers={"authorization": f"Bearer {key}"}).json()
        assert said["role"] == "admin"
        assert server.stop() in STOPPED
        assert key not in server.log.read_text()
    with Served(db) as server:
        assert server.printed == ""
        answer = server.client.get("/v1/caller", headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 200
        assert server.stop() in STOPPED


def test_new_keys(tmp_path: Path) -> None:
    """`--new-key` prints a key alone on stdout and stops; the key has its role and department."""
    db = str(tmp_path / "store.sqlite3")
    clerk = run("serve", "--db", db, "--new-key", "clerk", cwd=tmp_path)
    fire = run("serve", "--db", db, "--new-key", "department", "--department", "fire", cwd=tmp_path)
    for made in (clerk, fire):
        assert made.returncode == 0
        assert re.fullmatch(KEY + "\n", made.stdout)
    with Served(Path(db)) as server:
        # There were keys already, so this start makes none.
        assert server.printed == ""
        said = server.client.get(
            "/v1/caller", headers={"authorization": f"Bearer {fire.stdout.strip()}"}
        ).json()
        assert (said["role"], said["department"]) == ("department", "fire")


@pytest.mark.parametrize(
    "options",
    [
        ("--new-key", "boss"),
        ("--new-key", "department"),
        ("--new-key", "department", "--department", "a b"),
        ("--port", "x"),
    ],
)
def test_bad_options_are_bad_input(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Unknown roles, departments without a name and the like end with exit code 2."""
    done = run("serve", "--db", str(tmp_path / "s.sqlite3"), *options, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr


def test_it_listens_elsewhere_only_with_keys(tmp_path: Path) -> None:
    """A new store does not listen beyond this machine; once there is a key it does."""
    db = tmp_path / "store.sqlite3"
    done = run("serve", "--host", "0.0.0.0", "--port", "0", "--db", str(db), cwd=tmp_path)
    assert done.returncode == 2
    assert "--new-key" in done.stderr
    assert done.stdout == ""
    run("serve", "--db", str(db), "--new-key", "admin", cwd=tmp_path)
    with Served(db, "--host", "0.0.0.0") as server:
        port = server.client.base_url.port
        local = httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False, timeout=60)
        assert local.status_code == 200


def test_answers_do_not_wait_for_acknowledgements(tmp_path: Path) -> None:
    """What comes in by the server's port sends at once: small packets are not held back."""
    with (
        _open_port(Settings(db=tmp_path / "unused", port=0)) as door,
        socket.create_connection(door.getsockname()),
        door.accept()[0] as inside,
    ):
        assert inside.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_what_counts_as_this_machine(host: str, loopback: bool) -> None:
    """Only loopback addresses are this machine; names that look like it are not."""
    settings = Settings(db=Path("unused"), host=host)
    assert settings.is_loopback is loopback
    settings.refuse_open_door(has_keys=True)
    if loopback:
        settings.refuse_open_door(has_keys=False)
    else:
        with pytest.raises(InputError):
            settings.refuse_open_door(has_keys=False)


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    """A port that is taken ends with a sentence and exit code 2, not with a trace."""
    with Served(tmp_path / "a.sqlite3") as server:
        port = str(server.client.base_url.port)
        done = run("serve", "--port", port, "--db", str(tmp_path / "b.sqlite3"), cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert port in done.stderr


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"GET /health HTTP/1.1\r\nhost: a\r\n", b"x-more: 1\r\n" * 1000),
        (b"GET /health HTTP/1.1\r\nhost: a\r\nx-one: ", b"1" * 10_000),
        (b"GET /", b"a" * 10_000),
        (
            b"POST /v1/requests HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
            b"1\r\n{\r\n0\r\n",
            b"x-more: 1\r\n" * 1000,
        ),
    ],
    ids=["headers", "one header", "address", "trailer"],
)
def test_a_head_without_end_is_cut_off(tmp_path: Path, begin: bytes, more: bytes) -> None:
    """Whoever sends on and on, and no body, is refused before it fills the server's memory."""
    with Served(tmp_path / "store.sqlite3") as server:
        where = urlsplit(server.url)
        sent = 0
        with socket.create_connection((where.hostname, where.port), timeout=30) as client:
            client.sendall(begin)
            with suppress(ConnectionError):
                while sent < 32 * 2**20:
                    client.sendall(more)
                    sent += len(more)
        assert sent < 8 * 2**20  # what sockets hold on their own
        assert server.client.get("/health").status_code == 200


def test_long_heads_and_bodies_in_parts_are_read(tmp_path: Path) -> None:
    """What a client may send is not cut off: long headers, and a body in many small parts."""
    with Served(tmp_path / "store.sqlite3") as server:
        headers = {"x-long": "1" * 30_000, "authorization": f"Bearer {server.printed}"}
        parts = (b"%-999s" % b"{" if n == 0 else b" " * 999 for n in range(200))
        answer = server.client.post(
            "/v1/requests", headers={**headers, "idempotency-key": "k"}, content=parts
        )
        assert answer.status_code == 422, answer.text
        assert server.client.get("/v1/caller", headers=headers).status_code == 200
