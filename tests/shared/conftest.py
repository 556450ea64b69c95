"""The fixture `broker`: a real broker for each test that uses it."""

from shared.testing.fixtures import broker

__all__ = ["broker"]
