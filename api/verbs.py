"""`double-random serve`: the API on an SQLite file or a database; `work`: its workers."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING, Any

from api.keeping import add_keeping_verbs, add_store_options, config_of, settings_of
from api.witness_verb import add_witness_verb
from optimizer.errors import Fault, InputError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn import Config

    from api.settings import Settings

ROLES = ("admin", "supervisor", "clerk", "department", "auditor")
_STORE = "DOUBLE_RANDOM_DB"
_SERVING = "DOUBLE_RANDOM_SERVING"
_METRICS = "PROMETHEUS_MULTIPROC_DIR"
"""Where several processes count together; to stand before `api.metrics` is loaded."""


def add_serve_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the program's parser."""
    parser = verbs.add_parser(
        "serve",
        help="the API on an SQLite file or a PostgreSQL database",
        description="Serve the API on an SQLite file, for which nothing else is needed, or on a "
        "PostgreSQL database. The first start prints an admin key once; only its hash is kept.",
    )
    _add_serving_options(parser)
    parser.add_argument(
        "--new-key", choices=ROLES, metavar="ROLE", help=f"make a key and stop: {', '.join(ROLES)}"
    )
    parser.add_argument("--department", default="", metavar="D", help="of a department's key")
    parser.set_defaults(func=run)
    _add_work_verb(verbs)
    _add_config_verb(verbs)
    add_keeping_verbs(verbs)
    add_witness_verb(verbs)


def _add_serving_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port (8000); 0 takes a free one")
    add_store_options(parser)
    parser.add_argument(
        "--processes",
        type=int,
        metavar="N",
        help="server processes that share port and store (1)",
    )
    parser.add_argument(
        "--public-address",
        metavar="URL",
        help="under which the public reaches it, such as https://jc.example.cn: QR codes of "
        "entry codes lead there",
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="worker processes for long jobs (1); 0 where `double-random work` runs elsewhere",
    )


def _add_config_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser(
        "config",
        help="the service's configuration as it is in force",
        description="Print every setting of `double-random serve` with its value and where that "
        "came from: an option, the environment (DOUBLE_RANDOM_ and the setting in capitals), the "
        "file, or the default. Secrets are hidden. Unknown names and bad values are refused, as "
        "`serve` would.",
    )
    _add_serving_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=show_config)


def _add_work_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser(
        "work",
        help="a worker for the API's long jobs",
        description="Do the long jobs of a store that `double-random serve` serves: plans, "
        "publications. A server starts one worker itself; more are started so, one at a time.",
    )
    add_store_options(parser)
    parser.add_argument(
        "--stale",
        type=_seconds,
        default=15.0,
        metavar="SECONDS",
        help="take over a job whose worker has shown no sign of life for so long (15)",
    )
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(func=work)


def _seconds(text: str) -> float:
    value = float(text)
    if not 1 <= value <= 86_400:
        raise ValueError
    return value


def work(args: argparse.Namespace) -> int:
    """Run the verb ``work``; return the exit code."""
    from api.jobs.worker import Worker
    from api.logs import announce, log_to_stderr
    from api.store.database import local_time, open_database

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if args.with_parent:
        threading.Thread(target=_stop_with_parent, args=(stop,), daemon=True).start()
    settings = settings_of(args)
    store = open_database(settings, clock=local_time, token=secrets.token_bytes)
    log_to_stderr()
    name = secrets.token_hex(4)
    if not args.with_parent:
        announce(f"worker {name} is ready")
    Worker(
        settings,
        store,
        clock=local_time,
        token=secrets.token_bytes,
        name=name,
        stopping=stop.is_set,
        stale=args.stale,
    ).run()
    store.close()
    return 0


def _stop_with_parent(stop: threading.Event) -> None:
    """Stop when the server that holds the other end of the pipe has closed it, or has ended."""
    os.read(sys.stdin.fileno(), 1)
    stop.set()


def show_config(args: argparse.Namespace) -> int:
    """Run the verb ``config``; return the exit code."""
    from api.config import FILE, settings_of
    from optimizer.cli.output import print_json, table

    config = config_of(args)
    _refuse_odd(settings_of(config))
    shown = [each.show() for each in config]
    if args.json:
        file = args.config or os.environ.get(FILE) or None
        print_json({"ok": True, "file": file and str(file), "settings": shown})
        return 0
    rows = [(each["name"], _written(each["value"]), each["source"]) for each in shown]
    sys.stdout.write(table(rows, ("setting", "value", "from")) + "\n")
    return 0


def _refuse_odd(settings: Settings) -> None:
    settings.refuse_odd_address()
    settings.refuse_odd_witnesses()


def _written(value: Any) -> str:
    """Return a value as a file of settings would hold it."""
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def run(args: argparse.Namespace) -> int:
    """Run the verb; return the exit code."""
    settings = settings_of(args)
    _refuse_odd(settings)
    if args.new_key is not None:
        return _print_new_key(settings, args.new_key, args.department)
    return _serve(settings, args.config)


def _print_new_key(settings: Settings, role: str, department: str) -> int:
    from api.services.keys import new_key
    from api.store.database import local_time, open_database

    store = open_database(settings, clock=local_time, token=secrets.token_bytes)
    with store.write() as write:
        made = new_key(write, secrets.token_bytes, role=role, department=department)
    store.close()
    _say(f"key of role {role}{f' for {department}' if department else ''}; it is not shown again:")
    sys.stdout.write(made.text + "\n")
    return 0


def _serve(settings: Settings, file: Path | None) -> int:
    # What prometheus_client would take for its own; set below where there are several processes.
    os.environ.pop(_METRICS, None)

    from api.jobs.keep import Workers
    from api.logs import announce, log_to_stderr
    from api.services.keys import first_key
    from api.store.database import local_time, open_database

    log_to_stderr()
    store = open_database(settings, clock=local_time, token=secrets.token_bytes)
    settings.refuse_open_door(has_keys=store.has_keys())
    # The port comes first: a start that fails must not use up the one showing of the key.
    door = _open_port(settings)
    made = first_key(store, secrets.token_bytes)
    if made is not None:
        announce("a new store; its admin key is on standard output, and is not shown again")
        sys.stdout.write(made.text + "\n")
        sys.stdout.flush()
    host, port = door.getsockname()[:2]
    where = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    # The rest takes a while to load: a start that fails has failed by now.
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from api.app import create_app

    if settings.processes == 1:
        app = create_app(settings, store=store)
        server = uvicorn.Server(_config(app, settings))
        app.state.service.stopping = lambda: server.should_exit
        answer: Callable[[], None] = partial(server.run, sockets=[door])
    else:
        # Each process opens the store for itself; the environment tells them which.
        store.close()
        os.environ[_SERVING] = json.dumps(asdict(settings), default=str)
        answer = Multiprocess(_config("api.verbs:serving_app", settings), [door]).run
    announce(f"listening on {where}  (documentation: /docs)")
    helpers = Workers(_told(settings, file), settings.workers)
    with _counted_together(settings.processes):
        try:
            answer()
        finally:
            helpers.close()
    return 0


@contextmanager
def _counted_together(processes: int) -> Iterator[None]:
    """Give several processes a folder in which they count what the metrics show."""
    if processes == 1:
        yield
        return
    with TemporaryDirectory(prefix="double-random-metrics-") as folder:
        os.environ[_METRICS] = folder
        yield


def _config(app: FastAPI | str, settings: Settings) -> Config:
    import uvicorn

    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.processes,
        host=settings.host,
        port=settings.port,
        log_config=None,  # the API's own log takes its warnings, without traces
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=30,
        timeout_worker_healthcheck=60,
    )


def _told(settings: Settings, file: Path | None) -> tuple[str, ...]:
    """Return what tells a worker its store; a URL, which may hold a password, by environment."""
    told: tuple[str, ...] = () if file is None else ("--config", str(file))
    if settings.home is not None:
        told += ("--home", str(settings.home))
    if settings.url:
        os.environ[_STORE] = settings.url
        return told
    return (*told, "--db", str(settings.db))


def serving_app() -> FastAPI:
    """Return the application of one of several server processes."""
    from api.app import create_app
    from api.logs import log_to_stderr
    from api.settings import Settings

    told = json.loads(os.environ[_SERVING])
    paths = {name: Path(told.pop(name)) for name in ("db", "home") if told[name] is not None}
    told["witnesses"] = tuple(told["witnesses"])
    log_to_stderr()
    app = create_app(Settings(**{**told, **paths}))
    stopping = threading.Event()
    app.state.service.stopping = stopping.is_set
    stop = signal.getsignal(signal.SIGTERM)

    def note(number: int, frame: FrameType | None) -> None:
        stopping.set()
        if callable(stop):
            stop(number, frame)

    signal.signal(signal.SIGTERM, note)
    return app


def _open_port(settings: Settings) -> socket.socket:
    """Open the port to listen on.

    Raises
    ------
    InputError
        If the address is not this machine's, or the port is taken.
    """
    try:
        door = socket.create_server(
            (settings.host, settings.port),
            family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
            backlog=2048,
        )
    except (OSError, OverflowError) as error:
        raise InputError(
            Fault(
                "serve-port",
                "serve",
                field="--port",
                value=f"{settings.host}:{settings.port}",
                expected=f"cannot listen there ({getattr(error, 'strerror', None) or error})",
                mend="Name another --port, or stop what listens there.",
            )
        ) from None
    answer_at_once(door)
    return door


def answer_at_once(door: socket.socket) -> None:
    """Let no answer wait for the acknowledgement of its own beginning: 40 ms on every request.

    Connections take it over from the socket that they come in by; asyncio sets it only on sockets
    that were made for TCP by number, and this one was not.
    """
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
