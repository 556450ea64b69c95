"""A driver that plays a recording of `nms record` as a network: telemetry and topology, no actions and no faults."""

from network.replay.replay import Replayed, open_recording

__all__ = ["Replayed", "open_recording"]
