"""Prints messages on NATS, as the broker's read-only user `tap`, which needs no credentials."""
