"""A driver that plays a recording of `nms record` as a network: telemetry and topology, no actions and no faults."""

from network.replay.replay import ReplayDriver, open_recording

__all__ = ["ReplayDriver", "open_recording"]
