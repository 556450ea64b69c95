"""Passwords and tokens that stand in the URL of a broker: a text that is shown to anybody does not hold them."""

from __future__ import annotations

import re

HIDDEN = "***"
_LOGIN_IN_URL = re.compile(r"(?<=://)[^\s]*@")
_LOGIN = re.compile(r"^.*@", re.DOTALL)


def without_logins(text: str) -> str:
    """Return a text in which `nats://user:password@host`, or a token in that place, is `nats://***@host`."""
    return _LOGIN_IN_URL.sub(f"{HIDDEN}@", text) if "://" in text and "@" in text else text


def shown_url(url: str) -> str:
    """Return what may be shown of what was given as a URL, also where it is none."""
    return without_logins(url) if "://" in url else _LOGIN.sub(f"{HIDDEN}@", url)


def holds_login(url: str) -> bool:
    """Say whether a URL holds a password or a token."""
    return shown_url(url) != url
