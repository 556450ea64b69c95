"""The injector's settings."""

from __future__ import annotations

from pydantic import Field

from shared.platform.settings import ServiceSettings


class InjectorSettings(ServiceSettings):
    """The settings of every process, and the seed of the campaign."""

    seed: int = Field(default=1, ge=0, description="the seed of the fault campaign's choices")
