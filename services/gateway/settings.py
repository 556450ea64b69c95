"""The gateway's settings."""

from __future__ import annotations

from pydantic import Field, field_validator

from shared.domain.errors import SettingError
from shared.platform.hosts import canonical, is_loopback, parse_hosts
from shared.platform.settings import ServiceSettings

DEFAULT_PORT = 5000
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})


class GatewaySettings(ServiceSettings):
    """The settings of every process, the gateway's address, and who may use it."""

    host: str = Field(default="127.0.0.1", min_length=1, description="the address that the gateway listens on")
    port: int | None = Field(
        default=None, ge=0, le=65_535, description=f"its port; unset: {DEFAULT_PORT}, or the next one that is free"
    )
    allowed_hosts: str = Field(
        default="",
        description="names, separated by commas, that it may be called by besides localhost, on any port; * for any",
    )
    unauthenticated: bool = Field(
        default=False,
        description="yes: listen beyond the loopback although there is no login",
    )
    get_control: bool | None = Field(
        default=None,
        description="whether GET /api/start and /api/stop work as POST does; unset: on a loopback address",
    )

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, value: str) -> str:
        parse_hosts(value)
        return value

    @property
    def may_get(self) -> bool:
        """Whether `GET /api/start` and `GET /api/stop` work as POST does.

        Any web page can make a browser send a GET, by an image. On plain HTTP beyond the loopback the browser may send
        no header that names the page. So without the setting these GET calls work only on a loopback address.
        """
        return is_loopback(self.host) if self.get_control is None else self.get_control

    @property
    def hosts(self) -> frozenset[str]:
        own = {canonical(self.host) or ""} - EVERY_ADDRESS - {""}
        return parse_hosts(self.allowed_hosts) | own | {"localhost", "127.0.0.1", "::1"}

    @property
    def is_open(self) -> bool:
        return not is_loopback(self.host)

    def require_consent(self, address: str | None = None) -> None:
        """Raise SettingError if other machines could reach the gateway and NMS_UNAUTHENTICATED is not set.

        `address`: the address that the name of the host resolved to, if it is known.
        """
        if self.unauthenticated or not (self.is_open or (address is not None and not is_loopback(address))):
            return
        raise SettingError(
            f"NMS_HOST={self.host} would let everybody who can reach this address change everything, "
            "since there is no login: leave NMS_HOST=127.0.0.1 and put a proxy with a login in front, "
            "or confirm it by NMS_UNAUTHENTICATED=yes"
        )
