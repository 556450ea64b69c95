"""A real broker for each test that requests one."""

from shared.testing.fixtures import broker

__all__ = ["broker"]
