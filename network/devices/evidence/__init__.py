"""State evidence: what a device is set to, the approved state, their difference, and what a difference means."""
