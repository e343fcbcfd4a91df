"""The operations of the OpenAPI document that need no key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from houselist.errors import Internal, Upstream
from houselist.openapi.responses import answer, in_envelope, refused
from houselist.openapi.rewriting import reference
from houselist.openapi.words import TRACE_PARAMETER

if TYPE_CHECKING:
    from houselist.openapi.rewriting import Json


class Health(msgspec.Struct):
    """The process lives."""

    status: Annotated[Literal["ok"], msgspec.Meta(description="Always `ok`.")]


class Readiness(msgspec.Struct):
    """The database is there, with the schema of this version."""

    status: Annotated[Literal["ready"], msgspec.Meta(description="Always `ready`.")]


SHAPES = (Health, Readiness)


def paths() -> dict[str, Json]:
    """The path items, by path."""
    failing, down = refused([Internal()]), refused([Upstream("The database is out of reach.")])
    text: Json = {"type": "string"}
    health = answer("It lives.", reference("HealthSuccessResponse"), in_envelope({"status": "ok"}))
    ready = answer(
        "It is ready.", reference("ReadinessSuccessResponse"), in_envelope({"status": "ready"})
    )
    itself: Json = {"type": "object", "required": ["openapi", "info", "paths"]}
    short = {"openapi": "3.1.0", "info": {"title": "Houselist", "version": "0.1.0"}, "paths": {}}
    page = answer(
        "The page.",
        text,
        "<!doctype html><title>Houselist API</title>",
        media_type="text/html; charset=utf-8",
    )
    common = {"500": failing, "502": down}
    return {
        "/healthz": _item("getHealth", "Is the process alive?", {"200": health, **common}),
        "/readyz": _item("getReadiness", "Can it serve requests?", {"200": ready, **common}),
        "/openapi.json": _item(
            "getOpenapi", "This document", {"200": answer("OpenAPI 3.1.", itself, short), **common}
        ),
        "/docs": _item("getDocs", "This document as a page", {"200": page, **common}),
    }


def _item(name: str, summary: str, responses: Json) -> Json:
    operation = {
        "operationId": name,
        "tags": ["Service"],
        "summary": summary,
        "description": "No key is needed.",
        "security": [],
        "parameters": [TRACE_PARAMETER],
        "responses": responses,
    }
    return {"get": operation}
