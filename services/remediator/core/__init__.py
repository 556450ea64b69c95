"""The remediator's decisions: which action, when, whether it helped, what next. Pure: time comes in as `now`."""

from services.remediator.core.records import Changes, Record, Standing
from services.remediator.core.remediator import Remediator
from services.remediator.gate import Limits

__all__ = ["Changes", "Limits", "Record", "Remediator", "Standing"]
