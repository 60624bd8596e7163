"""The application: `create_app` makes it; nothing happens at import."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from api.deps import known_query
from api.description import describe
from api.handlers import add_handlers
from api.metrics import Metrics
from api.middleware import Around
from api.routes import (
    about,
    campaigns,
    checks,
    entries,
    entry_codes,
    jobs,
    plans,
    public,
    public_codes,
    registers,
    requests,
    supervision,
    teams,
    visits,
)
from api.services.service import Service
from api.services.warm import warm_up
from api.settings import Settings
from api.store.database import Database, Token, local_time, open_database

ROUTERS = (
    registers.router,
    campaigns.router,
    checks.router,
    plans.router,
    jobs.router,
    teams.router,
    requests.router,
    visits.router,
    entry_codes.router,
    entries.router,
    supervision.router,
    public.router,
    public_codes.router,
    public_codes.door,
    about.router,
)


def create_app(
    settings: Settings,
    *,
    store: Database | None = None,
    clock: Callable[[], datetime] = local_time,
    token: Token = secrets.token_bytes,
) -> FastAPI:
    """Make the application on a store.

    Parameters
    ----------
    settings
        Where the store is, and limits.
    store
        An open store; opened here where it is left out.
    clock, token
        Time and chance, which nothing behind this line takes from elsewhere.

    Raises
    ------
    InputError, CheckFailedError
        If the store does not hold together; see `open_database`.
    """
    database = store or open_database(settings, clock=clock, token=token)

    service = Service(settings, database, token)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warming = warm_up(service)
        yield
        await asyncio.to_thread(warming.join)
        database.close()

    app: FastAPI = FastAPIOffline(
        title="double-random",
        version=version("double-random"),
        description=(
            "Auditable double-random draws, merged inspection plans and inspector lotteries. "
            "Every write needs an `Idempotency-Key`; every error is a problem (RFC 9457) whose "
            "`type` is explained under its own address."
        ),
        docs_url="/docs",
        redoc_url=None,
        favicon_url="/static-offline-docs/favicon.png",
        lifespan=lifespan,
    )
    app.state.service = service
    app.state.metrics = Metrics(database)
    add_handlers(app)
    for router in ROUTERS:
        # What opens the address of a QR code for people adds parameters of its own to it.
        strict = [] if router is public_codes.door else [Depends(known_query)]
        app.include_router(router, dependencies=strict)
    describe(app, ROUTERS)
    app.add_middleware(
        Around,
        settings=settings,
        token=token,
        by_address=service.by_address,
        answered=app.state.metrics.answered,
    )
    return app
