"""A client of the gateway's REST API. It imports few modules, so that commands start fast."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import quote, urlencode, urlsplit

from nms.ports import GATEWAY_PORT
from nms.runtime import read_runtime
from shared.domain.errors import NmsError, OutcomeUnknown, Refused, SettingError, UnknownTarget
from shared.platform.folders import state_home
from shared.platform.ports import LOOPBACK

Json: TypeAlias = "str | int | float | bool | list[Json] | Mapping[str, Json] | None"
Body: TypeAlias = Mapping[str, Json]

TIMEOUT = 10.0
DEFAULT_SERVER = f"http://{LOOPBACK}:{GATEWAY_PORT}"
OURSELVES = frozenset({LOOPBACK, "localhost", "::1"})
UNKNOWN = (404, 422)
MAY_BE_DONE = "the request may have been carried out, or may still be; check the result before you repeat it"


def find_server(server: str | None) -> str:
    """Return the URL in `server`, else of the system on this machine, else the default URL. Raises SettingError."""
    if server is None:
        runtime = read_runtime(state_home())
        return runtime.url if runtime else DEFAULT_SERVER
    try:
        parts = urlsplit(server)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        whole = False
    if not whole or not server.isprintable() or " " in server:
        raise SettingError(f"--server {server}: not a URL; write it as in --server {DEFAULT_SERVER}")
    return server.rstrip("/")


def path(*steps: str) -> str:
    return "/".join(("/api", *(quote(step, safe="") for step in steps)))


class Client:
    """The calls of the gateway's API that the command line needs. A failed call raises NmsError, whose text has the
    remedy.
    """

    def __init__(self, server: str, timeout: float = TIMEOUT) -> None:
        self.server = server
        self._timeout = timeout
        # A proxy is used for other hosts only. This machine is called directly, even if http_proxy is set.
        near = urlsplit(server).hostname in OURSELVES
        self._opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if near else []))

    def get(self, path: str, query: Mapping[str, str | int | float | None] | None = None) -> Body:
        """Query parameters with the value None are left out."""
        asked = urlencode({name: value for name, value in (query or {}).items() if value is not None})
        return self._call("GET", f"{path}?{asked}" if asked else path, None)

    def post(self, path: str, body: Body | None = None, headers: Mapping[str, str] | None = None) -> Body:
        return self._call("POST", path, body if body is not None else {}, headers)

    def patch(self, path: str, body: Body) -> Body:
        return self._call("PATCH", path, body)

    def delete(self, path: str) -> Body:
        return self._call("DELETE", path, None)

    def _call(self, method: str, path: str, body: Body | None, headers: Mapping[str, str] | None = None) -> Body:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.server + path, data=data, method=method)
        request.add_header("Accept", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except TimeoutError:
            if method != "GET":
                raise OutcomeUnknown(
                    f"{self.server} did not answer within {self._timeout:g} s: {MAY_BE_DONE}"
                ) from None
            raise NmsError(
                f"{self.server} did not answer within {self._timeout:g} s: check whether it hangs, and try again"
            ) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            if method != "GET" and _was_sent(error):
                raise OutcomeUnknown(f"{self.server} ended the connection without an answer: {MAY_BE_DONE}") from None
            raise NmsError(
                f"no NMS answers at {self.server}: start one with `nms up`, or name another by --server"
            ) from None
        if not isinstance(found, dict):
            raise NmsError(f"{self.server} does not answer like an NMS: name another by --server")
        return found


def _was_sent(error: Exception) -> bool:
    """Whether the gateway may have received a request without an answer: if there was a connection, it may have."""
    return not isinstance(error, urllib.error.URLError) or isinstance(
        error.reason, ConnectionResetError | BrokenPipeError
    )


def _refusal(error: urllib.error.HTTPError) -> NmsError:
    try:
        problem = json.load(error)
        detail = str(problem.get("detail") or problem.get("title") or error.reason)
    except (OSError, ValueError, AttributeError, http.client.HTTPException):
        detail = f"{error.url} answered {error.code} {error.reason}; is it an NMS?"
    if error.code == HTTPStatus.GATEWAY_TIMEOUT:
        return OutcomeUnknown(detail)
    return UnknownTarget(detail) if error.code in UNKNOWN else Refused(detail)
