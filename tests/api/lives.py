"""Many lives of the real server: processes of their own that are killed, each begun in a moment.

The program loads once, in a process that does nothing but fork. Each life is a fork of it that runs
``double-random serve`` as the command line would: its own process, store connections and socket.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import httpx
from api_city import enterprise, files, pack


class Nursery:
    """The process that forks; to be closed."""

    def __init__(self) -> None:
        # A library's threads would not survive a fork.
        threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **threads},
            text=True,
        )

    def ask(self, **order: Any) -> Any:
        """Give an order; return what came of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with self._process:
            pass  # closes the pipes, at which it ends, and waits


class Life:
    """A server from its start to its end.

    Parameters
    ----------
    args
        What ``double-random`` is told.
    folder
        Gets what it prints and says.
    """

    def __init__(self, nursery: Nursery, args: Sequence[str], folder: Path) -> None:
        self._nursery = nursery
        self.log = folder / "serve.log"
        self.out = folder / "serve.out"
        self._ended: int | None = None
        self.pid: int = nursery.ask(args=list(args), out=str(self.out), log=str(self.log))

    def listening(self) -> str | None:
        """Return the address once it listens."""
        found = re.search(r"listening on (http://[^\s\"]+)", self.log.read_text("utf-8"))
        return found and found[1]

    def address(self) -> str:
        """Wait until it listens; return where."""
        while True:
            found = self.listening()
            if found:
                return found
            assert self.lives(), self.log.read_text("utf-8")
            time.sleep(0.005)

    def lives(self) -> bool:
        """Return whether the process has not ended by itself."""
        stat = Path(f"/proc/{self.pid}/stat")
        return stat.exists() and stat.read_text("ascii").rpartition(")")[2].split()[0] != "Z"

    def kill(self) -> int:
        """End it by SIGKILL; return how it ended: it must have been alive until then."""
        return self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop; return how it ended."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._ended is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
            self._ended = self._nursery.ask(wait=self.pid)
        return self._ended


def main() -> None:
    """Fork as often as asked; end when the other end of the pipe closes."""
    import uvicorn.supervisors  # noqa: F401

    import api.jobs.keep  # noqa: F401
    from optimizer.cli import build_parser, main

    build_parser()
    warm()
    # What is there by now is not looked at again by each life's collector, and so not copied.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            assert threading.active_count() == 1  # a thread would not survive the fork
            Path(order["log"]).write_bytes(b"")
            answer = os.fork()
            if answer == 0:
                become(order["out"], order["log"])
                os._exit(main(order["args"]))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def warm() -> None:
    """Load all that requests need, by a few requests to a store of its own."""
    from api.app import create_app
    from api.services.keys import new_key
    from api.settings import Settings

    with TemporaryDirectory() as folder:
        app = create_app(Settings(db=Path(folder) / "s.sqlite3"))
        store = app.state.service.store
        with store.write() as write:
            key = new_key(write, os.urandom, role="admin", department="").text
        asyncio.run(requests(app, key))
        store.close()


async def requests(app: Any, key: str) -> None:
    """Ask once for what a life is asked for."""
    headers = {"authorization": f"Bearer {key}", "idempotency-key": "1"}
    zipped = {"content-type": "application/zip"}
    report = {
        "enterprise": enterprise(1),
        "item": "H-1",
        "source": "complaint",
        "received": "2026-03-01",
        "due": "2026-04-30",
    }
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://life", headers=headers
    ) as client:
        made = await client.post("/v1/campaigns", content=pack(files()), headers=zipped)
        made.raise_for_status()
        body = {"campaign": "test-2026", "checks": [report]}
        made = await client.post("/v1/checks", json=body, headers={"idempotency-key": "2"})
        made.raise_for_status()
        for path in ("checkpoint", "entries", "consistency?old=1", "key"):
            (await client.get(f"/v1/public/ledger/{path}")).raise_for_status()
        (await client.get("/v1/checks")).raise_for_status()


def become(out: str, log: str) -> None:
    """Let go of the pipes to the test; print into files from now on."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, name in ((0, os.devnull), (1, out), (2, log)):
        handle = os.open(name, os.O_RDONLY if number == 0 else flags, 0o600)
        os.dup2(handle, number)
        os.close(handle)


if __name__ == "__main__":
    main()
