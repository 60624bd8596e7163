"""What a server process does before it is ready: the live schedule is made, not at a request."""

from __future__ import annotations

import logging
import threading

from sqlalchemy import select

from api.services import live
from api.services.service import Service
from api.store.tables import CampaignRow, ScheduleRow

LOGGER = logging.getLogger("double_random.api")


def warm_up(service: Service) -> threading.Thread:
    """Begin to make the newest campaign's schedule; `Service.ready` is set at the end of it."""
    thread = threading.Thread(target=_warm_up, args=(service,), name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm_up(service: Service) -> None:
    try:
        with service.store.read() as session:
            name = session.scalar(
                select(CampaignRow.id)
                .join(ScheduleRow, ScheduleRow.campaign == CampaignRow.id)
                .order_by(CampaignRow.number.desc())
                .limit(1)
            )
        if name is not None:
            live.prepare(service, name)
    except Exception as error:
        # A request that needs it tries again, and answers with what is wrong.
        LOGGER.error("warm-up failed", extra={"error": type(error).__name__})
    finally:
        service.ready.set()
