"""Reads settings from environment variables, `NMS_<NAME>`; the error for an invalid value names variable and remedy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import AliasChoices, BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.domain.errors import SettingError
from shared.domain.logins import HIDDEN, shown_url
from shared.domain.printable import printable
from shared.platform.folders import state_home as state_home

PREFIX = "NMS_"
DEFAULT_NATS_URL = "nats://127.0.0.1:4222"
LARGEST_PORT = 65_535
MAX_SHOWN = 80
SECRETS = ("PASSWORD", "CREDENTIALS")


class Credentials(BaseModel):
    user: str = Field(min_length=1)
    password: SecretStr


class Settings(BaseSettings):
    """The base class of all settings; `load()` creates an instance."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, env_ignore_empty=True)

    @classmethod
    def load(cls, **values: object) -> Self:
        """Raises SettingError naming the variable."""
        try:
            return cls(**values)
        except ValidationError as error:
            raise SettingError(_sentence(cls, error)) from None


class ServiceSettings(Settings):
    """The settings of every process of the loop; a service with more settings has a subclass."""

    nats_url: str = Field(default=DEFAULT_NATS_URL, pattern=r"^(nats|tls)://", description="where the broker is")
    nats_user: str | None = Field(default=None, description="the broker user")
    nats_password: SecretStr | None = Field(default=None, description="the broker user's password")
    credentials: Path | None = Field(default=None, description="a JSON file with the broker's user and password")
    replica: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,60}$", description="this process's own name")
    health_port: int | None = Field(default=None, ge=0, le=LARGEST_PORT, description="port of /healthz and /metrics")
    health_host: str = Field(default="127.0.0.1", min_length=1, description="address of /healthz and /metrics")
    log_format: Literal["json", "console"] = Field(default="console", description="json or console")
    no_color: str | None = Field(default=None, validation_alias=AliasChoices("NO_COLOR"), description="set: no colours")

    def login(self) -> Credentials | None:
        """None: connect without a login. Raises SettingError."""
        if self.credentials is not None:
            return read_credentials(self.credentials)
        if self.nats_user is None:
            return None
        if self.nats_password is None:
            raise SettingError("NMS_NATS_PASSWORD is missing: NMS_NATS_USER is set; set both or NMS_CREDENTIALS")
        return Credentials(user=self.nats_user, password=self.nats_password)


def read_credentials(path: Path) -> Credentials:
    """Raises SettingError."""
    try:
        return Credentials.model_validate(json.loads(path.read_text()))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingError(f"NMS_CREDENTIALS={path}: {reason}; name a readable file") from None
    except (ValidationError, ValueError):
        raise SettingError(
            f'NMS_CREDENTIALS={path}: not a credentials file; it must hold {{"user": ..., "password": ...}}'
        ) from None


AnySettings = TypeVar("AnySettings", bound=ServiceSettings)


def _sentence(cls: type[BaseSettings], error: ValidationError) -> str:
    return "; ".join(_complaint(cls, dict(details)) for details in error.errors()[:3])


def variable_of(cls: type[BaseSettings], name: str) -> str:
    alias = cls.model_fields[name].validation_alias if name in cls.model_fields else None
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return name if name.isupper() else PREFIX + name.upper()


def _complaint(cls: type[BaseSettings], details: Mapping[str, Any]) -> str:
    name = str(details["loc"][0]) if details["loc"] else ""
    field = cls.model_fields.get(name)
    variable = variable_of(cls, name)
    purpose = f" ({field.description})" if field is not None and field.description else ""
    given = shown_url(str(details["input"])) if variable.endswith("URL") else str(details["input"])
    shown = HIDDEN if variable.endswith(SECRETS) else printable(given[:MAX_SHOWN])
    return (
        f"{variable}={shown} cannot be used: {details['msg']}; set {variable}{purpose} to a fitting value or unset it"
    )
