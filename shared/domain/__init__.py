"""The domain model, which all packages share. Pure: no I/O, no clock, no random numbers."""
