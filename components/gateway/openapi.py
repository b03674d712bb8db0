"""What /openapi.json says besides the routes: the problems that each may answer with, and the tokens that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.gateway.doorkeeper import SCOPE_OF
from components.gateway.problem import MEDIA_TYPE
from components.gateway.schema import ProblemDetails
from components.gateway.tokens import SCOPES

if TYPE_CHECKING:
    from fastapi import FastAPI

_WHEN = {
    400: "No HTTP, or no JSON",
    401: "No token, or an unknown one",
    403: "The token does not allow this, or the request comes from a page of another site",
    408: "The body came too slowly",
    411: "No Content-Length",
    413: "The body is too large",
    422: "A field is wrong",
    429: "Too much at once; Retry-After says when to ask again",
    500: "The model failed",
    503: "Nothing is loaded, or the answer took too long",
    507: "No room for feedback",
}
BODY = (400, 408, 411, 413, 422, 429)
DOOR = (401, 403)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with."""
    schema = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
    return {status: {"description": _WHEN[status], "content": {MEDIA_TYPE: schema}} for status in sorted(statuses)}


def described(app: FastAPI, tokens: bool) -> dict[str, Any]:
    """The document. tokens: whether this gateway asks for them."""
    from fastapi.openapi.utils import get_openapi

    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {})["ProblemDetails"] = ProblemDetails.model_json_schema()
    if tokens:
        allows = "; ".join(f"`{scope}`: {what}" for scope, what in SCOPES.items())
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "description": f"Scopes. {allows}."}}
        for path, operations in document["paths"].items():
            for operation in operations.values():
                operation["security"] = [{"token": [SCOPE_OF[path]]}] if path in SCOPE_OF else []
    return document
