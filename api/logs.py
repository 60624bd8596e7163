"""The log: one JSON object a line on stderr, with time, level, event, process; no secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

LOGGER = logging.getLogger("double_random.api")

_KEY = re.compile(r"(dr_[0-9a-f]{12}_)[0-9A-Za-z]+")
_HIDDEN = ("code",)
"""Parts of a path that open something to whoever reads them: entry codes."""


def shown_path(scope: Mapping[str, Any]) -> str:
    """Return a request's path as the log may hold it: without entry codes, and without keys."""
    path = str(scope["path"])
    for name in _HIDDEN:
        value = scope.get("path_params", {}).get(name)
        if value:
            path = path.replace(str(value), "***")
    return _KEY.sub(r"\1***", path)


class JsonLines(logging.Formatter):
    """Log records as one JSON object a line."""

    _KNOWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; only what was given on purpose stands in it, so no error's trace."""
        extra = {k: v for k, v in record.__dict__.items() if k not in self._KNOWN}
        if record.name != LOGGER.name:
            extra["logger"] = record.name
            if record.exc_info and record.exc_info[0] is not None:
                extra["error"] = record.exc_info[0].__name__
        moment = datetime.fromtimestamp(record.created, UTC).astimezone()
        return json.dumps(
            {
                "time": moment.isoformat(timespec="milliseconds"),
                "level": record.levelname.lower(),
                "event": record.getMessage().strip(),
                "process": record.process,
                **extra,
            },
            ensure_ascii=False,
            default=str,
        )


def log_to_stderr() -> None:
    """Send the API's log, and the warnings of libraries, to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


def announce(text: str, **extra: Any) -> None:
    """Say how a start goes: in words to a person at a terminal, else as a line of the log."""
    if sys.stderr.isatty():
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    else:
        LOGGER.info(text, extra=extra)
