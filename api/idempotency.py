"""Writes that happen once: the same key and body give the same answer, however often sent.

The answer is stored in the transaction of the write itself. So after a crash either both are
there, and a repeat gives the answer, or neither is, and a repeat does the work.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from sqlalchemy import Connection, bindparam, insert, select

from api.answers import Answer, as_problem, problem_answer
from api.deps import UseService, caller_of
from api.handlers import language
from api.problems import ProblemError
from api.security.keys import Caller
from api.services.service import Service
from api.store.database import Write
from api.store.tables import Answered

T = TypeVar("T")

KEY_PATTERN = "[!-~]{1,200}"
"""What an idempotency key may be."""
_KEY = re.compile(KEY_PATTERN)
_KNOWN = select(
    Answered.fingerprint, Answered.status, Answered.body, Answered.headers, Answered.created_at
).where(Answered.caller == bindparam("caller"), Answered.key == bindparam("key"))
_KEEP = insert(Answered)
_FINAL = (404, 409, 422)
"""Refusals that are the answer to the request itself, and are kept like successes. The others
depend on the key sent or on the moment (a wrong role, a busy store), and may be tried again."""


@dataclass(frozen=True, slots=True)
class Once:
    """One write of one caller.

    Attributes
    ----------
    fingerprint
        Digest of method, path, query and body; of uploads it is completed with the body's digest.
    """

    service: Service
    caller: Caller
    key: str
    fingerprint: str
    lang: str

    def perform(
        self,
        prepare: Callable[[], Callable[[Write], T]],
        show: Callable[[T], Answer],
    ) -> Response:
        """Do it, or give the answer that it had.

        Parameters
        ----------
        prepare
            Computes, without holding the store's lock, and returns what writes in a transaction.
        show
            Turns what was written into the answer.
        """
        store = self.service.store
        with store.glance() as connection:
            known = self._known(connection)
        if known is not None:
            return known
        try:
            act = prepare()
        except Exception as error:
            refused = self._final(error)
            return self._write(lambda _: refused)
        return self._write(lambda write: show(act(write)))

    def _write(self, act: Callable[[Write], Answer]) -> Response:
        """Let `act` write and keep its answer, or that it was refused, in one transaction."""
        with self.service.store.write() as write:
            known = self._known(write.session.connection())
            if known is not None:
                return known
            try:
                with write.attempt():
                    made = act(write)
            except Exception as error:
                made = self._final(error)
            self._keep(write, made)
        return made.response()

    def _final(self, error: Exception) -> Answer:
        """Return the refusal that an error stands for, if it is the answer to the request."""
        problem = as_problem(error, lang=self.lang)
        if problem is None or problem.kind.status not in _FINAL:
            raise error
        return problem_answer(problem, lang=self.lang)

    def _known(self, connection: Connection) -> Response | None:
        asked = {"caller": self.caller.key, "key": self.key}
        row = connection.execute(_KNOWN, asked).first()
        if row is None:
            return None
        if row.fingerprint != self.fingerprint:
            raise ProblemError("idempotency-key-reused", f"first used at {row.created_at}")
        headers = {**row.headers, "idempotent-replayed": "true"}
        return Answer(row.status, row.body, headers).response()

    def _keep(self, write: Write, made: Answer) -> None:
        write.session.connection().execute(
            _KEEP,
            {
                "caller": self.caller.key,
                "key": self.key,
                "fingerprint": self.fingerprint,
                "status": made.status,
                "headers": dict(made.headers),
                "body": made.body,
                "created_at": write.now,
            },
        )


def fingerprint(request: Request, body_digest: str) -> str:
    """Return what tells one write from another."""
    told = f"{request.method}\n{request.url.path}\n{request.url.query}\n{body_digest}"
    return hashlib.sha256(told.encode()).hexdigest()


def make_once(
    request: Request, service: Service, caller: Caller, key: str | None, body_digest: str
) -> Once:
    """Return the write that a request asks for."""
    key = need_key(key)
    return Once(service, caller, key, fingerprint(request, body_digest), language(request))


def need_key(key: str | None) -> str:
    """Return an idempotency key.

    Raises
    ------
    ProblemError
        If none was sent, or one that may not be.
    """
    if key is None or not _KEY.fullmatch(key):
        raise ProblemError("idempotency-key-missing")
    return key


IdempotencyKey = Annotated[
    str | None,
    Header(description="New for every act; the same key and body give the same answer."),
]


async def once_of(
    request: Request,
    service: UseService,
    caller: Annotated[Caller, Depends(caller_of)],
    idempotency_key: IdempotencyKey = None,
) -> Once:
    """Return the write that a JSON request asks for."""
    digest = hashlib.sha256(await request.body()).hexdigest()
    return make_once(request, service, caller, idempotency_key, digest)


UseOnce = Annotated[Once, Depends(once_of)]
