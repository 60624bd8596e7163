"""Answers of the service at once: departments send requests beside a plan of 10^5 visits."""

from __future__ import annotations

import argparse
import http.client
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.child import measure
from benchmarks.report import Report
from benchmarks.service_city import DEPARTMENTS, NAME, SEED, city_zip
from optimizer.errors import CheckFailedError

if TYPE_CHECKING:
    from api.settings import Settings

STORES = ("sqlite", "postgresql")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument("--visits", type=int, default=100_000, help="of the plan (default: 10^5)")
    parser.add_argument("--stores", nargs="+", default=list(STORES), choices=STORES)
    parser.add_argument(
        "--servers", type=int, nargs="+", default=[1, 2], metavar="N", help="processes (1 and 2)"
    )
    parser.add_argument("--clients", type=int, default=8, metavar="N", help="at once (default: 8)")
    parser.add_argument(
        "--rate", type=float, default=100, help="requests a second, all clients together (100)"
    )
    parser.add_argument("--requests", type=int, default=6000, help="a row (default: 6,000)")
    parser.add_argument(
        "--effort", type=int, default=0, help="planner's search effort (default: 0)"
    )


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Make the plan once, then each row on a copy of its store.

    Raises
    ------
    CheckFailedError
        If a granted visit is not in the store afterwards, or the plan breaks a rule.
    """
    rows, notes = [], []
    for store in args.stores:
        with _folder() as folder, _database(store) as url:
            say(f"service: {store}, a plan of {args.visits:,} visits")
            settings = _settings(folder, url)
            keys, visits = _prepared(settings, args.visits, args.effort)
            for servers in args.servers:
                say(f"service: {store}, {servers} server process(es)")
                with _folder() as own, _copy(folder, own, url) as copied:
                    found = _row(_settings(own, copied), servers, keys, args)
                rows.append({"store": store, "servers": servers, **found.pop("row")})
                notes.append(f"{store}, {servers}: plan of {visits:,} visits; {found['note']}")
    command = (
        f"double-random bench service --visits {args.visits} --stores {' '.join(args.stores)} "
        f"--servers {' '.join(map(str, args.servers))} --clients {args.clients} "
        f"--rate {args.rate:g} --requests {args.requests} --effort {args.effort}"
    )
    notes += [
        "each request is due at its moment, whatever came of those before, and its time counts "
        "from then; clients, server and store share this machine",
        "server_cpu_ms, clients_cpu_ms: processor milliseconds a request takes in the server's own "
        "processes (not in PostgreSQL's) and in the clients'",
        "errors: answers other than 201 and 409; overdrawn: rules that the schedule breaks "
        "afterwards by the code of the stand-alone verifier, and granted visits it does not hold",
    ]
    failed = any(row["errors"] or row["overdrawn"] for row in rows)
    return Report("service", command, tuple(rows), tuple(notes), failed)


def _row(
    settings: Settings, servers: int, keys: Mapping[str, str], args: argparse.Namespace
) -> dict[str, Any]:
    from benchmarks.served import Served

    db = settings.url or str(settings.db)
    with Served(db, "--processes", str(servers), home=settings.home) as server:
        where = urlsplit(server.url)
        _wait_until_ready(where.hostname, where.port, servers)
        job = {
            "host": where.hostname,
            "port": where.port,
            "keys": keys,
            "clients": args.clients,
            "rate": args.rate,
            "visits": args.visits,
        }
        # What a server meets first costs more: a few are sent before, and not counted.
        measure("benchmarks.service_load", {**job, "requests": args.clients * 20, "seed": "first"})
        cpu = _cpu_seconds(server.process.pid)
        found = measure(
            "benchmarks.service_load", {**job, "requests": args.requests, "seed": "row"}
        )
        cpu = _cpu_seconds(server.process.pid) - cpu
        server.stop()
    overdrawn, told = _held_to_the_rules(settings, found["granted"])
    times, statuses = found["milliseconds"], found["statuses"]
    refused = statuses.get("409", 0)
    return {
        "row": {
            "clients": args.clients,
            "requests": len(times),
            "per_second": round(len(times) / found["seconds"], 1),
            "p50_ms": round(times[len(times) // 2], 1),
            "p99_ms": round(times[len(times) * 99 // 100], 1),
            "server_cpu_ms": round(1000 * cpu / len(times), 1),
            "clients_cpu_ms": round(1000 * found["own_cpu"] / len(times), 1),
            "errors": len(times) - statuses.get("201", 0) - refused,
            "overdrawn": overdrawn,
        },
        "note": f"{statuses.get('201', 0):,} granted, {refused:,} refused with rule and mends; "
        f"longest {times[-1]:.0f} ms; {told}",
    }


def _prepared(settings: Settings, visits: int, effort: int) -> tuple[dict[str, str], int]:
    """Make keys, campaign, draw and plan by the API; return the keys and the plan's visits."""
    from api.services.keys import new_key
    from api.store.database import local_time, open_database
    from benchmarks.served import Served

    store = open_database(settings, clock=local_time, token=secrets.token_bytes)
    keys = {}
    with store.write() as write:
        for role in ("clerk", "supervisor"):
            keys[role] = new_key(write, secrets.token_bytes, role=role).text
        for name in DEPARTMENTS:
            made = new_key(write, secrets.token_bytes, role="department", department=name)
            keys[name] = made.text
    store.close()
    db = settings.url or str(settings.db)
    with Served(db, home=settings.home) as server:
        client = server.client
        client.timeout = 1800
        for path, role, body in (
            ("", "clerk", {"content": city_zip(visits)}),
            (f"/{NAME}/reveal", "supervisor", {"json": {"seed": SEED}}),
            (f"/{NAME}/plans", "clerk", {"json": {"reason": "the year", "effort": effort}}),
        ):
            kind = {} if path else {"content-type": "application/zip"}
            answer = client.post(
                f"/v1/campaigns{path}",
                headers={
                    "authorization": f"Bearer {keys[role]}",
                    "idempotency-key": f"prepare{path}",
                    **kind,
                },
                **body,
            )
            if answer.is_error:
                raise CheckFailedError(f"{path or 'commit'}: {answer.text[:1000]}")
        server.stop()
    return keys, int(answer.json()["visits"])


def _held_to_the_rules(settings: Settings, granted: Mapping[str, str]) -> tuple[int, str]:
    """Read the schedule back and check it with code that no planner shares."""
    from api.services import live, visit_rows
    from api.services.service import Service
    from api.store.database import local_time, open_database
    from benchmarks.checker import check_plan

    store = open_database(settings, clock=local_time, token=secrets.token_bytes)
    service = Service(settings, store, secrets.token_bytes)
    with store.read() as session:
        row = live.row_of(session, NAME)
        visits = visit_rows.standing(session, NAME, row.plan)
        arguments = live.arguments(service, session, NAME, visits)
    store.close()
    days = {check: visit.day for visit in visits for check in visit.checks}
    lost = sum(days[c].isoformat() != day if c in days else True for c, day in granted.items())
    try:
        counted = check_plan(arguments, days)
    except CheckFailedError as error:
        return lost + 1, str(error)
    if counted.visits != len(visits):
        return lost + 1, f"{len(visits)} visits stand for {counted.visits}"
    return lost, f"{counted.visits:,} visits afterwards, every rule kept"


def _wait_until_ready(host: str | None, port: int | None, servers: int) -> None:
    """Wait until every process behind the port has its plan in memory."""
    assert host is not None
    until, in_a_row = time.monotonic() + 600, 0
    while in_a_row < 12 * servers:
        if time.monotonic() > until:
            raise CheckFailedError("the server is not ready after ten minutes")
        # A new connection each time, since any process may take it.
        connection = http.client.HTTPConnection(host, port, timeout=60)
        try:
            connection.request("GET", "/readyz")
            ready = connection.getresponse().status == 200
        except OSError:
            ready = False
        finally:
            connection.close()
        in_a_row = in_a_row + 1 if ready else 0
        if not ready:
            time.sleep(0.3)


def _cpu_seconds(process: int) -> float:
    """Return processor seconds of a process and those that it started."""
    import psutil

    first = psutil.Process(process)
    spent = [each.cpu_times() for each in (first, *first.children(recursive=True))]
    return float(sum(each.user + each.system for each in spent))


def _settings(folder: Path, url: str) -> Settings:
    from api.settings import Settings

    return Settings(db=folder / "double-random", url=url, home=folder)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="double-random-bench-") as made:
        yield Path(made)


@contextmanager
def _database(store: str) -> Iterator[str]:
    from benchmarks import local_postgresql

    if store == "sqlite":
        yield ""
        return
    url = local_postgresql.new_database()
    yield url
    local_postgresql.drop_database(url)


@contextmanager
def _copy(folder: Path, own: Path, url: str) -> Iterator[str]:
    """Copy store, key and checkpoint; give the copy's URL, empty for an SQLite file."""
    from benchmarks import local_postgresql

    shutil.copytree(folder, own, dirs_exist_ok=True)
    if not url:
        yield ""
        return
    copied = local_postgresql.new_database(local_postgresql.name_of(url))
    yield copied
    local_postgresql.drop_database(copied)
