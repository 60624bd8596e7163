"""The real program as its user starts it: `double-random serve` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import httpx


def run(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        [sys.executable, "-m", "optimizer", *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


STOPPED = (0, -signal.SIGTERM)
"""Exit codes of a server that was asked to stop and did so in order."""


CLOCK = """\
import sys
from datetime import datetime
from importlib.machinery import PathFinder

ahead = datetime.fromisoformat("{begin}") - datetime.now().astimezone()


class Clock:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "api.store.database":
            return None
        spec = PathFinder.find_spec(name, path)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            real = module.local_time

            def local_time():
                return real() + ahead

            local_time.__module__, local_time.__qualname__ = name, "local_time"
            module.local_time = local_time

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Clock)
"""
"""Read by Python at its start: the service's clock goes on from another time."""


def clock_from(begin: str, folder: Path) -> Path:
    """Write `CLOCK` into a folder of its own; return it, to stand first in ``PYTHONPATH``."""
    clock = folder / "clock"
    clock.mkdir(exist_ok=True)
    (clock / "sitecustomize.py").write_text(CLOCK.format(begin=begin))
    return clock


class Served:
    """A running server on a free port; killed when the block ends.

    Parameters
    ----------
    db
        SQLite file, or URL of a PostgreSQL database; ``None`` where `options` say it otherwise.
    home
        Folder of the log's key, of what the server prints and says; the file's by default.
    begin
        The time at which the server starts, RFC 3339, if another than now: a city's year passes.
    """

    def __init__(
        self, db: Path | str | None, *options: str, home: Path | None = None, begin: str = ""
    ) -> None:
        folder = Path(db or ".").parent if home is None else home
        more = () if home is None else ("--home", str(home))
        named = () if db is None else ("--db", str(db))
        self.log = folder / "serve.log"
        self.out = folder / "serve.out"
        modules = [os.environ.get("PYTHONPATH", "")]
        if begin:
            modules.insert(0, str(clock_from(begin, folder)))
        with self.out.open("wb") as out, self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "optimizer", "serve", "--port", "0"),
                    *(*named, *more, *options),
                ],
                stdout=out,
                stderr=log,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, modules))},
            )
        while True:
            found = re.search(r"listening on (http://\S+)", self.log.read_text())
            if found:
                break
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(self.log.read_text())
        self.url = found[1]
        self.client = httpx.Client(base_url=self.url, timeout=300, trust_env=False)

    @property
    def printed(self) -> str:
        """What stands on stdout: the first admin key, if this start made one."""
        return self.out.read_text().strip()

    def kill(self) -> None:
        """End the server without a chance to tidy up: SIGKILL."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask the server to stop; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.kill()
