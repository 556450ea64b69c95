"""A real broker for each test that asks for one."""

from shared.testing.fixtures import broker

__all__ = ["broker"]
