"""The real program as its user starts it: `double-random serve` in a process of its own."""

from __future__ import annotations

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


class Served:
    """A running server on a free port; killed when the block ends.

    Parameters
    ----------
    db
        SQLite file, or URL of a PostgreSQL database; ``None`` where `options` say it otherwise.
    home
        Folder of the log's key, of what the server prints and says; the file's by default.
    """

    def __init__(self, db: Path | str | None, *options: str, home: Path | None = None) -> None:
        folder = Path(db or ".").parent if home is None else home
        more = () if home is None else ("--home", str(home))
        named = () if db is None else ("--db", str(db))
        self.log = folder / "serve.log"
        self.out = folder / "serve.out"
        with self.out.open("wb") as out, self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "optimizer", "serve", "--port", "0"),
                    *(*named, *more, *options),
                ],
                stdout=out,
                stderr=log,
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
        self.client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)

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
