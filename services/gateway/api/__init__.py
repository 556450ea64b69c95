"""The gateway's face: one ASGI app with the REST calls, the WebSocket, the probes and the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from services.gateway.api.control import control
from services.gateway.api.guard import Guard
from services.gateway.api.probes import probes, require_ready
from services.gateway.api.problems import MEDIA_TYPE, Problem, add_problems
from services.gateway.api.readers import Hub
from services.gateway.api.reading import reading
from services.gateway.api.stream import stream
from services.gateway.desk import Desk

__all__ = ["Hub", "create_app"]

DASHBOARD = Path(__file__).resolve().parents[3] / "dashboard"
SAID_NO = {"description": "Problem", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def create_app(desk: Desk, hub: Hub | None = None) -> ASGIApp:
    """Return the app, guarded."""
    app = FastAPI(title="NMS", version=desk.view.version or "0", docs_url=None, redoc_url=None)
    hub = hub or Hub(desk)
    api = APIRouter(prefix="/api", dependencies=[Depends(lambda: require_ready(desk))])
    api.include_router(reading(desk))
    api.include_router(control(desk))
    for router in (api, probes(desk, lambda: hub.readers), stream(desk, hub), _page()):
        app.include_router(router)
    app.mount("/assets", StaticFiles(directory=DASHBOARD), name="assets")
    add_problems(app)
    _describe_problems(app)
    return Guard(app, desk.hosts)


def _page() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def dashboard() -> FileResponse:
        return FileResponse(DASHBOARD / "index.html")

    @router.get("/docs")
    async def docs() -> FileResponse:
        return FileResponse(DASHBOARD / "docs.html")

    return router


def _describe_problems(app: FastAPI) -> None:
    """Let the OpenAPI document say that every error is a problem."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = describe()
        schemas = document["components"]["schemas"]
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {}) | {"Problem": problem}
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for path in document["paths"].values():
            for operation in path.values():
                kept = {code: told for code, told in operation["responses"].items() if not code.startswith("4")}
                operation["responses"] = {**kept, "default": SAID_NO}
        return document

    app.openapi = openapi  # type: ignore[method-assign]
