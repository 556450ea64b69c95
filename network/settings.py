"""The settings of the network process."""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from network.choice import CHOICES, SIMULATOR
from network.simulator.world_file import ABOUT
from shared.platform.settings import ServiceSettings

FASTEST = 1_000.0


class NetworkSettings(ServiceSettings):
    model_config = SettingsConfigDict(populate_by_name=True)

    network: str = Field(default=SIMULATOR, min_length=1, description=f"the managed network: {CHOICES}")
    world: Path | None = Field(default=None, description=ABOUT)
    seed: int = Field(default=1, ge=0, le=2**63 - 1, description="the seed of the simulated network")
    speed: float = Field(default=1.0, gt=0, le=FASTEST, description="network seconds a second")
    traffic: float = Field(
        default=1.0,
        ge=0,
        le=10,
        validation_alias=AliasChoices("NMS_LOAD"),
        description="how much traffic, 1 is a normal day",
    )
