"""The remediator's decisions: which action starts, when, and whether it helped. Pure: time is an argument."""

from services.remediator.core.records import Changes, RepairRecord, Standing
from services.remediator.core.remediator import Remediator
from services.remediator.gate import GateLimits

__all__ = ["Changes", "GateLimits", "Remediator", "RepairRecord", "Standing"]
