"""Prints messages on NATS. It connects as the broker's user `tap`, which may only read and needs no credentials."""
