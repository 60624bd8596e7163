"""A campaign under way: what is public, what is private, and how far it has come.

``public`` may be put on a web server at any time. ``private`` holds the secret, the salts, the
log's key, the names, and every document that waits for opening. The ledger in ``public`` says
what holds; a private file that is not the one committed is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from optimizer import canon
from optimizer.chance import Key
from optimizer.domain.registry import Document
from optimizer.draw import opens, sealed_digest
from optimizer.errors import InputError
from optimizer.flow.drawn import CHANGES
from optimizer.flow.given import Secrets
from optimizer.ledger import Entry, Ledger
from optimizer.registers.fault import make_fault

ENTRIES = "ledger/entries.jsonl"
SECRET, SECRETS, LABELS, ABOUT = "secret.json", "secrets.json", "risk-labels.json", "campaign.json"
NAMES = "drawn.csv"
SUBSTITUTIONS = "transcript/substitutions.json"
TOLD = "transcript/draw-sealed.json"
FRAME_LINES = "transcript/frame.jsonl"
VKEY, CHECKPOINT = "ledger/log.vkey", "ledger/checkpoint.txt"
_SEED = re.compile(r"(superseded/\d+/)?(transcript/)?(teams-)?seed(-\d+)?\.json")


@dataclass(frozen=True)
class Dossier:
    """The files of a campaign.

    Attributes
    ----------
    public, private
        Path with ``/`` → bytes. The kept scenario is not among the private ones.
    """

    public: Mapping[str, bytes]
    private: Mapping[str, bytes]

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger."""
        return Ledger.read(self.public[ENTRIES])

    @property
    def sealed(self) -> bool:
        """Whether the present commitment is to a sealed draw."""
        return bool(self.parsed("transcript/spec.json")["mode"] == "sealed")

    @property
    def shut(self) -> bool:
        """Whether documents wait for opening."""
        return self.sealed and not self.ledger.course.opened

    @property
    def hiding(self) -> Key | None:
        """The secret as long as documents wait for it, ``None`` once it is open or in open mode."""
        return self.secret if self.shut else None

    @property
    def secrets(self) -> Secrets:
        """Salts and the log's key.

        Raises
        ------
        InputError
            Where they are not there.
        """
        found = self._private(SECRETS)
        try:
            return Secrets(
                bytes.fromhex(found["salt_master"]),
                bytes.fromhex(found.get("signer_seed", "")),
                bool(found["demo"]),
            )
        except (KeyError, TypeError, ValueError):
            raise InputError(make_fault("campaign-unreadable", f"private/{SECRETS}")) from None

    @property
    def about(self) -> Document:
        """How the scenario was read."""
        found = self._private(ABOUT)
        if not isinstance(found.get("exclude_faulty"), bool):
            raise InputError(make_fault("campaign-unreadable", f"private/{ABOUT}"))
        return found

    @property
    def secret(self) -> Key | None:
        """The sealed secret with the campaign's hash, ``None`` in open mode.

        Raises
        ------
        InputError
            Where it is not there, or not the one that was committed.
        """
        if not self.sealed:
            return None
        if self.ledger.course.opened:
            return Key.fromhex(self.last("open").body["secret"], self.ledger.hash)
        entry = self.last("seal")
        if SECRET not in self.private:
            raise InputError(make_fault("seal-secret-missing", f"private/{SECRET}"))
        try:
            secret = Key.fromhex(canon.parse(self.private[SECRET])["secret"], self.ledger.hash)
            if opens(secret, self.ledger.campaign, entry.body["commitment"]):
                return secret
        except (ValueError, KeyError, TypeError, InputError):
            pass
        raise InputError(make_fault("seal-secret-differs", f"private/{SECRET}", entry=entry.index))

    @property
    def present(self) -> tuple[Entry, ...]:
        """The entries since the present commitment began."""
        entries = self.ledger.entries
        first = max(entry.index for entry in entries if entry.kind == "frame")
        return entries[first:]

    def last(self, kind: str) -> Entry:
        """Return the latest entry of a kind since the present commitment began."""
        return next(entry for entry in reversed(self.present) if entry.kind == kind)

    def data(self, path: str) -> bytes:
        """Return a document, from the public files or those that wait for opening.

        Raises
        ------
        InputError
            Where it is in neither.
        """
        found = self.public.get(path, self.private.get(path))
        if found is None:
            raise InputError(make_fault("campaign-private", f"private/{path}", name=path))
        return found

    def parsed(self, path: str) -> Document:
        """Return a document, read."""
        found: Document = canon.parse(self.data(path))
        return found

    def check_public(self) -> None:
        """Refuse a public part whose documents are not those of the ledger.

        Raises
        ------
        InputError
            Naming each that is missing or another.
        """
        hash = self.ledger.hash
        wanted = {
            str(entry.body["document"]): entry.body.get(hash.name)
            for entry in self.present
            if "document" in entry.body and "sealed" not in entry.body
        }
        bad = [
            path
            for path, digest in wanted.items()
            if path not in self.public or canon.digest(self.public[path], hash) != digest
        ]
        bad += [path for path in (VKEY, CHECKPOINT) if not _is_text(self.public.get(path))]
        if bad:
            raise InputError([make_fault("campaign-damaged", path) for path in bad])

    def documents(self) -> dict[str, bytes]:
        """Return every document of the present commitment, sealed ones too, held to the ledger.

        Raises
        ------
        InputError
            Where one is missing, or is not the one in the ledger.
        """
        found = {
            path: data
            for path, data in self.public.items()
            if path.startswith(("transcript/", "ledger/"))
        }
        found[FRAME_LINES] = self.data(FRAME_LINES)
        if CHANGES in self.private:
            found[CHANGES] = self.private[CHANGES]
        for entry in self.present:
            path = entry.body.get("document")
            if path is None:
                continue
            data = self.data(path)
            if "sealed" in entry.body:
                holds = sealed_digest(self.secret or b"", path, data) == entry.body["sealed"]
            else:
                hash = self.ledger.hash
                holds = canon.digest(data, hash) == entry.body[hash.name]
            if not holds:
                raise InputError(make_fault("campaign-damaged", path))
            found[path] = data
        return found

    def substitutions(self) -> list[Document]:
        """Return the substitutions so far, in order, each with its entry's index."""
        plain = [
            {"entry": entry.index, **entry.body["substitution"]}
            for entry in self.present
            if entry.kind == "substitute" and "substitution" in entry.body
        ]
        if any("sealed" in e.body for e in self.present if e.kind == "substitute"):
            plain += self.parsed(SUBSTITUTIONS)["substitutions"]
        return sorted(plain, key=lambda one: int(one["entry"]))

    def shown(self) -> list[Document]:
        """Return what every seed so far showed, those of earlier commitments too."""
        found: list[Document] = [
            entry.body["source"]
            for entry in self.ledger.entries
            if entry.kind in ("seed", "teams-seed") and "source" in entry.body
        ]
        # A private file of a step that was broken off shows nothing yet.
        paths = sorted(self.public)
        return found + [self.parsed(path)["source"] for path in paths if _SEED.fullmatch(path)]

    def but(
        self,
        *,
        public: Mapping[str, bytes] = MappingProxyType({}),
        private: Mapping[str, bytes] = MappingProxyType({}),
    ) -> Dossier:
        """Return the dossier with some files put in."""
        return replace(self, public={**self.public, **public}, private={**self.private, **private})

    def _private(self, name: str) -> dict[str, Any]:
        if name not in self.private:
            raise InputError(make_fault("campaign-private", f"private/{name}", name=name))
        found = canon.parse(self.private[name])
        if not isinstance(found, dict):
            raise InputError(make_fault("campaign-unreadable", f"private/{name}"))
        return found


def _is_text(data: bytes | None) -> bool:
    try:
        return bool(data and data.decode("utf-8"))
    except UnicodeDecodeError:
        return False
