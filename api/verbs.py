"""`double-random serve`: the API on an embedded SQLite file; `work`: its workers."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.errors import Fault, InputError

if TYPE_CHECKING:
    from api.settings import Settings

ROLES = ("admin", "supervisor", "clerk", "department", "auditor")


def add_serve_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the program's parser."""
    parser = verbs.add_parser(
        "serve",
        help="the API on an SQLite file",
        description="Serve the API on an SQLite file; nothing else is needed. The first start "
        "prints an admin key once; only its hash is kept.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port; 0 takes a free one")
    parser.add_argument(
        "--db",
        type=Path,
        default=Path("double-random.sqlite3"),
        metavar="FILE",
        help="the store; the log's key and newest checkpoint stand beside it",
    )
    parser.add_argument(
        "--new-key", choices=ROLES, metavar="ROLE", help=f"make a key and stop: {', '.join(ROLES)}"
    )
    parser.add_argument("--department", default="", metavar="D", help="of a department's key")
    parser.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="worker processes for long jobs (1); 0 where `double-random work` runs elsewhere",
    )
    parser.set_defaults(func=run)
    _add_work_verb(verbs)


def _add_work_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser(
        "work",
        help="a worker for the API's long jobs",
        description="Do the long jobs of a store that `double-random serve` serves: plans, "
        "publications. A server starts one worker itself; more are started so, one at a time.",
    )
    parser.add_argument(
        "--db",
        type=Path,
        default=Path("double-random.sqlite3"),
        metavar="FILE",
        help="the store of the server",
    )
    parser.add_argument(
        "--stale",
        type=_seconds,
        default=15.0,
        metavar="SECONDS",
        help="take over a job whose worker has shown no sign of life for so long (15)",
    )
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(func=work)


def _count(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 64:
        raise ValueError
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 1 <= value <= 86_400:
        raise ValueError
    return value


def work(args: argparse.Namespace) -> int:
    """Run the verb ``work``; return the exit code."""
    from api.app import local_time
    from api.jobs.worker import Worker
    from api.middleware import log_to_stderr
    from api.settings import Settings
    from api.store.database import open_database

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if args.with_parent:
        threading.Thread(target=_stop_with_parent, args=(stop,), daemon=True).start()
    settings = Settings(db=args.db)
    store = open_database(settings, clock=local_time, token=secrets.token_bytes)
    log_to_stderr()
    name = secrets.token_hex(4)
    if not args.with_parent:
        _say(f"worker {name} is ready")
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


def run(args: argparse.Namespace) -> int:
    """Run the verb; return the exit code."""
    from api.settings import Settings

    settings = Settings(db=args.db, host=args.host, port=args.port)
    if args.new_key is not None:
        return _print_new_key(settings, args.new_key, args.department)
    return _serve(settings, args.workers)


def _print_new_key(settings: Settings, role: str, department: str) -> int:
    from api.app import local_time
    from api.services.keys import new_key
    from api.store.database import open_database

    store = open_database(settings, clock=local_time, token=secrets.token_bytes)
    with store.write() as write:
        made = new_key(write, secrets.token_bytes, role=role, department=department)
    store.close()
    _say(f"key of role {role}{f' for {department}' if department else ''}; it is not shown again:")
    sys.stdout.write(made.text + "\n")
    return 0


def _serve(settings: Settings, workers: int) -> int:
    import uvicorn

    from api.app import create_app, local_time
    from api.jobs.keep import Workers
    from api.middleware import log_to_stderr
    from api.services.keys import first_key
    from api.store.database import open_database

    store = open_database(settings, clock=local_time, token=secrets.token_bytes)
    settings.refuse_open_door(has_keys=store.has_keys())
    # The port comes first: a start that fails must not use up the one showing of the key.
    door = _open_port(settings)
    made = first_key(store, secrets.token_bytes)
    if made is not None:
        _say("a new store; this is its admin key, and it is not shown again:")
        sys.stdout.write(made.text + "\n")
        sys.stdout.flush()
    log_to_stderr()
    app = create_app(settings, store=store)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=30,
        )
    )
    host, port = door.getsockname()[:2]
    _say(
        f"listening on http://{f'[{host}]' if ':' in host else host}:{port}  (documentation: /docs)"
    )
    app.state.service.stopping = lambda: server.should_exit
    helpers = Workers(["--db", str(settings.db)], workers)
    try:
        server.run(sockets=[door])
    finally:
        helpers.close()
    return 0


def _open_port(settings: Settings) -> socket.socket:
    """Open the port to listen on.

    Raises
    ------
    InputError
        If the address is not this machine's, or the port is taken.
    """
    try:
        return socket.create_server(
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


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
