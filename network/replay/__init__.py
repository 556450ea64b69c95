"""A driver that plays a recording of `nms record` as a network, with telemetry, but without actions and faults."""

from network.replay.replay import ReplayDriver, open_recording

__all__ = ["ReplayDriver", "open_recording"]
