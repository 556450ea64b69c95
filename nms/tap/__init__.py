"""Prints what is said on NATS, as the broker's read-only user `tap`: the one that a client without credentials is."""
