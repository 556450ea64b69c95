"""The gateway's ASGI app: REST calls, WebSocket, probes and dashboard."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from services.gateway.api.control import control
from services.gateway.api.describe import describe
from services.gateway.api.guard import Guard
from services.gateway.api.handling import handling
from services.gateway.api.methods import Methods
from services.gateway.api.probes import probes, require_ready
from services.gateway.api.problems import add_problems
from services.gateway.api.readers import Hub
from services.gateway.api.reading import reading
from services.gateway.api.stream import stream
from services.gateway.app_context import AppContext

__all__ = ["Hub", "create_app", "routed"]

DASHBOARD = Path(__file__).resolve().parents[3] / "dashboard"


def create_app(context: AppContext, hub: Hub | None = None) -> ASGIApp:
    return Guard(Methods(routed(context, hub)), context.hosts)


def routed(context: AppContext, hub: Hub | None = None) -> FastAPI:
    """Return the app without its middleware. The OpenAPI document is generated from its routes."""
    app = FastAPI(
        title="NMS",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    hub = hub or Hub(context)
    api = APIRouter(prefix="/api", dependencies=[Depends(lambda: require_ready(context))])
    for calls in (reading(context), control(context), handling(context)):
        api.include_router(calls)
    for router in (api, probes(context, lambda: hub.readers), stream(context, hub), _page()):
        app.include_router(router)
    app.mount("/assets", StaticFiles(directory=DASHBOARD), name="assets")
    add_problems(app)
    describe(app)
    return app


def _page() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def dashboard() -> FileResponse:
        return FileResponse(DASHBOARD / "index.html")

    @router.get("/docs")
    async def docs() -> FileResponse:
        return FileResponse(DASHBOARD / "docs.html")

    return router
