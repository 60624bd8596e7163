"""Alerts, statistics, exports and calendars."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from api.answers import Answer, answer
from api.deps import Anyone, IfMatch, Number, Publisher, UsePage, UseService, if_none_match
from api.idempotency import UseOnce
from api.problems import ProblemError
from api.schemas.visits import Acknowledgement
from api.services import alerts, campaigns, exports, watch
from api.store.tables import AlertRow
from optimizer import canon
from optimizer.publication.calendar import MEDIA_TYPE
from optimizer.publication.exports import MEDIA_TYPES, export_bytes
from optimizer.supervision import ALERTS

router = APIRouter(prefix="/v1", tags=["supervision"])

Table = Literal["visits", "outcomes", "alerts"]
Kind = Literal["csv", "xlsx", "parquet"]


@router.get("/campaigns/{campaign}/alerts")
def list_alerts(
    service: UseService,
    caller: Anyone,
    campaign: str,
    page: UsePage,
    state: Annotated[Literal["open", "acknowledged"] | None, Query()] = None,
    rule: Annotated[str | None, Query(json_schema_extra={"enum": list(ALERTS)})] = None,
) -> dict[str, Any]:
    """List alerts, the oldest first; a department's key sees those that concern it."""
    if rule is not None and rule not in ALERTS:
        raise ProblemError("bad-request", f"no alert is called {rule[:40]!r}", known=list(ALERTS))
    with service.store.read() as session:
        campaigns.find(session, campaign)
        rows = alerts.listed(
            session,
            caller,
            campaign,
            after=page.after_number(),
            limit=page.limit + 1,
            state=state,
            alert=rule,
        )
        return page.answer([alerts.show(row) for row in rows], lambda item: item["number"])


@router.post("/campaigns/{campaign}/sweeps", status_code=201)
def sweep_campaign(
    service: UseService, caller: Publisher, campaign: str, once: UseOnce
) -> Response:
    """Look for every alert again, also those that only time brings, such as a plan not filed."""
    return once.perform(
        lambda: watch.sweep(service, campaign),
        lambda rows: answer({"items": [alerts.show(row) for row in rows]}, 201),
    )


@router.get("/alerts/{number}")
def read_alert(request: Request, service: UseService, caller: Anyone, number: Number) -> Response:
    """Read an alert; its ETag is for If-Match."""
    with service.store.read() as session:
        row = alerts.find(session, caller, number)
        if if_none_match(request, alerts.etag(row)):
            return Response(status_code=304, headers={"etag": alerts.etag(row)})
        return _shown(row).response()


@router.put("/alerts/{number}/acknowledgement")
def acknowledge_alert(
    service: UseService,
    caller: Publisher,
    number: Number,
    body: Acknowledgement,
    once: UseOnce,
    tags: IfMatch,
) -> Response:
    """Say what was found and done about an alert; If-Match says what was read before."""
    if tags is None:
        raise ProblemError("precondition-required")
    return once.perform(
        lambda: alerts.acknowledge(caller, number, body.reason, tags=tags),
        _shown,
    )


@router.get("/campaigns/{campaign}/statistics")
def read_statistics(service: UseService, caller: Anyone, campaign: str) -> dict[str, Any]:
    """Count visits, checks, what merging saved, entries and outcomes; a department's its own."""
    with service.computing(), service.store.read() as session:
        campaigns.find(session, campaign)
        return exports.figures(service, session, caller, campaign)


@router.get(
    "/campaigns/{campaign}/exports/{table}.{kind}",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}},
)
def export_table(
    request: Request, service: UseService, caller: Anyone, campaign: str, table: Table, kind: Kind
) -> Response:
    """Read visits, outcomes or alerts as CSV, Excel or Parquet; no cell is a formula."""
    with service.computing(), service.store.read() as session:
        campaigns.find(session, campaign)
        made = exports.table(service, session, caller, campaign, table)
        data = export_bytes(made, kind, campaign=campaign)
    return _file(request, data, MEDIA_TYPES[kind], f"{campaign}-{table}.{kind}")


@router.get(
    "/campaigns/{campaign}/calendar/units/{unit}.ics",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {}}}},
)
def read_unit_calendar(
    request: Request, service: UseService, caller: Anyone, campaign: str, unit: str
) -> Response:
    """Read the visits of a unit as a calendar (iCalendar)."""
    with service.computing(), service.store.read() as session:
        campaigns.find(session, campaign)
        data = exports.unit_calendar(service, session, caller, campaign, unit)
    return _file(request, data, MEDIA_TYPE, f"{campaign}-{unit}.ics")


@router.get(
    "/campaigns/{campaign}/calendar/inspectors/{inspector}.ics",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {}}}},
)
def read_inspector_calendar(
    request: Request, service: UseService, caller: Anyone, campaign: str, inspector: str
) -> Response:
    """Read the visits that an inspector was drawn for as a calendar (iCalendar)."""
    with service.computing(), service.store.read() as session:
        campaigns.find(session, campaign)
        data = exports.inspector_calendar(service, session, caller, campaign, inspector)
    return _file(request, data, MEDIA_TYPE, f"{campaign}-{inspector}.ics")


def _file(request: Request, data: bytes, media_type: str, name: str) -> Response:
    etag = f'"{canon.digest(data)}"'
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    headers = {
        "etag": etag,
        "cache-control": "private, no-cache",
        "content-disposition": f'attachment; filename="{safe}"',
    }
    if if_none_match(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media_type, headers=headers)


def _shown(row: AlertRow) -> Answer:
    return answer(alerts.show(row), 200, {"etag": alerts.etag(row)})
