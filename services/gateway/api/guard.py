"""Middleware that checks host, origin and size of every request, and adds the security headers to every answer.

Rules: a request has to name an accepted host; this prevents DNS rebinding. Pages of other sites cannot change anything
or open a WebSocket. A request without the headers `Sec-Fetch-Site`, `Origin` and `Referer` is accepted, since clients
that are no browsers send none of them. On plain HTTP beyond the loopback, a browser may omit these headers when it
loads an image. So `GET /api/start` and `GET /api/stop` are off there by default (`GatewaySettings.may_get`).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.api.methods import changes
from services.gateway.api.problems import problem
from shared.platform.hosts import ANY_HOST, host_of

MAX_BODY = 256 * 1024
TOO_LARGE = f"the body is larger than {MAX_BODY} bytes"
MAX_DIGITS = 20
CROSS_SITE = "refused to a page of another site: call it from the gateway's own page, or without a browser"
FROM_WHERE = ("origin", "referer")
OWN_SITES = frozenset({"same-origin", "none"})
SEVERAL_HOSTS = "the request names several hosts: send one Host header"
NO_PATH = "the request names a whole URL or no path: send the path alone, as in GET /api/status"
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
        elif refusal:
            await problem(*refusal, instance=scope["path"])(scope, receive, _with_security_headers(scope, send))
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._serve(scope, receive, _with_security_headers(scope, send))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _body(receive)
        except _TooLarge:
            await problem(413, TOO_LARGE, instance=scope["path"])(scope, receive, send)
        except ClientDisconnect:
            return
        else:
            await self._app(scope, _again(body, receive), send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        named = headers.getlist("host")
        if len(named) > 1:
            return 400, SEVERAL_HOSTS
        if not _is_path(scope):
            return 400, NO_PATH
        host = named[0] if named else ""
        if not self._is_ours(host_of(host)):
            return 421, not_our_host(host)
        guarded = scope["type"] == "websocket" or changes(scope["method"], scope["path"])
        if guarded and not _same_site(headers, host):
            return 403, CROSS_SITE
        if scope["type"] == "http" and _announced(headers) > MAX_BODY:
            return 413, TOO_LARGE
        return None

    def _is_ours(self, host: str | None) -> bool:
        return host is not None and (ANY_HOST in self._hosts or host in self._hosts)


def not_our_host(host: str) -> str:
    if host_of(host) is None:
        return f"the Host header {host[:80]!r} names no host: send a name or an address, and a port where it is needed"
    return f"this is not the host {host[:80]!r}: add its name to NMS_ALLOWED_HOSTS if it should be"


def _is_path(scope: Scope) -> bool:
    """A request could name a whole URL instead, whose host may differ from the Host header."""
    path: str = scope["path"]
    return path.startswith("/") or (path == "*" and scope.get("method") == "OPTIONS")


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length[:MAX_DIGITS]) if length.isdecimal() else 0


def _same_site(headers: Headers, host: str) -> bool:
    """Repeated headers are all checked."""
    if any(site not in OWN_SITES for site in headers.getlist("sec-fetch-site")):
        return False
    try:
        origins = (origin for name in FROM_WHERE for origin in headers.getlist(name))
        return all(urlsplit(origin).netloc.lower() == host.lower() for origin in origins)
    except ValueError:  # the header has no valid URL, such as "http://["
        return False


class _TooLarge(Exception):
    pass


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise _TooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def _with_security_headers(scope: Scope, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-cache" if scope["path"].startswith("/assets/") else "no-store")
        await send(message)

    return sending
