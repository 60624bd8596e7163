"""The server about itself: alive, and what its problems mean."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import text

from api.answers import answer
from api.deps import Anyone, UseService, metrics_reader
from api.metrics import Metrics
from api.problems import PROBLEMS, ProblemError, ProblemType
from api.routes.respond import html_response

router = APIRouter(tags=["about"])


PLACES = {
    "docs": ("/docs", "The API's operations", "接口说明"),
    "openapi": ("/openapi.json", "Their description for programs", "接口描述（供程序读取）"),
    "problems": ("/problems", "What refusals mean", "错误类型说明"),
    "campaigns": ("/v1/public/campaigns", "Published draws", "已公开的抽查计划"),
    "checkpoint": ("/v1/public/ledger/checkpoint", "The log's newest checkpoint", "最新账本检查点"),
    "alive": ("/healthz", "Whether the server lives", "服务是否存活"),
    "ready": ("/readyz", "Whether it is ready", "服务是否就绪"),
}
"""What stands where: name → address, and what it is called in both languages."""


@router.get(
    "/",
    responses={
        200: {
            "description": "The same as a page for people, where the client takes HTML",
            "content": {"text/html": {"schema": {"type": "string"}}},
        }
    },
)
def begin(request: Request) -> Response:
    """Say where to go from here."""
    if "text/html" not in request.headers.get("accept", ""):
        return answer({name: place for name, (place, *_) in PLACES.items()}).response()
    lines = "".join(
        f'<li><a href="{place}">{zh} {english}</a></li>' for place, english, zh in PLACES.values()
    )
    page = (
        '<!doctype html><html lang="zh"><meta charset="utf-8"><title>双随机 double-random</title>'
        f"<h1>双随机 double-random</h1><ul>{lines}</ul></html>"
    )
    return html_response(page.encode())


@router.get("/health")
def health(service: UseService) -> dict[str, str]:
    """Say whether the server answers and reads its store."""
    with service.store.read() as session:
        session.execute(text("SELECT 1"))
    return {"status": "ok"}


@router.get("/healthz")
def alive() -> dict[str, str]:
    """Say whether the process answers at all; where it does not, start it anew."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(service: UseService) -> dict[str, str]:
    """Say whether the process reads its store and has its schedule in memory."""
    with service.store.read() as session:
        session.execute(text("SELECT 1"))
    if not service.ready.is_set():
        raise ProblemError("not-ready", headers={"retry-after": "1"})
    return {"status": "ready"}


async def metrics_of(request: Request) -> Metrics:
    """Return the server's metrics."""
    found: Metrics = request.app.state.metrics
    return found


@router.get("/metrics", dependencies=[Depends(metrics_reader)], response_class=PlainTextResponse)
def read_metrics(metrics: Annotated[Metrics, Depends(metrics_of)]) -> Response:
    """Read the metrics of all of the server's processes, as Prometheus' text."""
    return Response(metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.get("/v1/caller")
def who_asks(caller: Anyone) -> dict[str, str]:
    """Say which key this is, and what it may do."""
    return {"key": caller.key, "role": caller.role, "department": caller.department}


@router.get("/problems")
def list_problems() -> dict[str, Any]:
    """List the problem types; their URIs never change."""
    return {"items": [_show(kind) for kind in PROBLEMS.values()], "next": None}


@router.get("/problems/{name}")
def read_problem(name: str) -> dict[str, Any]:
    """Say what a problem type means and what to do about it."""
    if name not in PROBLEMS:
        raise ProblemError("not-found")
    return _show(PROBLEMS[name])


def _show(kind: ProblemType) -> dict[str, Any]:
    return {
        "type": kind.uri,
        "status": kind.status,
        "title": {"en": kind.title, "zh": kind.title_zh},
        "mend": kind.mend,
    }
