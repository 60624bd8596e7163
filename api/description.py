"""The OpenAPI description: what FastAPI says of the routes, and every answer besides success.

Which problems an operation may answer follows from what it needs (a key, a body, a precondition);
so it is told here once, and no route lists its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from api.deps import caller_of, dependants, if_match, metrics_reader
from api.idempotency import KEY_PATTERN
from api.problems import MEDIA_TYPE, PROBLEMS

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The ETag that was read before, or `*`.",
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of what is held already.",
}
_NOT_MODIFIED = {
    "description": "What is held already is still the same; without a body",
    "headers": {"ETag": {"schema": {"type": "string"}}},
}


def describe(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Let the application describe every answer that it gives."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            complete(plain(), routers)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def complete(schema: dict[str, Any], routers: Sequence[APIRouter]) -> None:
    """Add to FastAPI's description, in place, what it cannot know."""
    parts = schema.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    # The framework's own shape of faults, which `api.handlers` never answers.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    parts["responses"] = {f"Problem{status}": _response(status) for status in _statuses()}
    for route in (route for router in routers for route in router.routes):
        if not isinstance(route, APIRoute) or route.path_format not in schema["paths"]:
            continue
        for method in route.methods or ():
            _complete(route, method, schema["paths"][route.path_format][method.lower()])


def _complete(route: APIRoute, method: str, operation: dict[str, Any]) -> None:
    needs = {dependant.call for dependant in dependants(route.dependant)}
    parameters = operation.setdefault("parameters", [])
    writes = method != "GET"
    for parameter in parameters:
        # Nothing outside a body can be null: left out is left out.
        given = [one for one in parameter["schema"].pop("anyOf", []) if one != {"type": "null"}]
        parameter["schema"].update(*given)
        if parameter["schema"].get("type") == "string":
            _without_nul(parameter["schema"])
        if parameter["name"].lower() == "idempotency-key":
            # To the framework it is optional, so that its absence has a problem of its own.
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "pattern": f"^{KEY_PATTERN}$"}
    if if_match in needs:
        parameters.append({**_IF_MATCH, "required": method == "PUT"})
    statuses = {400, 413, 422, 429, 500, 503, 507}
    if needs & {caller_of, metrics_reader}:
        statuses |= {401, 403}
    if parameters:
        statuses |= {404}
    if writes or "{campaign}" in route.path:
        statuses |= {409}
    if if_match in needs:
        statuses |= {412}
        if method == "PUT":
            statuses |= {428}
    if set(operation.get("requestBody", {}).get("content", {})) - {"application/json"}:
        statuses |= {415}
    responses = operation["responses"]
    # A reading route looks at the request itself for one thing only: what the caller holds.
    if method == "GET" and route.dependant.request_param_name:
        parameters.append(_IF_NONE_MATCH)
        responses["304"] = _NOT_MODIFIED
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}


def _without_nul(schema: dict[str, Any]) -> None:
    """Say what `api.fit` refuses, where nothing narrower is said."""
    if not schema.keys() & {"pattern", "format", "enum", "const"}:
        schema["pattern"] = r"^[^\x00]*$"


def _statuses() -> list[int]:
    return sorted({kind.status for kind in PROBLEMS.values()})


def _response(status: int) -> dict[str, Any]:
    kinds = [kind for kind in PROBLEMS.values() if kind.status == status]
    told = "; ".join(f"`{kind.name}`: {kind.title}" for kind in kinds)
    narrowed = {
        "properties": {
            "type": {"enum": [kind.uri for kind in kinds]},
            "status": {"const": status},
        }
    }
    return {
        "description": f"A problem (RFC 9457). {told}",
        "content": {
            MEDIA_TYPE: {"schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]}}
        },
    }


PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "`/problems/<name>`, stable"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "every fault of the input",
            "items": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "file": {"type": "string"},
                    "row": {"type": ["integer", "null"]},
                    "field": {"type": "string"},
                    "value": {"type": "string"},
                    "expected": {"type": "string"},
                    "mend": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "rule": {"type": "string"},
        "clause": {"type": "string"},
        "mend": {"type": "array", "items": {"type": "string"}},
    },
}
