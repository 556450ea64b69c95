"""The contracts are tested on the session's one running system: the fixture `system` of tests/conftest.py."""

from tests.conftest import SPEED

__all__ = ["SPEED"]
