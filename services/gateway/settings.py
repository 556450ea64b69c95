"""What the gateway can be told by the environment."""

from __future__ import annotations

from ipaddress import ip_address

from pydantic import Field

from shared.settings import ServiceSettings

DEFAULT_PORT = 5000


class GatewaySettings(ServiceSettings):
    """The settings of every process, and where and for whom the window is open."""

    host: str = Field(default="127.0.0.1", min_length=1, description="the address that the gateway listens on")
    port: int | None = Field(
        default=None, ge=0, le=65_535, description=f"its port; unset: {DEFAULT_PORT}, or the next one that is free"
    )
    allowed_hosts: str = Field(
        default="", description="names, separated by commas, that it may be called by besides localhost; * for any"
    )
    get_control: bool | None = Field(
        default=None,
        description="whether GET /api/start and /api/stop work as POST does; unset: on a loopback address",
    )

    @property
    def may_get(self) -> bool:
        """Whether start and stop have their GET form. A picture on any page asks by GET, and on plain HTTP beyond the
        loopback a browser need not say for whom: there it is off unless somebody wants it."""
        return _is_loopback(self.host) if self.get_control is None else self.get_control

    @property
    def hosts(self) -> frozenset[str]:
        """The names that a request may name as its host."""
        named = {name.strip().lower() for name in self.allowed_hosts.split(",")}
        return frozenset({*named, self.host.lower(), "localhost", "127.0.0.1", "::1"} - {"", "0.0.0.0", "::"})


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # another name: who knows where it leads
        return False
