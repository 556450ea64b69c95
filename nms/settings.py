"""The settings of a whole system from the environment. Options of the command line override these settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from network.choice import CHOICES
from network.simulator.world_file import ABOUT, read_world
from nms.limits import MAX_LOAD, MAX_SEED, MAX_SPEED, MIN_SPEED
from nms.plan import Options
from nms.terminal import remark
from services.gateway.settings import GatewaySettings
from shared.domain.config import Desired
from shared.domain.topology import Topology
from shared.platform.bootstrap import BootstrapSettings, chosen_desired, chosen_topology
from shared.platform.settings import LARGEST_PORT


class SystemSettings(BootstrapSettings):
    model_config = SettingsConfigDict(populate_by_name=True)

    port: int | None = Field(default=None, ge=0, le=LARGEST_PORT, description="port of the page; 0: any")
    host: str = Field(default="127.0.0.1", min_length=1, description="the address that the page listens on")
    network: str | None = Field(
        default=None, min_length=1, description=f"the managed network: {CHOICES}; else the simulator"
    )
    world: Path | None = Field(default=None, description=ABOUT)
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="what all chance derives from")
    speed: float = Field(default=1.0, ge=MIN_SPEED, le=MAX_SPEED, description="network seconds a second")
    traffic: float = Field(
        default=1.0, ge=0, le=MAX_LOAD, validation_alias=AliasChoices("NMS_LOAD"), description="1 is a normal day"
    )

    def options(self) -> Options:
        """Raises SettingError or TopologyError."""
        GatewaySettings.load().require_consent()  # otherwise the gateway would fail later, when other processes run
        return Options(
            port=self.port,
            host=self.host,
            nats_url=self.nats_url if "nats_url" in self.model_fields_set else None,
            seed=self.seed,
            topology=self._topology(),
            speed=self.speed,
            load=self.traffic,
            network=self.network,
            desired=self._desired(),
        )

    def _desired(self) -> Desired:
        """The world's file is read here too, so that an error in it is reported before any process starts."""
        faults, chosen = read_world(self.world).faults, chosen_desired(self)
        if self.desired:
            return chosen
        return chosen.model_copy(
            update={
                "kinds": faults.kinds or chosen.kinds,
                "ttl": chosen.ttl if faults.duration is None else faults.duration,
            }
        )

    def _topology(self) -> Topology | None:
        return None if self.topology is None and self.nodes is None else chosen_topology(self, remark)
