"""A real broker for the tests of the shell."""

from shared.testing.fixtures import broker

__all__ = ["broker"]
