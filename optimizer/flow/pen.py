"""Writing what an act makes: entries at one time, and the documents that they publish."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optimizer import canon
from optimizer.domain.registry import Document
from optimizer.ledger import Ledger

Body = Callable[[str, bytes], Document]
"""From a document's path and bytes to what the ledger holds of it."""


class Pen:
    """Writes entries at one time, and the documents that they publish.

    Parameters
    ----------
    ledger, time
        Where the entries go, and when.
    body
        By default the document's digest; while a campaign is sealed, something else.
    """

    def __init__(self, ledger: Ledger, time: str, body: Body | None) -> None:
        self.ledger, self._time, self._body = ledger, time, body
        self.documents: dict[str, bytes] = {}

    def put(self, kind: str, document: Document, **more: Any) -> None:
        """Add an entry with its document."""
        path, data = self.ledger.course.document_of(kind), canon.canonical(document)
        self.documents[path] = data
        self.append(kind, (self._body or self.ledger.body)(path, data) | more)

    def append(self, kind: str, body: Document) -> None:
        """Add an entry."""
        self.ledger = self.ledger.append(kind, self._time, body)
