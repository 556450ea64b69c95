"""Parts of a world by name, for callers that know no metric and no fault: weak faults, a slow leak, benign load."""

from __future__ import annotations

from network.simulator.benign import Benign, LoadBursts, Sawtooth
from network.simulator.world import Faults, LatencyFault, LossFault, MemoryFault

LEAK_SECONDS, LEAK_LASTS = 300.0, 450.0
"""How long memory takes to fill at full strength, and after what time a leak ends by itself."""
WEAK = Faults(strength=(0.2, 0.5), high_latency=LatencyFault(ms=(2.0, 8.0)), packet_loss=LossFault(percent=(0.75, 1.5)))
SLOW_LEAK = Faults(duration=LEAK_LASTS, high_memory=MemoryFault(seconds=LEAK_SECONDS))
BUSY = Benign(
    link_bursts=LoadBursts(per_hour=60, add=(25, 50), seconds=(10, 60)),
    cpu_jobs=LoadBursts(per_hour=60, add=(12, 30), seconds=(10, 120)),
    memory_sawtooth=Sawtooth(period=600, height=15),
)
